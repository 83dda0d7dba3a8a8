#!/usr/bin/env bash
# SheetJS (npm xlsx 0.18.5): a workbook with the date system of 1904, once the default of Excel on Macs and kept by each
# copy, shows 2024-05-17, and sheet_to_csv writes it; with `cellDates: true` the same cell is 2020-05-16, four years and a
# day early. The option that is there to get dates right changes them. No error; openpyxl 3.1.5 and exceljs 4.4.0 read 2024.
# Source: measured.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund xlsx@0.18.5
python3 -m venv venv
venv/bin/pip install -qq 'openpyxl==3.1.5'

venv/bin/python - <<'PY'
import datetime

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

book = openpyxl.Workbook()
book.epoch = CALENDAR_MAC_1904
book.active.append([datetime.date(2024, 5, 17)])
book.active["A1"].number_format = "yyyy-mm-dd"
book.save("orders.xlsx")
read = openpyxl.load_workbook("orders.xlsx").active["A1"].value
print("openpyxl", openpyxl.__version__, read)
assert read == datetime.datetime(2024, 5, 17)
PY
TZ=UTC node - <<'JS'
const assert = require('node:assert');
const XLSX = require('xlsx');

const read = (options) => {
  const book = XLSX.readFile('orders.xlsx', options);
  return book.Sheets[book.SheetNames[0]];
};
const [[date]] = XLSX.utils.sheet_to_json(read({ cellDates: true }), { header: 1 });
const text = XLSX.utils.sheet_to_csv(read({})).trim();
console.log('xlsx', XLSX.version, '- cellDates:', date.toISOString(), '- sheet_to_csv:', text);
assert.strictEqual(date.toISOString().slice(0, 10), '2020-05-16');
assert.strictEqual(text, '2024-05-17');
JS
