#!/usr/bin/env bash
# pipelinewise-transform-field 2.3.0, which stands between a tap and a loader: ACTIVATE_VERSION and BATCH messages do not come
# out again, so that rows deleted at the source live on in the loader, and the rows of batch files never get there. A
# condition "equals" 0 is never met. Of HASH-SKIP-FIRST-12 only the last digit counts. A masked `date` becomes a date-time.
# Exit code 0.
# Source: measured; flush and handle_line in transform_field/__init__.py. An example in the README has the number 33.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pipelinewise-transform-field==2.3.0' 'setuptools<81'

venv/bin/python - <<'PY'
import json
import subprocess
from importlib.metadata import version

text = {"type": ["null", "string"]}
properties = {"id": {"type": "integer"}, "code": text, "stock": {"type": "integer"}, "price": {"type": ["null", "number"]}, "made": {**text, "format": "date"}}
messages = (
    {"type": "SCHEMA", "stream": "goods", "schema": {"type": "object", "properties": properties}, "key_properties": ["id"]},
    {"type": "RECORD", "stream": "goods", "version": 2, "record": {"id": 1, "code": "AB-2024-00017-X", "stock": 0, "price": 2.5, "made": "2024-05-17"}},
    {"type": "RECORD", "stream": "goods", "version": 2, "record": {"id": 2, "code": "AB-2024-00018-X", "stock": 3, "price": 4.5, "made": None}},
    {"type": "BATCH", "stream": "goods", "filepath": "goods.jsonl", "format": "jsonl"},
    {"type": "ACTIVATE_VERSION", "stream": "goods", "version": 2},
    {"type": "STATE", "value": {"done": True}},
)
rules = (
    {"field_id": "price", "type": "SET-NULL", "when": [{"column": "stock", "equals": 0}]},
    {"field_id": "code", "type": "HASH-SKIP-FIRST-12"},
    {"field_id": "made", "type": "MASK-DATE"},
)


def run(rules):
    with open("config.json", "w") as file:
        json.dump({"transformations": [{"tap_stream_name": "goods", **rule} for rule in rules]}, file)
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    done = subprocess.run(["venv/bin/transform-field", "--config", "config.json"], input=lines, text=True, capture_output=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


code, out = run(rules)
records = [message["record"] for message in out if message["type"] == "RECORD"]
other = [{**rules[0], "when": [{"column": "stock", "equals": 3}]}]
met = [message["record"]["price"] for message in run(other)[1] if message["type"] == "RECORD"]
print("pipelinewise-transform-field", version("pipelinewise-transform-field"), "- exit code", code)
print("in: ", *(message["type"] for message in messages))
print("out:", *(message["type"] for message in out))
print("price where stock equals 0 is to be null:", [(record["stock"], record["price"]) for record in records])
print("price where stock equals 3 is to be null:", met)
print("the first 12 letters are to stay:", messages[1]["record"]["code"], "->", records[0]["code"])
print("made, of the format date:", records[0]["made"])
assert code == 0
assert [message["type"] for message in out] == ["SCHEMA", "RECORD", "RECORD", "STATE"]
assert [record["price"] for record in records] == [2.5, 4.5]
assert met == [2.5, None]
assert records[0]["code"].startswith("AB") and len(records[0]["code"]) == 2 + 64
assert records[0]["made"] == "2024-01-01T00:00:00"
PY
