#!/usr/bin/env bash
# frictionless 5.21.0: a column of decimals with a comma, as half of Europe writes them, is inferred to be of type
# *geopoint*: "52,5" is longitude 52 and latitude 5. "2024-05" becomes a yearmonth, "007" the integer 7.
# Source: measured; Table Schema has the type geopoint in the form "lon, lat". That inference tries it is not said.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'frictionless==5.21.0'

venv/bin/python - <<'PY'
from importlib.metadata import version

from frictionless import Resource


def infer(*values):
    resource = Resource(data=[["v"], *[[value] for value in values]])
    resource.infer()
    return resource.schema.fields[0].type, [row["v"] for row in resource.read_rows()]


print("frictionless", version("frictionless"))
for values, kind in ((("52,5", "13,4"), "geopoint"), (("52.5", "13.4"), "number"), (("2024-05", "2024-06"), "yearmonth"), (("007", "012"), "integer")):
    found, read = infer(*values)
    print(values, "->", found, read)
    assert found == kind
PY
