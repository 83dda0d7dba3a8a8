#!/usr/bin/env bash
# fastjsonschema 2.22.3: a schema with `multipleOf` ends in a TypeError as soon as numbers are read as
# Decimal, schema included, which is how singer-sdk reads Singer messages. pipelinewise-tap-postgres and others declare
# `multipleOf` for each numeric column, and the SDK's own docstring of Sink.get_validator shows fastjsonschema.
# jsonschema 4.26.0 copes with it, but with floats it says that 19.99 is no multiple of 0.01; fastjsonschema says it is.
# Source: the code that fastjsonschema generates (Decimal(repr(...))). Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'fastjsonschema==2.22.3' 'jsonschema==4.26.0'

venv/bin/python - <<'PY'
import json
from decimal import Decimal
from importlib.metadata import version

import fastjsonschema
import jsonschema


def outcome(validate):
    try:
        validate()
    except Exception as error:
        return type(error).__name__
    return "accepted"


seen = {}
for number in (float, Decimal):
    schema, value = json.loads('[{"type": "number", "multipleOf": 0.01}, 19.99]', parse_float=number)
    seen["fastjsonschema", number.__name__] = outcome(lambda: fastjsonschema.compile(schema)(value))
    seen["jsonschema", number.__name__] = outcome(lambda: jsonschema.validate(value, schema))
print("fastjsonschema", version("fastjsonschema"), "jsonschema", version("jsonschema"))
for (library, number), result in seen.items():
    print(f"19.99 as multiple of 0.01, {library:14} {number:7} -> {result}")
assert seen == {
    ("fastjsonschema", "float"): "accepted",
    ("jsonschema", "float"): "ValidationError",
    ("fastjsonschema", "Decimal"): "TypeError",
    ("jsonschema", "Decimal"): "accepted",
}
PY
