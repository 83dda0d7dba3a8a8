#!/usr/bin/env bash
# sqlglot 30.30.0, DuckDB to SQLite, told to raise an error for what it cannot translate: the query comes out, runs, and
# has another answer. From evening to next morning is 0 days instead of 1, months are 30 days and years 365, a cast to
# DECIMAL(5, 2) keeps all digits, and TRY_CAST of a text is 0 instead of NULL, so that it counts in averages.
# Source: measured with duckdb and the sqlite3 module. For other functions UnsupportedError is raised.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'sqlglot==30.30.0' 'duckdb==1.4.4'

venv/bin/python - <<'PY'
import sqlite3

import duckdb
import sqlglot

queries = {
    "DATE_DIFF('day', TIMESTAMP '2024-01-01 23:00:00', TIMESTAMP '2024-01-02 01:00:00')": ("1", "0"),
    "DATE_DIFF('month', DATE '2024-01-31', DATE '2024-02-01')": ("1", "0"),
    "DATE_DIFF('year', DATE '2023-12-31', DATE '2024-01-01')": ("1", "0"),
    "CAST(1.239 AS DECIMAL(5, 2))": ("1.24", "1.239"),
    "TRY_CAST('n/a' AS INTEGER)": ("None", "0"),
}
print("sqlglot", sqlglot.__version__, "- duckdb", duckdb.__version__)
with duckdb.connect() as duck, sqlite3.connect(":memory:") as lite:
    for expression, expected in queries.items():
        query = f"SELECT {expression}"
        (translated,) = sqlglot.transpile(query, read="duckdb", write="sqlite", unsupported_level=sqlglot.ErrorLevel.RAISE)
        answers = tuple(str(base.execute(text).fetchone()[0]) for base, text in ((duck, query), (lite, translated)))
        print(f"{expression}\n    becomes {translated.removeprefix('SELECT ')}\n    DuckDB: {answers[0]}  SQLite: {answers[1]}")
        assert answers == expected
PY
