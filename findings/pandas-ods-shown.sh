#!/usr/bin/env bash
# pandas 3.1.1 with odfpy 1.4.1: booleans and times of OpenDocument sheets are taken from what the cell *shows*: a boolean is
# true only where it shows "TRUE", so that every true cell of a sheet saved in German ("WAHR") or French ("VRAI") is False;
# a time shown as 10:20 loses its seconds. With engine="calamine", pandas reads what is stored.
# Source: _get_cell_value in pandas/io/excel/_odfreader.py; numbers and dates are taken from what is stored.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pandas==3.1.1' 'odfpy==1.4.1' 'python-calamine==0.9.1'

venv/bin/python -W ignore - <<'PY'
import datetime
from importlib.metadata import version

import pandas
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

cells = [
    ("TRUE", {"valuetype": "boolean", "booleanvalue": "true"}),
    ("WAHR", {"valuetype": "boolean", "booleanvalue": "true"}),
    ("VRAI", {"valuetype": "boolean", "booleanvalue": "true"}),
    ("10:20", {"valuetype": "time", "timevalue": "PT10H20M30S"}),
]
sheet = Table(name="Goods")
for shown, attributes in (("value", {"valuetype": "string"}), *cells):
    row, cell = TableRow(), TableCell(**attributes)
    cell.addElement(P(text=shown))
    row.addElement(cell)
    sheet.addElement(row)
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("goods.ods")

by_odf = pandas.read_excel("goods.ods", engine="odf")["value"].tolist()
by_calamine = pandas.read_excel("goods.ods", engine="calamine")["value"].tolist()
print(*(f"{name} {version(name)}" for name in ("pandas", "odfpy", "python-calamine")))
for (shown, attributes), one, other in zip(cells, by_odf, by_calamine, strict=True):
    stored = attributes.get("booleanvalue") or attributes["timevalue"]
    print(f"shown {shown:5} stored {stored:11} -> odf: {one!s:8} calamine: {other}")
assert by_odf == [True, False, False, datetime.time(10, 20)]
assert by_calamine == [True, True, True, datetime.time(10, 20, 30)]
PY
