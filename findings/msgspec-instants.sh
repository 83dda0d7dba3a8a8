#!/usr/bin/env bash
# msgspec 0.23.0: a date-time read into datetime is *rounded* at the seventh digit, so that the last instants of a year
# are in the next one, where pendulum 3.3.0 and the standard library cut digits off; and a datetime written with an
# offset that has seconds (local times of the nineteenth century) loses them: the text is another instant.
# Source: measured. The documentation says that RFC 3339 is read and written, not what happens to the rest.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'msgspec==0.23.0' 'pendulum==3.3.0' 'tzdata'

venv/bin/python - <<'PY'
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

import msgspec
import pendulum

text = "2024-12-31T23:59:59.9999999+00:00"
by_msgspec = msgspec.json.decode(f'"{text}"', type=datetime)
by_pendulum = pendulum.parse(text)
print("msgspec", version("msgspec"), "pendulum", version("pendulum"))
print(text, "-> msgspec", by_msgspec.isoformat(), "- pendulum", by_pendulum.isoformat())
assert by_msgspec.year == 2025
assert by_pendulum.year == 2024

berlin = datetime(1890, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
written = msgspec.json.encode(berlin).decode().strip('"')
apart = (datetime.fromisoformat(written) - berlin).total_seconds()
print(berlin.isoformat(), "-> written by msgspec", written, f"({apart:+.0f} s)")
assert written == "1890-01-01T00:00:00+00:53"
assert apart == 28
PY
