#!/usr/bin/env bash
# backoff 2.2.1 and python-backoff 3.0.0 (PyPI): two distributions that own the same import package. Installed side by side,
# which singer-sdk 0.54 with any older Singer plugin does, one overwrites the other's files; `pip check` finds nothing wrong;
# and uninstalling one of them leaves the other "installed" and no longer importable.
# Source: measured; neither project's page mentions the other's being there.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'backoff==2.2.1' 'python-backoff==3.0.0'

venv/bin/pip list 2>/dev/null | grep backoff
check="$(venv/bin/pip check)"
before="$(venv/bin/python -c 'import backoff; print("importable")')"
venv/bin/pip uninstall --yes -qq backoff
left="$(venv/bin/pip list 2>/dev/null | grep -c '^python-backoff' || true)"
after="$(venv/bin/python -c 'import backoff; backoff.on_exception' 2>&1 | tail -n 1 || true)"
echo "both installed: pip check says \"$check\"; import backoff: $before"
echo "after uninstalling backoff: python-backoff is still listed ($left); import backoff: $after"
[ "$check" = "No broken requirements found." ]
[ "$left" = 1 ]
[[ "$after" == *"Error"* ]]
