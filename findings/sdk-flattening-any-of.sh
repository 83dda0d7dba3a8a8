#!/usr/bin/env bash
# singer-sdk 0.54.9, flattening: of an object in `anyOf` the *order* of the alternatives decides. With null first the
# column vanishes from the schema, while records still carry its parts; with the object first the column stays an object
# in the schema while its value becomes JSON *text*, which breaks the schema. Of the same object as ["object", "null"]
# the columns are made as documented.
# Source: singer_sdk/helpers/_flattening.py. The documentation of flattening does not mention `anyOf`.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9'

cat > tap.py <<'PY'
from singer_sdk import Stream, Tap
from singer_sdk import typing as th

place = {"type": "object", "properties": {"city": {"type": "string"}}}
null = {"type": "null"}


class People(Stream):
    name = "people"
    schema = {
        "type": "object",
        "properties": {
            "null_first": {"anyOf": [null, place]},
            "object_first": {"anyOf": [place, null]},
            "type_list": {**place, "type": ["object", "null"]},
        },
    }

    def get_records(self, context):
        yield dict.fromkeys(self.schema["properties"], {"city": "Ulm"})


class TapPeople(Tap):
    name = "tap-people"
    package_name = "singer-sdk"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [People(self)]


TapPeople.cli()
PY
echo '{"flattening_enabled": true, "flattening_max_depth": 1}' >config.json
venv/bin/python tap.py --config config.json 2>log >messages

venv/bin/python - <<'PY'
import json
from importlib.metadata import version

messages = list(map(json.loads, open("messages")))
properties = next(message["schema"]["properties"] for message in messages if message["type"] == "SCHEMA")
record = next(message["record"] for message in messages if message["type"] == "RECORD")
print("singer-sdk", version("singer-sdk"))
print("schema:", json.dumps(properties))
print("record:", json.dumps(record))
assert set(properties) == {"object_first", "type_list__city"}, "null_first is gone"
assert "object" in properties["object_first"]["type"]
assert record["object_first"] == '{"city":"Ulm"}'
PY
