#!/usr/bin/env bash
# babel 2.19.0: `parse_decimal` under de_DE takes "1.34" for 134, "1..5" for 15 and "12.34.56" for 123456: it removes the
# group sign wherever it stands. "1e3", "NaN" and "Infinity" are numbers in every language, with `strict=True` as well;
# strict refuses the French "1 342,82" with an ordinary space, the way that people type it.
# Source: measured; the docstring shows one refusal in strict mode and no such input.
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
