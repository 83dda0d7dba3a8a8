#!/usr/bin/env bash
# Meltano 4.4.1 with singer-python 6.8.0: a tap may leave out the metadata of a property. Meltano then writes "automatic" for
# its inclusion, beside "selected: false" where the user excludes it, and singer-python's Transformer sends what is automatic
# whether it is selected or not. So a column that is excluded *by name* arrives, and one with metadata does not.
# Source: ensure_metadata in meltano/core/plugin/singer/catalog.py, singer/transform.py; each is as its docstring says.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltano==4.4.1'
python3 -m venv singer
singer/bin/pip install -qq 'singer-python==6.8.0'

cat > tap.py <<'PY'
import json
import sys

import singer
from singer import metadata

schema = {"type": "object", "properties": {name: {"type": "string"} for name in ("id", "note", "price")}}
if "--discover" in sys.argv:
    of_properties = [{"breadcrumb": ["properties", "price"], "metadata": {"inclusion": "available"}}]
    print(json.dumps({"streams": [{"tap_stream_id": "goods", "stream": "goods", "schema": schema, "metadata": of_properties}]}))
    sys.exit()
with open(sys.argv[sys.argv.index("--catalog") + 1]) as file:
    (stream,) = json.load(file)["streams"]
singer.write_schema("goods", schema, ["id"])
with singer.Transformer() as transformer:
    row = {"id": "1", "note": "not for others", "price": "2"}
    singer.write_record("goods", transformer.transform(row, schema, metadata.to_map(stream["metadata"])))
PY
cat > target.py <<'PY'
import json
import sys

with open("records", "w") as file:
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "RECORD":
            file.write(json.dumps(message["record"]))
PY
for plugin in tap target; do
    printf '#!/bin/sh\ncd "%s" && exec singer/bin/python %s.py "$@"\n' "$PWD" "$plugin" >"$plugin.sh"
    chmod +x "$plugin.sh"
done
cat > meltano.yml <<YML
version: 1
default_environment: dev
project_id: shop
send_anonymous_usage_stats: false
environments: [{name: dev}]
plugins:
  extractors:
  - name: tap-x
    namespace: tap_x
    executable: $PWD/tap.sh
    capabilities: [catalog, discover]
    select: [goods.id, '!goods.note']
  loaders: [{name: target-x, namespace: target_x, executable: $PWD/target.sh}]
YML
venv/bin/meltano run tap-x target-x >log 2>&1 || { cat log; exit 1; }

venv/bin/meltano --version
echo "selected: goods.id, excluded: goods.note - arrived: $(cat records)"
[ "$(cat records)" = '{"id": "1", "note": "not for others"}' ]
