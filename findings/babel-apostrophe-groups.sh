#!/usr/bin/env bash
# babel 2.19.0: where a locale groups digits by an apostrophe (Switzerland, de_CH and fr_CH), `format_decimal` separates only
# the last three digits: a billion is written 1000000'000. The other signs group every three digits, Indian ones as they
# should, and `parse_decimal` takes what a Swiss would write. Source: measured; the locale data has groups of three.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'babel==2.19.0'

venv/bin/python - <<'PY'
from decimal import Decimal
from importlib.metadata import version

from babel import Locale
from babel.numbers import format_decimal

print("babel", version("babel"))
for locale, wanted in (
    ("de_CH", "1000000'000.5"),
    ("fr_CH", "1000000'000,5"),
    ("de_DE", "1.000.000.000,5"),
    ("en_IN", "1,00,00,00,000.5"),
):
    seen = format_decimal(Decimal("1000000000.5"), locale=locale)
    print(f"{locale}: {seen} (groups of {Locale.parse(locale).decimal_formats[None].grouping})")
    assert seen == wanted
PY
