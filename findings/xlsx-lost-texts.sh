#!/usr/bin/env bash
# Excel files: the text "#N/A" written with openpyxl 3.1.5 is stored as an *error*, which python-calamine 0.9.1 reads as an empty
# text: the cell is gone; written with XlsxWriter 3.3.1 it stays a text. And of a text of 32,768 letters both keep 32,767, openpyxl
# without a word, XlsxWriter with a return value of -2 and a warning. SeaTable's long texts hold 100,000 letters.
# Source: measured; openpyxl's documentation does not mention either, XlsxWriter's lists the return value.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'openpyxl==3.1.5' 'XlsxWriter==3.3.1' 'python-calamine==0.9.1'

venv/bin/python -W ignore - <<'PY'
from importlib.metadata import version

import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

long = "x" * 32_768
book = openpyxl.Workbook()
for text in ("#N/A", long):
    book.active.append([text])
book.save("openpyxl.xlsx")
with xlsxwriter.Workbook("xlsxwriter.xlsx") as book:
    sheet = book.add_worksheet()
    codes = [sheet.write_string(row, 0, text) for row, text in enumerate(("#N/A", long, "last"))]


def read(path):
    return [cells[0] for cells in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]


by_openpyxl, by_xlsxwriter = read("openpyxl.xlsx"), read("xlsxwriter.xlsx")
print(*(f"{name} {version(name)}" for name in ("openpyxl", "XlsxWriter", "python-calamine")))
print("'#N/A' written by openpyxl, read by calamine:  ", repr(by_openpyxl[0]))
print("'#N/A' written by XlsxWriter, read by calamine:", repr(by_xlsxwriter[0]))
print("32,768 letters: openpyxl keeps", len(by_openpyxl[1]), "- XlsxWriter", len(by_xlsxwriter[1]), "and returned", codes[1])
assert by_openpyxl[0] == ""
assert by_xlsxwriter[0] == "#N/A"
assert len(by_openpyxl[1]) == 32_767
assert (len(by_xlsxwriter[1]), codes[1]) == (32_767, -2)
PY
