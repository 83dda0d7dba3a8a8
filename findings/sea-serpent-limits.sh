#!/usr/bin/env bash
# sea-serpent 0.5.1, which makes data frames of SeaTable's tables: a table is read page by page, unless the query has "limit"
# *anywhere* in its text. So of a table "Limits", and wherever a column "Credit limit" or "Unlimited" is among the columns
# asked for by name, only the first hundred rows arrive, SeaTable's own default for a query without LIMIT. The frame looks
# complete, nothing is said.
# Source: Table.query in seaserpent/base.py, with a base that answers queries as SeaTable documents it. Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'sea-serpent==0.5.1' 'seatable-api==4.0.0' 'pandas==3.1.1'

venv/bin/python -W ignore - <<'PY'
import re
import time
from importlib.metadata import version

import jwt
import seaserpent
from seatable_api import Base

rows = [{"_id": f"row{number}", "Item": f"item {number}", "Credit limit": number} for number in range(250)]
columns = [{"key": "0000", "name": "Item", "type": "text", "data": None}, {"key": "1111", "name": "Credit limit", "type": "number", "data": None}]


class Shop(Base):
    """A base of two tables with 250 rows each; a query without LIMIT gets 100 of them."""

    server_url, dtable_name, workspace_id = "https://seatable.example", "Shop", 1

    def __init__(self):
        self.jwt_token = jwt.encode({"exp": int(time.time()) + 3600}, "x" * 32)

    def get_metadata(self):
        return {"tables": [{"_id": name, "name": name, "columns": columns} for name in ("Orders", "Limits")]}

    def query(self, sql, convert=True):
        if "COUNT(*)" in sql:
            return [{"COUNT(*)": len(rows)}]
        last.append(sql)
        page = re.search(r"LIMIT (\d+) OFFSET (\d+)$", sql)
        count, start = map(int, page.groups()) if page else (100, 0)
        return rows[start : start + count]


last = []
seen = {}
print("sea-serpent", version("sea-serpent"), "- each table has 250 rows")
for name, names in (("Orders", None), ("Orders", ["Item"]), ("Orders", ["Item", "Credit limit"]), ("Limits", None)):
    table = seaserpent.Table(name, base=Shop(), progress=False)
    frame = table.to_frame() if names is None else table[names]
    what = f"{name}: {', '.join(names or ['all'])}"
    seen[what] = len(frame)
    print(f"{what:26} -> {len(frame)} rows by {last[-1]}")
assert seen == {"Orders: all": 250, "Orders: Item": 250, "Orders: Item, Credit limit": 100, "Limits: all": 100}
PY
