#!/usr/bin/env bash
# dataset 2.0.0: columns are compared in capitals and *without blanks*: where a table has "First Name", a row's "FirstName",
# "first name" or "FIRSTNAME" goes into that column, and of two such names in one row the last value wins. Asked for a
# column that no row has, `find` answers with nothing and `count` with 0. No error, no warning.
# Source: normalize_column_key in dataset/util.py. The quickstart says that columns are made as rows need them.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'dataset==2.0.0'

venv/bin/python - <<'PY'
from importlib.metadata import version

import dataset

table = dataset.connect("sqlite:///shop.db")["plans"]
rows = [{"Set Up": "by us"}, {"Setup": 12}, {"SET UP": "by them", "setup": 15}]
for row in rows:
    table.insert(row)
stored = [dict(row) for row in table.all()]
print("dataset", version("dataset"))
for sent, got in zip(rows, stored, strict=True):
    print("sent:", str(sent).ljust(38), "stored:", got)
print("count of a column that is not there:", table.count(Price=15), "- found:", list(table.find(Price=15)))
assert stored == [{"id": 1, "Set Up": "by us"}, {"id": 2, "Set Up": "12"}, {"id": 3, "Set Up": "15"}]
assert table.count(Price=15) == 0
assert list(table.find(Price=15)) == []
PY
