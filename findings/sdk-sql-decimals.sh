#!/usr/bin/env bash
# singer-sdk 0.54.9 with duckdb-engine 0.17.0 and duckdb 1.4.4: the SDK's SQL sink makes a DECIMAL without a scale of the type
# number, and DuckDB takes that for DECIMAL(18, 3): 0.12345 is stored as 0.123 and 0.0004 as 0. An instant with an
# offset is stored as its UTC time in a column without a time zone, one without an offset as it is. Exit code 0, no warning.
# Source: measured; JSONSchemaToSQL in singer_sdk/connectors/sql.py. Each loader that keeps the SDK's types inherits it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9' 'duckdb-engine==0.17.0' 'duckdb==1.4.4'

cat > target.py <<'PY'
from singer_sdk import SQLConnector, SQLSink, SQLTarget
from singer_sdk import typing as th


class Connector(SQLConnector):
    def get_sqlalchemy_url(self, config):
        return "duckdb:///shop.duckdb"


class Sink(SQLSink):
    connector_class = Connector


class Target(SQLTarget):
    name = "target-shop"
    package_name = "singer-sdk"
    default_sink_class = Sink
    config_jsonschema = th.PropertiesList().to_dict()


Target.cli()
PY
cat > messages <<'JSON'
{"type": "SCHEMA", "stream": "rates", "key_properties": [], "schema": {"type": "object", "properties": {"rate": {"type": ["number", "null"]}, "at_time": {"type": ["string", "null"], "format": "date-time"}}}}
{"type": "RECORD", "stream": "rates", "record": {"rate": 0.12345, "at_time": "2024-06-01T10:00:00+02:00"}}
{"type": "RECORD", "stream": "rates", "record": {"rate": 0.0004, "at_time": "2024-06-01T10:00:00"}}
JSON
venv/bin/python -W ignore target.py <messages >log 2>&1
if grep -q -i warning log; then exit 1; fi

venv/bin/python - <<'PY'
import datetime
from decimal import Decimal
from importlib.metadata import version

import duckdb

with duckdb.connect("shop.duckdb") as database:
    types = {name: kind for name, kind, *_ in database.execute("DESCRIBE rates").fetchall()}
    rows = database.execute("SELECT rate, at_time FROM rates ORDER BY rate DESC").fetchall()
print(*(f"{name} {version(name)}" for name in ("singer-sdk", "duckdb-engine", "duckdb")))
print("sent 0.12345 and 0.0004, 10:00+02:00 and 10:00 - columns:", types)
for rate, at_time in rows:
    print("stored:", rate, at_time)
assert types == {"rate": "DECIMAL(18,3)", "at_time": "TIMESTAMP"}
assert rows == [
    (Decimal("0.123"), datetime.datetime(2024, 6, 1, 8)),
    (Decimal("0.000"), datetime.datetime(2024, 6, 1, 10)),
]
PY
