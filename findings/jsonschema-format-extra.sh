#!/usr/bin/env bash
# jsonschema 4.26.0 with its extra format-nongpl: `import jsonschema` compiles a grammar of addresses each time (rfc3987-syntax 1.1.0
# and lark 1.3.1), whether formats are checked or not, and takes several times as long. singer-sdk imports jsonschema, so each
# start of a tap or target is slower by that, once anything else in its environment asks for the extra, such as cyclonedx-bom.
# Source: jsonschema/_format.py imports what is there; rfc3987_syntax builds its parser at import.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

for name in plain extra; do python3 -m venv "$name"; done
plain/bin/pip install -qq 'jsonschema==4.26.0'
extra/bin/pip install -qq 'jsonschema[format-nongpl]==4.26.0' 'rfc3987-syntax==1.1.0' 'lark==1.3.1'
extra/bin/pip list 2>/dev/null | grep -E '^(jsonschema|rfc3987-syntax|lark) '

cat > cost.py <<'PY'
import subprocess
import sys
import time


def cost(python):
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([python, "-c", "import jsonschema"], check=True)
        seconds.append(time.perf_counter() - begin)
    return min(seconds[1:])  # the first run writes the modules' byte code


plain, extra = cost("plain/bin/python"), cost("extra/bin/python")
print(f"import jsonschema, plain:      {plain:.2f} s")
print(f"import jsonschema, with extra: {extra:.2f} s, {extra / plain:.1f} times as long")
assert extra > 2 * plain
PY
env -u PYTHONDONTWRITEBYTECODE python3 cost.py
loaded="$(extra/bin/python -c 'import sys, jsonschema; print("rfc3987_syntax" in sys.modules and "lark" in sys.modules)')"
echo "grammar loaded although no format is checked: $loaded"
[ "$loaded" = True ]
