#!/usr/bin/env bash
# dateparser 1.5.0, with STRICT_PARSING and all three parts required: "2024-13-01", a month that there is not, is taken as
# 13 January 2024, although the year stands first; under Swedish "20/08/24" is 24 August 2020 and "1.2.24" the second
# of January. Strict means that no part is missing, not that the parts are what they say.
# Source: measured; the settings page describes STRICT_PARSING by missing parts only.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'dateparser==1.5.0'

venv/bin/python -W ignore - <<'PY'
from importlib.metadata import version

import dateparser

strict = {"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"]}
print("dateparser", version("dateparser"))
for text, language, expected in (
    ("2024-13-01", "de", "2024-01-13"),
    ("2024-13-01", "en", "2024-01-13"),
    ("20/08/24", "sv", "2020-08-24"),
    ("20/08/24", "de", "2024-08-20"),
    ("1.2.24", "sv", "2024-01-02"),
    ("08.20.2024", "de", "None"),
):
    found = dateparser.parse(text, languages=[language], settings=strict)
    day = str(found.date() if found else None)
    print(f"{text!r:13} {language} -> {day}")
    assert day == expected
PY
