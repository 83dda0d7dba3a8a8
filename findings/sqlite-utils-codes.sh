#!/usr/bin/env bash
# sqlite-utils 4.2.1: `insert --csv` gives columns a type unasked, and an integer column to any text that Python's int() takes.
# The codes 007 and 7 become one number. 1_000 makes its column INTEGER, too, but SQLite takes no such numeral, so the column
# says INTEGER and holds texts: who trusts the declared type reads texts for numbers.
# Source: measured; 3.x left all columns text unless --detect-types was given.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'sqlite-utils==4.2.1'
venv/bin/sqlite-utils --version

printf 'code,article\n007,1_000\n7,2_500\n' > goods.csv
venv/bin/sqlite-utils insert goods.db goods goods.csv --csv > log.txt 2>&1
sql='SELECT code, typeof(code) AS code_is, article, typeof(article) AS article_is FROM goods'
schema="$(venv/bin/sqlite-utils schema goods.db | tr -s ' \n' ' ')"
rows="$(venv/bin/sqlite-utils query goods.db "$sql" --csv | tr -d '\r')"
cat goods.csv
echo "$schema"
echo "$rows"
[[ "$schema" == *'"code" INTEGER, "article" INTEGER'* ]]
[ "$rows" = $'code,code_is,article,article_is\n7,integer,1_000,text\n7,integer,2_500,text' ]
