#!/usr/bin/env bash
# babel 2.19.0: `parse_decimal(..., strict=True)` takes "1e3", "NaN" and "Infinity" for numbers in every language, and refuses
# the French "1 342,82" with an ordinary space, the way that people type it. Without strict the group sign is removed
# wherever it stands, not only "1.34" (the documented case): under de_DE "1..5" is 15 and "12.34.56" is 123456.
# Source: measured; the docstring of strict mode shows one refusal.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'babel==2.19.0'

venv/bin/python - <<'PY'
from importlib.metadata import version

from babel.numbers import NumberFormatError, parse_decimal


def read(text, locale, strict):
    try:
        return str(parse_decimal(text, locale=locale, strict=strict))
    except NumberFormatError:
        return "refused"


print("babel", version("babel"))
for text, locale, lenient, strict in (
    ("1.34", "de_DE", "134", "refused"),
    ("1..5", "de_DE", "15", "refused"),
    ("12.34.56", "de_DE", "123456", "refused"),
    ("1 342,82", "fr_FR", "1342.82", "refused"),
    ("1e3", "de_DE", "1E+3", "1E+3"),
    ("Infinity", "de_DE", "Infinity", "Infinity"),
):
    seen = read(text, locale, strict=False), read(text, locale, strict=True)
    print(f"{text!r:11} {locale} -> {seen[0]:8} strict: {seen[1]}")
    assert seen == (lenient, strict)
PY
