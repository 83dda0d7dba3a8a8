#!/usr/bin/env bash
# Excel files: openpyxl 3.1.5, XlsxWriter 3.3.1 and python-calamine 0.9.1 do not agree on texts such as "_x0041_", which in
# the format means "A". openpyxl writes them unescaped, so that others (Excel, calamine) read "A"; it does not
# unescape them: a line break CR LF written by XlsxWriter is read as "_x000D_" and LF. A text that looks escaped,
# "_x005F_x0041_", arrives only from openpyxl to openpyxl. A file passed between them changes texts, silently.
# Source: measured; ST_Xstring of ECMA-376 is the rule.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'openpyxl==3.1.5' 'XlsxWriter==3.3.1' 'python-calamine==0.9.1'

venv/bin/python - <<'PY'
from importlib.metadata import version

import openpyxl
import xlsxwriter
from python_calamine import CalamineWorkbook

texts = ["_x0041_", "a\r\nb", "_x005F_x0041_"]
book = openpyxl.Workbook()
for text in texts:
    book.active.append([text])
book.save("openpyxl.xlsx")
with xlsxwriter.Workbook("xlsxwriter.xlsx") as book:
    book.add_worksheet().write_column(0, 0, texts)


def read(path):
    by_openpyxl = [cells[0] for cells in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    by_calamine = [cells[0] for cells in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()]
    return by_openpyxl, by_calamine


seen = {writer: read(f"{writer}.xlsx") for writer in ("openpyxl", "xlsxwriter")}
print(*(f"{name} {version(name)}" for name in ("openpyxl", "XlsxWriter", "python-calamine")))
print(f"{'text':16}", *(f"{writer[:4]} -> {reader:18}" for writer in seen for reader in ("openpyxl", "calamine")))
for index, text in enumerate(texts):
    print(f"{text!r:16}", *(f"{result[index]!r:26}" for results in seen.values() for result in results))
assert seen["openpyxl"] == (["_x0041_", "a\nb", "_x005F_x0041_"], ["A", "a\nb", "_x0041_"])
assert seen["xlsxwriter"] == (["_x0041_", "a_x000D_\nb", "_x0041_"], ["_x0041_", "a\r\nb", "_x005FA"])
PY
