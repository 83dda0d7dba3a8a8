#!/usr/bin/env bash
# pyexcel 0.7.6 with pyexcel-io 0.6.8: commas are taken out of a cell of a CSV file before it is tried as an integer, wherever they
# stand: of decimals with a comma 1,5 is read as 15, 12,50 as 1250 and 1,0 as 10, while 0,5 and -1,5 in the same column stay
# texts. Nothing has to be switched on: `save_as` from CSV to CSV writes 15 where 1,5 stood. No error, no warning.
# Source: detect_int_value in pyexcel_io/service.py. The documentation says that integers are detected, and nothing of commas.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pyexcel==0.7.6' 'pyexcel-io==0.6.8'

printf 'item;price\nnails;1,5\nglue;12,50\npaint;1,0\ntape;0,5\nrefund;-1,5\n' > prices.csv
venv/bin/python - <<'PY'
from importlib.metadata import version

import pyexcel

print("pyexcel", version("pyexcel"), "- pyexcel-io", version("pyexcel-io"))
rows = pyexcel.get_array(file_name="prices.csv", delimiter=";")
pyexcel.save_as(file_name="prices.csv", delimiter=";", dest_file_name="copy.csv", dest_delimiter=";")
with open("prices.csv") as given, open("copy.csv") as copy:
    for one, row, other in zip(given, rows, copy, strict=False):
        print(f"{one.strip():14} read as {row!r:21} copied as {other.strip()}")
with open("copy.csv") as copy:
    copied = copy.read().split()
assert [price for _, price in rows] == ["price", 15, 1250, 10, "0,5", "-1,5"]
assert copied == ["item;price", "nails;15", "glue;1250", "paint;10", "tape;0,5", "refund;-1,5"]
PY
