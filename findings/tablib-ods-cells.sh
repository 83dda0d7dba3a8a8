#!/usr/bin/env bash
# tablib 3.10.0 with odfpy 1.4.1: of a cell of an OpenDocument sheet only the first text inside the first child counts. So a
# cell with a note is the note's *author*, what follows a second blank, a line break or bold letters is gone, and a
# number is what the cell shows: 1.23 where it holds 1.23456. No error, no warning. Sheets written by tablib come back whole.
# Source: read_cell in tablib/formats/_ods.py. The documentation says that ods files can be imported.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'tablib[ods]==3.10.0' 'odfpy==1.4.1'

venv/bin/python -W ignore - <<'PY'
from importlib.metadata import version

import tablib
from odf.dc import Creator
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import A, LineBreak, P, S, Span


def text(*parts):
    paragraph = P()
    for part in parts:
        if isinstance(part, str):
            paragraph.addText(part)
        else:
            paragraph.addElement(part)
    return paragraph


note = Annotation()
note.addElement(Creator(text="Editor"))
note.addElement(P(text="please check"))
cells = {
    "with a note": [note, P(text="Berlin")],
    "three blanks": [text("House 4", S(c=3), "left door")],
    "line break": [text("Main Street 1", LineBreak(), "Springfield")],
    "two paragraphs": [P(text="Main Street 1"), P(text="Springfield")],
    "bold word": [text("do ", Span(text="not"), " deliver")],
    "link": [text("see ", A(href="https://example.com", text="the list"))],
}
sheet = Table(name="Goods")
for children in ([P(text="value")], *cells.values()):
    row, cell = TableRow(), TableCell(valuetype="string")
    for child in children:
        cell.addElement(child)
    row.addElement(cell)
    sheet.addElement(row)
row, number = TableRow(), TableCell(valuetype="float", value="1.23456")
number.addElement(P(text="1.23"))
row.addElement(number)
sheet.addElement(row)
document = OpenDocumentSpreadsheet()
document.spreadsheet.addElement(sheet)
document.save("goods.ods")

with open("goods.ods", "rb") as file:
    read = dict(zip([*cells, "1.23456, shown as 1.23"], tablib.Dataset().load(file, format="ods")["value"], strict=True))
print("tablib", version("tablib"), "- odfpy", version("odfpy"))
for name, value in read.items():
    print(f"{name:23} -> {value!r}")
assert read == {
    "with a note": "Editor",
    "three blanks": "House 4",
    "line break": "Main Street 1",
    "two paragraphs": "Main Street 1",
    "bold word": "do ",
    "link": "see ",
    "1.23456, shown as 1.23": 1.23,
}
PY
