#!/usr/bin/env bash
# singer-sdk 0.54.9: a duration that a tap yields as timedelta, as database drivers and workbooks give it, is written as a
# *point in time*: 36 hours are 1970-01-02T12:00:00+00:00, also where the property is declared a duration, and one of minus an
# hour is in 1969. A datetime for a `date` property keeps its time. The record breaks the tap's own schema, and nothing is
# said.
# Source: type conformance in singer_sdk/helpers/_typing.py, on by default. `th.DurationType` is documented, this is not.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9'

cat > tap.py <<'PY'
from datetime import datetime, timedelta

from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Jobs(Stream):
    name = "jobs"
    schema = th.PropertiesList(
        th.Property("spent", th.DurationType), th.Property("ahead", th.DurationType), th.Property("day", th.DateType)
    ).to_dict()

    def get_records(self, context):
        yield {"spent": timedelta(hours=36), "ahead": timedelta(hours=-1), "day": datetime(2024, 5, 17, 10, 20)}


class TapJobs(Tap):
    name = "tap-jobs"
    package_name = "singer-sdk"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [Jobs(self)]


TapJobs.cli()
PY
echo '{}' >config.json
venv/bin/python tap.py --config config.json 2>log >messages

venv/bin/python - <<'PY'
import json
from importlib.metadata import version

messages = list(map(json.loads, open("messages")))
schema = next(message["schema"] for message in messages if message["type"] == "SCHEMA")
record = next(message["record"] for message in messages if message["type"] == "RECORD")
print("singer-sdk", version("singer-sdk"), "- yielded: 36 hours, -1 hour, 17 May 2024 10:20")
for name, value in record.items():
    print(f"{name:6} {schema['properties'][name]['format']:9} {value}")
assert [schema["properties"][name]["format"] for name in record] == ["duration", "duration", "date"]
assert record == {
    "spent": "1970-01-02T12:00:00+00:00",
    "ahead": "1969-12-31T23:00:00+00:00",
    "day": "2024-05-17T10:20:00.000000+00:00",
}
PY
