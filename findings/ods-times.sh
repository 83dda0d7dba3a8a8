#!/usr/bin/env bash
# OpenDocument sheets: pyexcel-ods 0.6.0 and pyexcel-ods3 0.6.1 (pyexcel-io 0.6.8) lose each time that is negative or has
# parts of a second: the cell is None; a price in euros is the text "5.25 EUR". python-calamine 0.9.1 gives durations of a
# day and more, and negative ones, as texts in ISO form, and drops tabs and line breaks inside a text: "Flat" and "12" on
# two lines are "Flat12". No error anywhere.
# Source: time_value in pyexcel_io/service.py takes only PT, hours, minutes and whole seconds; calamine: measured.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pyexcel-ods==0.6.0' 'pyexcel-ods3==0.6.1' 'pyexcel-io==0.6.8' 'odfpy==1.4.1' 'python-calamine==0.9.1'

venv/bin/python -W ignore - <<'PY'
import datetime
from importlib.metadata import version

import pyexcel_ods
import pyexcel_ods3
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import LineBreak, P, Tab
from python_calamine import CalamineWorkbook

cells = [
    ("1:15:00", {"valuetype": "time", "timevalue": "PT01H15M00S"}),
    ("-1:15:00", {"valuetype": "time", "timevalue": "-PT01H15M00S"}),
    ("1:15:00.5", {"valuetype": "time", "timevalue": "PT01H15M00.5S"}),
    ("30:15:00", {"valuetype": "time", "timevalue": "PT30H15M00S"}),
    ("5.25 EUR", {"valuetype": "currency", "currency": "EUR", "value": "5.25"}),
]
sheet = Table(name="Goods")


def add(paragraph, **attributes):
    row, cell = TableRow(), TableCell(**attributes)
    cell.addElement(paragraph)
    row.addElement(cell)
    row.addElement(TableCell(valuetype="float", value="1"))
    sheet.addElement(row)


for shown, attributes in cells:
    add(P(text=shown), **attributes)
for between in (LineBreak(), Tab()):
    paragraph = P(text="Flat")
    paragraph.addElement(between)
    paragraph.addText("12")
    add(paragraph, valuetype="string")
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("goods.ods")

names = [*(shown for shown, _ in cells), "Flat, line break, 12", "Flat, tab, 12"]
by_pyexcel, by_pyexcel3 = ([row[0] for row in package.get_data("goods.ods")["Goods"]] for package in (pyexcel_ods, pyexcel_ods3))
by_calamine = [row[0] for row in CalamineWorkbook.from_path("goods.ods").get_sheet_by_index(0).to_python()]
print(*(f"{name} {version(name)}" for name in ("pyexcel-ods", "pyexcel-ods3", "pyexcel-io", "python-calamine")))
for name, one, other in zip(names, by_pyexcel, by_calamine, strict=True):
    print(f"{name:20} -> pyexcel: {one!r:37} calamine: {other!r}")
assert by_pyexcel == by_pyexcel3
assert by_pyexcel == [datetime.time(1, 15), None, None, datetime.timedelta(hours=30, minutes=15), "5.25 EUR", "Flat\n12", "Flat\t12"]
assert by_calamine == [
    datetime.time(1, 15), "-PT01H15M00S", datetime.time(1, 15, 0, 500000), "PT30H15M00S", 5.25, "Flat12", "Flat12"
]
PY
