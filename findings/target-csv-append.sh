#!/usr/bin/env bash
# meltanolabs-target-csv 0.5.0: `overwrite_behavior: append_records`, which its description calls the default, changes
# nothing: the second run replaces the file. And its cells hold *Python's* notation of lists and objects, with
# Decimal('5.75') and None, which neither JSON nor CSV readers understand. Exit code 0 both times.
# Source: measured; `target-csv --about` describes the setting.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltanolabs-target-csv==0.5.0' 'singer-sdk==0.54.9'

venv/bin/python - <<'PY'
import csv
import json
import subprocess
from importlib.metadata import version

properties = {
    "id": {"type": "integer"},
    "prices": {"type": "array", "items": {"type": ["number", "null"]}},
    "place": {"type": ["object", "null"], "properties": {"lng": {"type": "number"}}},
}
with open("config.json", "w") as file:
    json.dump({"output_path": ".", "overwrite_behavior": "append_records"}, file)
codes = []
for key in (1, 2):
    messages = (
        {"type": "SCHEMA", "stream": "goods", "schema": {"properties": properties}, "key_properties": ["id"]},
        {"type": "RECORD", "stream": "goods", "record": {"id": key, "prices": [5.75, None], "place": {"lng": 8.6}}},
    )
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    done = subprocess.run(["venv/bin/target-csv", "--config", "config.json"], input=lines, text=True, capture_output=True)
    codes.append(done.returncode)
with open("goods.csv") as file:
    rows = list(csv.DictReader(file))
print("meltanolabs-target-csv", version("meltanolabs-target-csv"), "- exit codes", codes)
print("one record in each of two runs, append_records; the file holds:")
for row in rows:
    print(row)
assert codes == [0, 0]
assert rows == [{"id": "2", "prices": "[Decimal('5.75'), None]", "place": "{'lng': Decimal('8.6')}"}]
PY
