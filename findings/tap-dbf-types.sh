#!/usr/bin/env bash
# tap-dbf 0.1.25: the SCHEMA of a Visual FoxPro table is at odds with its records. A memo gets the length of its pointer, maxLength 4,
# so that a loader cuts or refuses longer texts; a date is declared a date-time, and a date-time a time of the day.
# Source: measured with a table made by dbf 0.99.11. The tap documents no types.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'tap-dbf==0.1.25' 'dbf==0.99.11'
venv/bin/pip list 2>/dev/null | grep -E '^(tap-dbf|dbf|dbfread) '

venv/bin/python - <<'PY'
import dbf

table = dbf.Table("goods.dbf", "note M; day D; moment T", dbf_type="vfp", codepage="cp1252")
table.open(dbf.READ_WRITE)
table.append(("a longer text", dbf.Date(2024, 6, 5), dbf.DateTime(2024, 6, 5, 10, 20, 30)))
table.close()
PY
echo "{\"path\": \"$work/goods.dbf\"}" > config.json
venv/bin/tap-dbf --config config.json 2> log.txt > messages.jsonl
venv/bin/python - <<'PY'
import json

messages = [json.loads(line) for line in open("messages.jsonl")]
schema = next(message["schema"]["properties"] for message in messages if message["type"] == "SCHEMA")
record = next(message["record"] for message in messages if message["type"] == "RECORD")
for name in ("NOTE", "DAY", "MOMENT"):
    print(f"{name}: {json.dumps(schema[name])} has {record[name]!r}")
assert schema["NOTE"]["maxLength"] == 4 and record["NOTE"] == "a longer text"
assert schema["DAY"]["format"] == "date-time" and record["DAY"] == "2024-06-05"
assert schema["MOMENT"]["format"] == "time" and record["MOMENT"].startswith("2024-06-05T10:20:30")
PY
