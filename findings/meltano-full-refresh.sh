#!/usr/bin/env bash
# Meltano 4.4.1: `meltano run --full-refresh` hands the tap no state, but *merges* the state that comes out into the old
# one. The bookmark of a stream that is gone stays for good, and so do fields of a bookmark that the new
# one lacks: a cursor in the middle of a table survives the refresh that was to get rid of it.
# Source: measured (--state-strategy auto); the help says "ignore state left behind by any previous runs".
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'meltano==4.4.1'

cat > tap.py <<'PY'
import json
import os
import sys

if "--state" in sys.argv:
    sys.stderr.write("STATE GIVEN\n")
print(json.dumps({"type": "STATE", "value": json.loads(os.environ["NEW_STATE"])}))
PY
cat > target.py <<'PY'
import json
import sys

for line in sys.stdin:
    print(json.dumps(json.loads(line)["value"]))
PY
for plugin in tap target; do
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$PWD/venv/bin/python" "$PWD/$plugin.py" >"$plugin.sh"
    chmod +x "$plugin.sh"
done
cat > meltano.yml <<YML
version: 1
default_environment: dev
project_id: shop
send_anonymous_usage_stats: false
environments: [{name: dev}]
plugins:
  extractors: [{name: tap-x, namespace: tap_x, executable: $PWD/tap.sh, capabilities: [state]}]
  loaders: [{name: target-x, namespace: target_x, executable: $PWD/target.sh}]
YML
run() { NEW_STATE="$1" venv/bin/meltano run "${@:2}" tap-x target-x >>log 2>&1; }
run '{"bookmarks": {"orders": {"seen": 1, "cursor": "row 500"}, "removed": {"seen": 1}}}'
run '{"bookmarks": {"orders": {"seen": 2}}}' --full-refresh
state="$(venv/bin/meltano state get dev:tap-x-to-target-x 2>/dev/null)"

venv/bin/meltano --version
echo "full refresh sent: {\"bookmarks\": {\"orders\": {\"seen\": 2}}}"
echo "Meltano keeps:     $state"
if grep -q 'STATE GIVEN' log; then exit 1; fi
[ "$state" = '{"singer_state":{"bookmarks":{"orders":{"seen":2,"cursor":"row 500"},"removed":{"seen":1}}}}' ]
