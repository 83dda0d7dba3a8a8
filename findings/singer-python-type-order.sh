#!/usr/bin/env bash
# singer-python 6.8.0, Transformer: the order of a property's types decides what a value becomes. "007" is 7 where
# integer stands before string, any text is true where boolean stands before string (also "no"; only "false" is not), a
# fraction is cut off for an integer, and an object for a text property becomes Python's notation, which is no JSON.
# The library sorts nothing and warns of nothing; taps with type lists from an API meet it.
# Source: singer/transform.py. Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-python==6.8.0'

venv/bin/python - 2>/dev/null <<'PY'
from importlib.metadata import version

from singer import Transformer


def become(types, value):
    return Transformer().transform({"v": value}, {"properties": {"v": {"type": types}}, "type": "object"})["v"]


print("singer-python", version("singer-python"))
for types, value, expected in (
    (["integer", "string"], "007", 7),
    (["string", "integer"], "007", "007"),
    (["boolean", "string"], "no", True),
    (["string", "boolean"], "no", "no"),
    (["string", "integer"], 5, "5"),
    (["integer"], 1.9, 1),
    (["string"], {"a": None}, "{'a': None}"),
):
    result = become(types, value)
    print(f"{types!s:23} {value!r:13} -> {result!r}")
    assert result == expected and type(result) is type(expected)
PY
