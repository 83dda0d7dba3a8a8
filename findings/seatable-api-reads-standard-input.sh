#!/usr/bin/env bash
# seatable-api 4.0.0 (PyPI): `import seatable_api` reads the whole standard input when the environment has
# is_cloud=1, as SeaTable's own script runner sets it. A program that imports it there and then reads its input, as
# every Singer target does, finds an empty input and ends with success.
# Source: seatable_api/context.py of the release. The documentation describes `context`, not this.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'seatable-api==4.0.0' 'requests==2.34.2' 'ply==3.11'

cat > target.py <<'PY'
import sys

import seatable_api  # noqa: F401

print(len(sys.stdin.readlines()), "lines of input")
PY

input='{"type": "STATE", "value": {}}'
plain="$(printf '%s\n%s\n' "$input" "$input" | venv/bin/python target.py)"
cloud="$(printf '%s\n%s\n' "$input" "$input" | is_cloud=1 venv/bin/python target.py)"

venv/bin/pip list 2>/dev/null | grep -i '^seatable'
echo "without is_cloud: $plain"
echo "with is_cloud=1:  $cloud (exit code 0)"
[ "$plain" = "2 lines of input" ]
[ "$cloud" = "0 lines of input" ]
