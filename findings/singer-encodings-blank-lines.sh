#!/usr/bin/env bash
# singer-encodings 0.6.1, which reads CSV files for taps of S3 and SFTP: blank lines inside a quoted cell are left out, so that
# paragraphs run together. Line ends are stripped from the front of each line of the file before the CSV reader puts
# the lines of a cell together. Its other reader, for headers that are there twice, keeps them.
# Source: singer_encodings/csv.py. Documented nowhere.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-encodings==0.6.1'
venv/bin/pip list 2>/dev/null | grep -E '^singer-encodings '

printf 'id,note\n1,"Dear Ann,\n\nthank you.\n\n\nBob"\n' > letters.csv
venv/bin/python - <<'PY'
import csv

from singer_encodings import csv as singer_csv


def note(**options):
    with open("letters.csv", "rb") as file:
        return next(iter(singer_csv.get_row_iterator(file, **options)))["note"]


with open("letters.csv", newline="") as file:
    written = next(csv.DictReader(file))["note"]
usual, twice = note(), note(with_duplicate_headers=True)
print("in the file:                   ", repr(written))
print("as read by default:            ", repr(usual))
print("as read with doubled headers:  ", repr(twice))
assert usual == "Dear Ann,\nthank you.\nBob"
assert twice == written == "Dear Ann,\n\nthank you.\n\n\nBob"
PY
