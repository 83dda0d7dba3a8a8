#!/usr/bin/env bash
# seatable-api 4.0.0 (PyPI): `query()` on servers without the API gateway (up to 5.2) cuts the offset off every date
# with a time, so that two different instants become the same text, writes the year 999 with three digits, and,
# where a date column of the answer has no format, complains on *standard output*: a Singer tap built on it
# sends that line as a message.
# Source: convert_db_rows in seatable_api/utils.py. Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'seatable-api==4.0.0' 'requests==2.34.2' 'ply==3.11'

venv/bin/python - <<'PY'
import contextlib
import io
from importlib.metadata import version

from seatable_api.utils import convert_db_rows

columns = [
    {"key": "0000", "name": "Seen", "type": "date", "data": {"format": "YYYY-MM-DD HH:mm"}},
    {"key": "0001", "name": "Born", "type": "date", "data": {"format": "YYYY-MM-DD"}},
    {"key": "0002", "name": "Bare", "type": "date", "data": None},
]
rows = [
    {"0000": "2024-10-27T02:30:00+02:00", "0001": "0999-05-01", "0002": "2024-06-05"},
    {"0000": "2024-10-27T02:30:00+01:00", "0001": "0999-05-01", "0002": None},
]
with contextlib.redirect_stdout(io.StringIO()) as output:
    converted = convert_db_rows(columns, rows)

print("seatable-api", version("seatable-api"))
for before, after in zip(rows, converted):
    print(before["0000"], "->", after["Seen"], "|", before["0001"], "->", after["Born"])
print("on standard output:", output.getvalue().strip())
assert converted[0]["Seen"] == converted[1]["Seen"] == "2024-10-27 02:30:00"
assert converted[0]["Born"] == "999-05-01"
assert output.getvalue().startswith("[Warning]")
PY
