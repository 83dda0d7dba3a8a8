#!/usr/bin/env bash
# sea-serpent 0.5.1, which makes data frames of SeaTable's tables: `table.Note != "a=b"` asks for the rows whose note is not
# "a!=b", and a filter that is turned round by ~ is changed inside its value as well. Times with a zone are written in UTC and
# without their seconds: 10:20:59 in Berlin is 08:20, while a list of the same times keeps both. Whole numbers above 2^31 go
# through floats: 9007199254740993 ends in 992.
# Source: measured; Column and Filter in seaserpent/base.py, validate_values in seaserpent/utils.py. Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'sea-serpent==0.5.1' 'seatable-api==4.0.0' 'pandas==3.1.1'

venv/bin/python -W ignore - 2>log <<'PY'
import time
from importlib.metadata import version

import jwt
import pandas as pd
import seaserpent
from seatable_api import Base

kinds = {"Note": "text", "At": "date", "Number": "number"}


class Shop(Base):
    """A base of one table with one row, which keeps what is written."""

    server_url, dtable_name, workspace_id = "https://seatable.example", "Shop", 1

    def __init__(self):
        self.jwt_token = jwt.encode({"exp": int(time.time()) + 3600}, "x" * 32)

    def get_metadata(self):
        columns = [{"key": name[:4], "name": name, "type": kind, "data": None} for name, kind in kinds.items()]
        return {"tables": [{"_id": "0000", "name": "Orders", "columns": columns}]}

    def query(self, sql, convert=True):
        return [{"COUNT(*)": 1}] if "COUNT(*)" in sql else [{"_id": "row1"}]

    def batch_update_rows(self, table_name, rows_data):
        self.written = next(iter(rows_data[0]["row"].values()))
        return {"success": True}


base = Shop()
table = seaserpent.Table("Orders", base=base, read_only=False, progress=False)


def write(column, values):
    table[column] = values
    return base.written


filters = [(table.Note != "a=b").query, (~(table.Note == "size = 5")).query]
times = pd.Series(pd.to_datetime(["2024-05-17 10:20:59"]).tz_localize("Europe/Berlin"))
stored = {"series": write("At", times), "list": write("At", times.dt.to_pydatetime().tolist()), "number": write("Number", [9007199254740993])}
print("sea-serpent", version("sea-serpent"))
print('Note != "a=b"                   ->', filters[0])
print('~(Note == "size = 5")           ->', filters[1])
print("10:20:59 in Berlin, a series    ->", stored["series"])
print("10:20:59 in Berlin, a list      ->", stored["list"])
print("9007199254740993                ->", f"{stored['number']:.0f}")
assert filters == ["Note != 'a!=b'", "Note != 'size != 5'"]
assert stored == {"series": "2024-05-17 08:20", "list": "2024-05-17 10:20:59", "number": 9007199254740992.0}
PY
