#!/usr/bin/env bash
# isodate 0.7.2: a duration whose parts have different signs is written with one minus before all of it. A year less a month,
# which is added to a date as eleven months, is written -P1Y1M and read back as minus thirteen months; a month less a day is
# -P1M1D. And the date "20", a century, is the first day of 2001. No error.
# Source: measured; duration_isoformat in isodate/isoduration.py takes any negative part for the sign of all. The readme says
# that negative durations are not fully supported; these are positive.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'isodate==0.7.2'

venv/bin/python - <<'PY'
import datetime
from importlib.metadata import version

import isodate

print("isodate", version("isodate"))
day = datetime.date(2024, 1, 15)
cases = (
    ("P1Y less P1M", isodate.parse_duration("P1Y") - isodate.parse_duration("P1M"), "-P1Y1M", "2024-12-15", "2022-12-15"),
    ("P1M less P1D", isodate.parse_duration("P1M") - isodate.parse_duration("P1D"), "-P1M1D", "2024-02-14", "2023-12-14"),
)
for name, duration, wanted, before, after in cases:
    text = isodate.duration_isoformat(duration)
    again = isodate.parse_duration(text)
    print(f"{name}: {day} + duration = {day + duration}; written {text}, read again: {day + again}")
    assert text == wanted
    assert [str(day + duration), str(day + again)] == [before, after]
century = isodate.parse_date("20")
print("20 ->", century)
assert century == datetime.date(2001, 1, 1)
PY
