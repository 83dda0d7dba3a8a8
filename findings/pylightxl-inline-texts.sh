#!/usr/bin/env bash
# pylightxl 1.61: of a workbook that openpyxl 3.1.5 has written, each text is read as an empty text, the header included, while
# numbers and dates arrive: openpyxl puts texts into their cells (inlineStr), as the format allows, and pylightxl looks for
# them in the shared table only. And 36 hours shown as [h]:mm are 12:00:00, three days 00:00:00. No error, no warning.
# Source: measured. python-calamine 0.9.1 and openpyxl itself read them.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pylightxl==1.61' 'openpyxl==3.1.5' 'python-calamine==0.9.1'

venv/bin/python - <<'PY'
import datetime
from importlib.metadata import version

import openpyxl
import pylightxl
import python_calamine

book = openpyxl.Workbook()
book.active.title = "Work"
book.active.append(["task", "place", "hours", "day"])
for task, place, hours in (("roof", "Bern", 36), ("walls", "Graz", 72)):
    book.active.append([task, place, datetime.timedelta(hours=hours), datetime.date(2024, 5, 17)])
for row in (2, 3):
    book.active.cell(row, 3).number_format = "[h]:mm"
book.save("work.xlsx")

seen = list(pylightxl.readxl("work.xlsx").ws("Work").rows)
right = python_calamine.load_workbook("work.xlsx").get_sheet_by_name("Work").to_python()
print("pylightxl", version("pylightxl"), "- openpyxl", version("openpyxl"))
print("python-calamine", version("python-calamine"))
for one, other in zip(seen, right, strict=True):
    print("pylightxl:", one, "- calamine:", [str(value) for value in other])
assert seen == [["", "", "", ""], ["", "", "12:00:00", "2024/05/17"], ["", "", "00:00:00", "2024/05/17"]]
assert right[1][:3] == ["roof", "Bern", datetime.timedelta(hours=36)]
PY
