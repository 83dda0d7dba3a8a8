#!/usr/bin/env bash
# csvkit 2.2.0 with agate-excel 0.4.2: in an .xls file, a cell that shows #N/A is written by `in2csv` as 42, and #DIV/0! as 7: the
# numbers that the file format has for these errors, here in a column of prices. One text among dates makes all of them
# numbers of days such as 45429.0. Exit code 0. petl 1.7.30 reads the prices 42 and 7, too. The same sheet as .xlsx is read right.
# Source: measured; xlrd hands out the codes together with the type "error", and agateexcel/table_xls.py keeps the code.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'csvkit==2.2.0' 'agate-excel==0.4.2' 'petl==1.7.30' 'xlrd==2.0.2' 'xlwt==1.3.0' 'openpyxl==3.1.5'
venv/bin/pip list 2>/dev/null | grep -E '^(csvkit|agate-excel|petl|xlrd) '

venv/bin/python - <<'PY'
import datetime

import openpyxl
import xlwt

errors = {"#N/A": 0x2A, "#DIV/0!": 0x07}
rows = [
    ["price", "due"],
    [7.5, datetime.date(2024, 5, 17)],
    ["#N/A", "open"],
    ["#DIV/0!", datetime.date(2024, 5, 18)],
]
old, new = xlwt.Workbook(), openpyxl.Workbook()
sheet = old.add_sheet("orders")
for number, row in enumerate(rows):
    new.active.append(row)
    for column, value in enumerate(row):
        if value in errors:
            sheet.row(number).set_cell_error(column, errors[value])
        elif isinstance(value, datetime.date):
            sheet.write(number, column, value, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
        else:
            sheet.write(number, column, value)
old.save("orders.xls")
new.save("orders.xlsx")
PY
echo "in2csv orders.xlsx:"; venv/bin/in2csv orders.xlsx | tee new.csv
echo "in2csv orders.xls:"; venv/bin/in2csv orders.xls | tee old.csv
venv/bin/python - <<'PY'
import petl

prices = list(petl.fromxls("orders.xls")["price"])
print("petl, prices of orders.xls:", prices)
assert prices == [7.5, 42, 7]
PY
[ "$(cat old.csv)" = $'price,due\n7.5,45429.0\n42,open\n7,45430.0' ]
[ "$(cut -d, -f1 new.csv)" = $'price\n7.5\n#N/A\n#DIV/0!' ]
