#!/usr/bin/env bash
# tablib 3.10.0: rows of JSON or YAML are taken by *position*. The names of the first object are the header; where a later
# one has its names in another order, the values change columns, and where it has other names, they land under the first
# one's. Only another number of names is an error. Putting one dataset below another (`stack`) does the same.
# Source: measured; the `dict` setter in tablib/core.py. For JSON the order of names means nothing.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'tablib[yaml]==3.10.0'

venv/bin/python - <<'PY'
import json
from importlib.metadata import version

import tablib

rows = [{"net": 10, "gross": 12}, {"gross": 24, "net": 20}, {"vat": 4, "date": "2024-05-17"}]
text = json.dumps(rows)
by_json = tablib.Dataset().load(text, format="json").dict
by_yaml = tablib.Dataset().load(text, format="yaml").dict
first, second = tablib.Dataset((10, 12), headers=["net", "gross"]), tablib.Dataset((24, 20), headers=["gross", "net"])
stacked = first.stack(second).dict
print("tablib", version("tablib"))
print("sent:      ", *rows)
print("from JSON: ", *map(dict, by_json))
print("from YAML: ", *map(dict, by_yaml))
print("stacked:   ", *map(dict, stacked))
wrong = [{"net": 10, "gross": 12}, {"net": 24, "gross": 20}, {"net": 4, "gross": "2024-05-17"}]
assert by_json == by_yaml == wrong
assert stacked == wrong[:2]
PY
