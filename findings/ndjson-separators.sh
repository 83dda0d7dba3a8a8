#!/usr/bin/env bash
# ndjson 0.3.1: `loads` takes a text to pieces where str.splitlines does and puts commas between them. A line separator
# (U+2028) or next line (U+0085) *inside* a string, which JSON allows unescaped, becomes a comma: two lines of an address
# are "Flat 1,Berlin". `ndjson.reader` and jsonlines 4.0.0 keep it.
# Source: Decoder in ndjson/codecs.py. Undocumented.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'ndjson==0.3.1' 'jsonlines==4.0.0'

venv/bin/python - <<'PY'
import io
import json
from importlib.metadata import version

import jsonlines
import ndjson

rows = [{"place": "Flat 1\u2028Berlin"}, {"place": "Flat 2\x85Paris"}, {"place": "Flat 3\nRome"}]
text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
by_loads = ndjson.loads(text)
by_reader = list(ndjson.reader(io.StringIO(text)))
by_jsonlines = list(jsonlines.Reader(io.StringIO(text)))
print("ndjson", version("ndjson"), "- jsonlines", version("jsonlines"))
for sent, got in zip(rows, by_loads, strict=True):
    print(ascii(sent["place"]).ljust(22), "->", ascii(got["place"]))
assert [row["place"] for row in by_loads] == ["Flat 1,Berlin", "Flat 2,Paris", "Flat 3\nRome"]
assert by_reader == by_jsonlines == rows
PY
