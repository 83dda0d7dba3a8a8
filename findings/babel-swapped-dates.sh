#!/usr/bin/env bash
# babel 2.19.0: `parse_date` swaps day and month wherever the month is above 12, also where a pattern is given: with
# MM/dd/yyyy, 25/12/2024 is 25 December and 10/12/2024 in the next row 12 October. A column in the wrong order comes in half
# swapped instead of failing. 24-12-10 is the year 2010 in Swedish. And `parse_time` knows "pm" only where it is written
# without points and where the locale has it: "3:30 p.m." in English and "3:30 pm" in German are half past three at night.
# Source: parse_date and parse_time in babel/dates.py; the documentation says that the order is taken from the locale.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'babel==2.19.0'

venv/bin/python - <<'PY'
from datetime import date, time
from importlib.metadata import version

from babel.dates import parse_date, parse_time

dates = [
    ("10/12/2024", {"locale": "en_US", "format": "MM/dd/yyyy"}, date(2024, 10, 12)),
    ("25/12/2024", {"locale": "en_US", "format": "MM/dd/yyyy"}, date(2024, 12, 25)),
    ("10.12.2024", {"locale": "de_DE", "format": "dd.MM.yyyy"}, date(2024, 12, 10)),
    ("12.25.2024", {"locale": "de_DE", "format": "dd.MM.yyyy"}, date(2024, 12, 25)),
    ("24-12-10", {"locale": "sv_SE"}, date(2010, 12, 24)),
]
times = [
    ("3:30 pm", {"locale": "en_US"}, time(15, 30)),
    ("3:30 p.m.", {"locale": "en_US"}, time(3, 30)),
    ("3:30 pm", {"locale": "de_DE"}, time(3, 30)),
]
print("babel", version("babel"))
for parse, cases in ((parse_date, dates), (parse_time, times)):
    for text, options, expected in cases:
        value = parse(text, **options)
        print(f"{parse.__name__:10} {text:10} {options} -> {value}")
        assert value == expected
PY
