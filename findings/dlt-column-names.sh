#!/usr/bin/env bash
# dlt 1.31.0: column names become snake case, and columns that meet there are merged without a word, the last value
# wins: "a b", "a_b" and "A-B" are one column. Letters outside of ASCII vanish: "Ü" and "Ö" are both the column "x",
# "Umsatz %" and "Umsatz #" both "umsatzx". No error, no warning, and the load succeeds.
# Source: measured (naming convention snake_case, the default); its documentation tells of the conversion, and of
# collisions only when the convention is changed.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'dlt[duckdb]==1.31.0' 'duckdb==1.4.4'

RUNTIME__DLTHUB_TELEMETRY=false venv/bin/python -W error::UserWarning - <<'PY'
import os

import dlt
import duckdb

row = {"a b": 1, "a_b": 2, "A-B": 3, "Ü": 4, "Ö": 5, "Umsatz %": 6, "Umsatz #": 7}
pipeline = dlt.pipeline("shop", destination=dlt.destinations.duckdb(os.path.abspath("shop.duckdb")), dataset_name="d", pipelines_dir=os.path.abspath("pipelines"))
pipeline.run([row], table_name="goods").raise_on_failed_jobs()
with duckdb.connect("shop.duckdb") as database:
    answer = database.execute("SELECT * EXCLUDE (_dlt_load_id, _dlt_id) FROM d.goods")
    stored = dict(zip([column[0] for column in answer.description], answer.fetchone(), strict=True))
print("dlt", dlt.__version__)
print("sent:  ", row)
print("stored:", stored)
assert stored == {"a_b": 3, "x": 5, "umsatzx": 7}
PY
