#!/usr/bin/env bash
# xlsx2html 0.6.4: 2.75 with the format of fractions "# ??/??", shown as 2 3/4 in a spreadsheet, is the text "3 /" in the page, and
# 0.5 is "0 /". A million in the format of millions, 1.00M, is 1,000,000.00"M". The number itself is nowhere else in the cell.
# No error, no warning.
# Source: measured. Its summary promises to keep cell formatting; the rules are those of ECMA-376, part 1, 18.8.31.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'xlsx2html==0.6.4' 'openpyxl==3.1.5'

venv/bin/python - <<'PY'
import html
import re
from importlib.metadata import version

import openpyxl
from xlsx2html import xlsx2html

cases = (
    (2.75, "# ??/??", "3 /"),
    (0.5, "# ?/?", "0 /"),
    (1000000, '#,##0.00,,"M"', '1,000,000.00"M"'),
    (0.125, "0.0%", "12.5%"),
)
book = openpyxl.Workbook()
for row, (number, number_format, _) in enumerate(cases, start=1):
    book.active.cell(row, 1, number).number_format = number_format
book.save("sizes.xlsx")
page = xlsx2html("sizes.xlsx")
page.seek(0)
texts = [html.unescape(text) for text in re.findall(r"<td[^>]*>(.*?)</td>", page.read(), re.DOTALL)]
print("xlsx2html", version("xlsx2html"), "- openpyxl", version("openpyxl"))
for (number, number_format, wanted), text in zip(cases, texts, strict=True):
    print(f"{number:<8} as {number_format:14} -> {text}")
    assert text == wanted
PY
