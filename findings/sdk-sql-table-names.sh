#!/usr/bin/env bash
# singer-sdk 0.54.9: a target for SQL databases that keeps the SDK's rule for names leaves out every letter that is not ASCII. Two streams
# whose names differ in such letters alone fill one table, without a word; columns that would meet end the run instead.
# A digit in front becomes a letter: 2nd is cnd.
# Source: SQLSink.conform_name. Its documentation says only that names become snake case.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9'
venv/bin/pip list 2>/dev/null | grep -E '^singer-sdk '

cat > target.py <<'PY'
from singer_sdk import typing as th
from singer_sdk.sql import SQLConnector, SQLSink, SQLTarget


class Connector(SQLConnector):
    def get_sqlalchemy_url(self, config):
        return "sqlite:///goods.db"


class Sink(SQLSink):
    connector_class = Connector


class TargetGoods(SQLTarget):
    name = "target-goods"
    package_name = "singer-sdk"
    config_jsonschema = th.PropertiesList().to_dict()
    default_sink_class = Sink


TargetGoods.cli()
PY
cat > messages.jsonl <<'JSONL'
{"type": "SCHEMA", "stream": "Größe", "key_properties": [], "schema": {"properties": {"2nd": {"type": "string"}}}}
{"type": "RECORD", "stream": "Größe", "record": {"2nd": "size XL"}}
{"type": "SCHEMA", "stream": "Grüße", "key_properties": [], "schema": {"properties": {"2nd": {"type": "string"}}}}
{"type": "RECORD", "stream": "Grüße", "record": {"2nd": "best regards"}}
JSONL
PYTHONUTF8=1 venv/bin/python target.py < messages.jsonl > out.txt 2> log.txt
warnings="$(grep -ciE 'warning|error' log.txt || true)"
echo "warnings: $warnings"
[ "$warnings" = 0 ]
venv/bin/python - <<'PY'
import sqlite3

database = sqlite3.connect("goods.db")
tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
print("tables:", tables)
for table in tables:
    cursor = database.execute(f'SELECT * FROM "{table}"')
    rows = sorted(cursor.fetchall())
    print(table, [column[0] for column in cursor.description], rows)
assert tables == ["gre"]
assert rows == [("best regards",), ("size XL",)] and cursor.description[0][0] == "cnd"
PY
