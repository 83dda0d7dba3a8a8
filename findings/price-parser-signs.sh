#!/usr/bin/env bash
# price-parser 0.5.1: the sign of an amount is lost, in all ways to write it: -5, 5- and (5.00) are 5. A Swiss amount with
# the typographic apostrophe, 1’342.82, is 1; with the straight one it is right.
# Source: measured; its documentation speaks of prices, and of negative ones not at all.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'price-parser==0.5.1'
venv/bin/pip list 2>/dev/null | grep -E '^price-parser '

venv/bin/python - <<'PY'
from price_parser import Price

expected = {"-5": "5", "5-": "5", "(5.00)": "5.00", "1\u2019342.82": "1", "1'342.82": "1342.82"}
for text, amount in expected.items():
    seen = str(Price.fromstring(text).amount)
    print(f"{text:>10} -> {seen}")
    assert seen == amount, (text, seen)
PY
