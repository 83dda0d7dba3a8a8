#!/usr/bin/env bash
# singer-sdk 0.54.9: what a tap yields for a boolean property goes through `value != 0` before it is written, so that
# the texts "false", "no" and "" all become true. The record then passes every validation downstream. Text for any
# other type is left as it is.
# Source: type conformance in singer_sdk/helpers/_typing.py, on by default. The guide on it does not mention booleans.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9'

cat > tap.py <<'PY'
from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Answers(Stream):
    name = "answers"
    schema = th.PropertiesList(th.Property("paid", th.BooleanType), th.Property("count", th.IntegerType)).to_dict()

    def get_records(self, context):
        for value in (False, "false", "no", "", "0", 0):
            yield {"paid": value, "count": "5"}


class TapAnswers(Tap):
    name = "tap-answers"
    package_name = "singer-sdk"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [Answers(self)]


TapAnswers.cli()
PY
venv/bin/python tap.py 2>log >messages

venv/bin/python - <<'PY'
import json
from importlib.metadata import version

records = [message["record"] for message in map(json.loads, open("messages")) if message["type"] == "RECORD"]
print("singer-sdk", version("singer-sdk"))
for given, record in zip((False, "false", "no", "", "0", 0), records, strict=True):
    print(f"{given!r:8} -> {record['paid']}")
assert [record["paid"] for record in records] == [False, True, True, True, True, False]
assert records[0]["count"] == "5"  # no such conversion of integers
PY
