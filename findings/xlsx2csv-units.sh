#!/usr/bin/env bash
# xlsx2csv 0.8.6: a cell whose number format has a d, h, m, s or y in quotes or behind a backslash is taken for a date, and
# what is written is the format with parts of that date in it, *without the number*: 7 days are '0" 06ays"', 7 m² are
# '0"01²"'. A duration of 30 hours is 06:00. Exit code 0. openpyxl and python-calamine read 7 and 30 hours.
# Source: measured; the README has options for other formats of dates and does not mention it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'xlsx2csv==0.8.6' 'openpyxl==3.1.5' 'XlsxWriter==3.3.1' 'python-calamine==0.9.1'

venv/bin/python -W ignore - <<'PY'
import csv
import subprocess
from importlib.metadata import version

import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

formats = ['#,##0 "kg"', '0" days"', '#,##0 "Std."', '0"m²"', "0.0\\ \\h", '"M"0', "[h]:mm:ss"]
with xlsxwriter.Workbook("goods.xlsx") as book:
    sheet = book.add_worksheet()
    for row, form in enumerate(formats):
        sheet.write_number(row, 0, 1.25 if form.startswith("[h]") else 7, book.add_format({"num_format": form}))
subprocess.run(["venv/bin/xlsx2csv", "goods.xlsx", "goods.csv"], check=True)
with open("goods.csv", newline="") as file:
    by_xlsx2csv = [row[0] for row in csv.reader(file)]
by_openpyxl = [row[0].value for row in openpyxl.load_workbook("goods.xlsx").active.iter_rows()]
by_calamine = [row[0] for row in CalamineWorkbook.from_path("goods.xlsx").get_sheet_by_index(0).to_python()]
print(*(f"{name} {version(name)}" for name in ("xlsx2csv", "openpyxl", "python-calamine")))
for line in zip(formats, by_xlsx2csv, by_openpyxl, by_calamine, strict=True):
    print("format {:13} xlsx2csv {!r:15} openpyxl {!s:15} calamine {!s}".format(*line))
assert by_openpyxl[:-1] == by_calamine[:-1] == [7] * 6
assert by_xlsx2csv == ["7", '0" 06ays"', '#,##0 "st06."', '0"01²"', "0.0 12", '"01"0', "06:00"]
PY
