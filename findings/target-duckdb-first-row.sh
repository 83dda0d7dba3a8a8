#!/usr/bin/env bash
# target-duckdb 0.8.0 with duckdb 2.0.1: the first row of each batch of a stream with a date-time column is lost, exit
# code 0, and the log says that all rows were loaded. Without a date-time column, or with duckdb 1.1.3, none is. The target
# copies from CSV files without a header and does not say so; DuckDB since 1.3 takes the first line for one.
# Source: measured with duckdb 1.3.2, 1.4.4, 1.5.6, 2.0.1. The package asks for no upper version of duckdb.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'target-duckdb==0.8.0' 'setuptools<81' 'duckdb==2.0.1'

cat > load.py <<'PY'
import json
import os
import subprocess
import sys

import duckdb


def load(properties, values):
    messages = [{"type": "SCHEMA", "stream": "orders", "schema": {"type": "object", "properties": properties}, "key_properties": ["id"]}]
    messages += [{"type": "RECORD", "stream": "orders", "record": {"id": key, "at": value}} for key, value in enumerate(values)]
    if os.path.exists("shop.duckdb"):
        os.remove("shop.duckdb")
    with open("config.json", "w") as file:
        json.dump({"path": "shop.duckdb", "default_target_schema": "main"}, file)
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    done = subprocess.run(["venv/bin/target-duckdb", "--config", "config.json"], input=lines, text=True, capture_output=True)
    with duckdb.connect("shop.duckdb") as database:
        return done.returncode, [key for (key,) in database.execute("SELECT id FROM main.orders ORDER BY id").fetchall()]


text = {"type": ["string", "null"]}
times = [f"2024-06-0{day}T10:20:00+00:00" for day in range(1, 6)]
seen = load({"id": {"type": "integer"}, "at": {**text, "format": "date-time"}}, times), load({"id": {"type": "integer"}, "at": text}, times)
print("duckdb", duckdb.__version__, "- keys stored of 0 to 4 with a date-time:", seen[0][1], "- without:", seen[1][1], "- exit codes", seen[0][0], seen[1][0])
sys.exit(seen != ((0, json.loads(sys.argv[1])), (0, [0, 1, 2, 3, 4])))
PY
venv/bin/pip list 2>/dev/null | grep '^target-duckdb'
venv/bin/python load.py '[1, 2, 3, 4]'
venv/bin/pip install -qq 'duckdb==1.1.3'
venv/bin/python load.py '[0, 1, 2, 3, 4]'
