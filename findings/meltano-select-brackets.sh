#!/usr/bin/env bash
# Meltano 4.4.1: a column or table whose name has brackets cannot be selected by its own name: "Tags [de]" is read as a
# pattern, "Tags " and then d or e. The rule is listed as enabled, the column as excluded, a column "Tags e" is selected
# instead, and nothing is said. "Price (net)", "50% off" and "Name?" are fine.
# Source: measured; the documentation of `select` speaks of * as a wildcard and of a backslash before a full stop.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltano==4.4.1'

cat > tap.py <<'PY'
import json

names = ("Tags [de]", "Tags e", "Price (net)", "50% off", "Name?")
properties = {name: {"type": "string"} for name in names}
metadata = [{"breadcrumb": [], "metadata": {}}]
metadata += [{"breadcrumb": ["properties", name], "metadata": {"inclusion": "available"}} for name in names]
stream = {"tap_stream_id": "goods", "stream": "goods", "schema": {"type": "object", "properties": properties}, "metadata": metadata}
print(json.dumps({"streams": [stream]}))
PY
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$PWD/venv/bin/python" "$PWD/tap.py" >tap.sh
chmod +x tap.sh
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
    select: ['goods.Tags [de]', 'goods.Price (net)', 'goods.50% off', 'goods.Name?']
YML
venv/bin/meltano --version
NO_COLOR=1 venv/bin/meltano select tap-x --list --all 2>/dev/null >list
sed -n '/^Selected/,$p' list
grep -q 'selected.*goods\.Price (net)' list
grep -q 'selected.*goods\.Tags e' list
grep -q 'excluded.*goods\.Tags \[de\]' list
