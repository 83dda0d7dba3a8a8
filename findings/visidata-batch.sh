#!/usr/bin/env bash
# VisiData 3.4 as a converter (`vd -b in -o out`): a CSV file with two columns of one name becomes JSON with the last of them
# only. And lists and objects of JSON come out in CSV as they are shown on the screen: ["red", "blue; dark"] is
# "[2] red; blue; dark", {"width": null, "unit": "cm"} is "{2} width=None unit=cm", which nothing reads back. Exit code 0.
# Source: measured; iterdispvals in visidata/save.py. `--disp-formatter=json` mends the second, not the first.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'visidata==3.4'

printf 'id,phone,phone\n1,030 123,030 456\n' >people.csv
echo '[{"id": 1, "colours": ["red", "blue; dark"], "size": {"width": null, "unit": "cm"}}]' >goods.json
export TERM=xterm
venv/bin/vd --batch people.csv --output people.json </dev/null >/dev/null 2>&1
venv/bin/vd --batch goods.json --output goods.csv </dev/null >/dev/null 2>&1
venv/bin/vd --batch goods.json --output json.csv --disp-formatter=json </dev/null >/dev/null 2>&1

venv/bin/python - <<'PY'
import csv
import json
from importlib.metadata import version

with open("people.json") as file:
    people = json.load(file)
cells = {}
for name in ("goods", "json"):
    with open(f"{name}.csv", newline="") as file:
        cells[name] = next(csv.DictReader(file))
print("visidata", version("visidata"))
print("id,phone,phone / 1,030 123,030 456 ->", people)
print("goods.json, as it is shown ->", cells["goods"])
print("goods.json, formatter json ->", cells["json"])
assert people == [{"id": "1", "phone": "030 456"}]
assert cells["goods"] == {"id": "1", "colours": "[2] red; blue; dark", "size": "{2} width=None unit=cm"}
assert json.loads(cells["json"]["colours"]) == ["red", "blue; dark"]
PY
