#!/usr/bin/env bash
# exceljs 4.4.0 (npm): a date that a workbook holds in ISO form, as the format allows and openpyxl 3.1.5 writes with
# iso_dates=True, is read as a number up to the first hyphen and counted as days: each date of 2024 is 16 July 1905. And a
# number whose format has a unit behind a backslash, as in 0.0\ \h, is a date. No error, no warning; openpyxl reads all.
# Source: measured; isDateFmt in lib/utils/utils.js looks for letters.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund exceljs@4.4.0
python3 -m venv venv
venv/bin/pip install -qq 'openpyxl==3.1.5'

venv/bin/python - <<'PY'
import datetime

import openpyxl

book = openpyxl.Workbook(iso_dates=True)
book.active.append([datetime.date(2024, 5, 17), datetime.datetime(2024, 12, 24, 18, 30), 7.5, 7.5])
book.active["C1"].number_format = '0.0" h"'
book.active["D1"].number_format = r"0.0\ \h"
book.save("orders.xlsx")
print("openpyxl", openpyxl.__version__, *(str(cell.value) for cell in openpyxl.load_workbook("orders.xlsx").active[1]), sep=" | ")
PY
node - <<'JS'
const assert = require('node:assert');
const ExcelJS = require('exceljs');

(async () => {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile('orders.xlsx');
  const values = book.worksheets[0].getRow(1).values.slice(1);
  const shown = values.map((value) => (value instanceof Date ? value.toISOString() : value));
  console.log('exceljs', require('exceljs/package.json').version, '|', shown.join(' | '));
  assert.deepStrictEqual(shown, ['1905-07-16T00:00:00.000Z', '1905-07-16T00:00:00.000Z', 7.5, '1900-01-06T12:00:00.000Z']);
})();
JS
