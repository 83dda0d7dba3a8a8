#!/usr/bin/env bash
# pipelinewise-target-postgres 2.1.2: a column name of 63 letters or more is cut down to the capitals of its words, in
# lower case, with all that is no letter left in place: "Durchschnittlicher Verkaufspreis je Einheit im vergangenen
# Jahr (netto)" becomes "d v  e   j ()". So does the same with "(brutto)", and a stream with both cannot be loaded.
# Source: flatten_key in target_postgres/db_sync.py (made for CamelCase). Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pipelinewise-target-postgres==2.1.2' 'setuptools<81'

venv/bin/python - 2>/dev/null <<'PY'
from importlib.metadata import version

from target_postgres.db_sync import flatten_schema

average = "Durchschnittlicher Verkaufspreis je Einheit im vergangenen Jahr"


def columns(*names):
    try:
        return list(flatten_schema({"properties": {name: {"type": ["string", "null"]} for name in names}}))
    except ValueError as error:
        return str(error)


print("pipelinewise-target-postgres", version("pipelinewise-target-postgres"))
seen = columns(average + " (netto)"), columns(average + " (netto)", average + " (brutto)"), columns(average[:62])
for result in seen:
    print(result)
assert seen[0] == ["d v  e   j ()"]
assert seen[1] == "Duplicate column name produced in schema: d v  e   j ()"
assert seen[2] == [average[:62]]
PY
