#!/usr/bin/env bash
# singer-python 6.8.0, Transformer: for a date-time property almost any text is a date, and what it lacks is taken from
# *today*: "7" is the seventh of this month, "10:30" today, "2024" today's day in 2024, "May" a day of May, "12.5" the 12th.
# The same row is another value tomorrow. With the option for seconds since 1970, "20240517" is in August 1970. And a number
# "1,5" is 15.
# Source: measured; singer/utils.py hands the text to dateutil. Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-python==6.8.0'

TZ=UTC venv/bin/python - <<'PY'
from datetime import datetime
from importlib.metadata import version

from singer.transform import UNIX_SECONDS_INTEGER_DATETIME_PARSING, transform

dated = {"type": "object", "properties": {"value": {"type": ["null", "string"], "format": "date-time"}}}
number = {"type": "object", "properties": {"value": {"type": ["null", "number"]}}}


def send(text, schema, **options):
    return transform({"value": text}, schema, **options)["value"]


today = datetime.now()
expected = {
    "7": f"{today:%Y-%m}-07T00:00:00.000000Z",
    "12.5": f"{today:%Y-%m}-12T00:00:00.000000Z",
    "10:30": f"{today:%Y-%m-%d}T10:30:00.000000Z",
    "05/06/2024": "2024-05-06T00:00:00.000000Z",
}
print("singer-python", version("singer-python"), f"- today is {today:%Y-%m-%d}")
for text in (*expected, "2024", "May"):
    print(f"{text:10} -> {send(text, dated)}")
seconds = send("20240517", dated, integer_datetime_fmt=UNIX_SECONDS_INTEGER_DATETIME_PARSING)
print("20240517   ->", seconds, "(with the option for seconds since 1970)")
print("1,5        ->", send("1,5", number), "(a number)")
assert {text: send(text, dated) for text in expected} == expected
assert send("2024", dated)[:7] == f"2024-{today:%m}"
assert send("May", dated)[:7] == f"{today:%Y}-05"
assert seconds == "1970-08-23T06:21:57.000000Z"
assert send("1,5", number) == 15.0
PY
