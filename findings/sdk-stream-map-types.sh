#!/usr/bin/env bash
# singer-sdk 0.54.9, stream maps: the type of a new property is guessed from the *first letters* of its expression:
# "float(price) * 2" is a number, "price * 2" is declared a string and sent as a number, "price > 1" is declared a
# string and sent as a boolean. The tap writes records that its own schema forbids. And str() of null is the text "None".
# Source: singer_sdk/mapper.py. The guide on stream maps says that types are inferred, not that this is how.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9'

cat > tap.py <<'PY'
from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Goods(Stream):
    name = "goods"
    schema = th.PropertiesList(th.Property("price", th.NumberType), th.Property("note", th.StringType)).to_dict()

    def get_records(self, context):
        yield {"price": 2.5, "note": None}


class TapGoods(Tap):
    name = "tap-goods"
    package_name = "singer-sdk"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [Goods(self)]


TapGoods.cli()
PY
cat >config.json <<'JSON'
{"stream_maps": {"goods": {
    "twice": "price * 2", "twice_as_float": "float(price) * 2", "dear": "price > 1", "remark": "str(note)"
}}}
JSON
venv/bin/python tap.py --config config.json 2>log >messages

venv/bin/python - <<'PY'
import json
from importlib.metadata import version

from jsonschema import Draft202012Validator

messages = list(map(json.loads, open("messages")))
schema = next(message["schema"] for message in messages if message["type"] == "SCHEMA")
record = next(message["record"] for message in messages if message["type"] == "RECORD")
wrong = sorted(error.path[0] for error in Draft202012Validator(schema).iter_errors(record))
print("singer-sdk", version("singer-sdk"))
for name, value in record.items():
    print(f"{name:15} {schema['properties'][name]['type']!s:20} {value!r}")
print("against the tap's own schema:", ", ".join(wrong))
assert wrong == ["dear", "twice"]
assert record["remark"] == "None"
PY
