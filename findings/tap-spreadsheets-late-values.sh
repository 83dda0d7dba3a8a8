#!/usr/bin/env bash
# tap-spreadsheets 1.1.2: types come from the first 100 rows, and a value that does not fit becomes *null*, without a
# word, exit code 0: article codes that are numbers in the first hundred rows and "A111" later are lost.
# Source: measured; the README says that types are inferred, not what becomes of the others.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'tap-spreadsheets==1.1.2' 'openpyxl==3.1.5'

venv/bin/python - <<'PY'
import json
import subprocess
from importlib.metadata import version

import openpyxl

book = openpyxl.Workbook()
book.active.append(["id", "code", "price"])
for number in range(1, 121):
    late = number > 110
    book.active.append([number, f"A{number}" if late else number, "on request" if late else 1.5])
book.save("goods.xlsx")
files = [{"path": "goods.xlsx", "format": "excel", "worksheet": "Sheet", "primary_keys": ["id"], "table_name": "goods"}]
with open("config.json", "w") as file:
    json.dump({"files": files}, file)
done = subprocess.run(["venv/bin/tap-spreadsheets", "--config", "config.json"], text=True, capture_output=True)
records = [message["record"] for message in map(json.loads, done.stdout.splitlines()) if message["type"] == "RECORD"]
told = [line for line in done.stderr.splitlines() if "A111" in line or "code" in line]
print("tap-spreadsheets", version("tap-spreadsheets"), "- exit code", done.returncode, "- log lines about the column", len(told))
for index in (0, 109, 110, 119):
    print({name: records[index][name] for name in ("id", "code", "price")})
assert done.returncode == 0
assert not told
assert len(records) == 120
assert (records[0]["code"], records[0]["price"]) == (1, 1.5)
assert all(record["code"] is None and record["price"] is None for record in records[110:])
PY
