#!/usr/bin/env bash
# seatable-api 4.0.0 (PyPI): `base.filter(table, "a or b and c")` has no precedence: it goes from left to right, so
# that this is (a or b) and c, unlike SQL and Python. `and` written in capitals is a syntax error, and the
# comparison `=` of a multiple-select column means "contains".
# Source: ConditionsParser in seatable_api/query.py. The documentation shows no condition that mixes the two.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'seatable-api==4.0.0' 'requests==2.34.2' 'ply==3.11'

venv/bin/python - <<'PY'
from importlib.metadata import version

from seatable_api.query import QuerySet

rows = QuerySet(None, "Goods")
rows.raw_columns = [
    {"name": "Name", "type": "text"},
    {"name": "Price", "type": "number"},
    {"name": "Tags", "type": "multiple-select"},
]
rows.raw_rows = rows.rows = [
    {"_id": "1", "Name": "tea", "Price": 1, "Tags": ["hot", "green"]},
    {"_id": "2", "Name": "pot", "Price": 50, "Tags": ["hot"]},
]


def names(condition):
    try:
        return [row["Name"] for row in rows.filter(condition)]
    except ValueError as error:
        return f"ValueError: {error.args[0]}"


print("seatable-api", version("seatable-api"))
seen = {
    condition: names(condition)
    for condition in (
        "Name = 'tea' or Name = 'pot' and Price > 10",
        "Name = 'pot' and Price > 10 or Name = 'tea'",
        "Name = 'pot' AND Price > 10",
        "Tags = 'hot'",
    )
}
for condition, result in seen.items():
    print(f"{condition:45} -> {result}")
assert list(seen.values()) == [
    ["pot"],  # SQL gives tea, too
    ["pot", "tea"],
    "ValueError: Syntax error in input!",
    ["tea", "pot"],
]
PY
