#!/usr/bin/env bash
# pyrate-limiter 4.5.1: two limits that share a bucket's table delete each other's counts. The cleaner of the one with the
# shorter window removes what the longer one still counts, so that 20 calls a minute are used up and 20 more pass at
# once. Two programs with different limits on one SQLite file and the default table name are enough.
# Source: measured; the documentation asks for one table per limiter nowhere.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'pyrate-limiter==4.5.1'

venv/bin/python - <<'PY'
import time
from importlib.metadata import version

from pyrate_limiter import Duration, Limiter, Rate, SQLiteBucket

slow = Limiter(SQLiteBucket.init_from_file([Rate(20, Duration.MINUTE)], db_path="calls.sqlite"))
used = sum(slow.try_acquire("a", blocking=False) for _ in range(25))
time.sleep(1.2)
fast = SQLiteBucket.init_from_file([Rate(100, Duration.SECOND)], db_path="calls.sqlite")
fast.leak(fast.now())
more = sum(slow.try_acquire("a", blocking=False) for _ in range(25))
print("pyrate-limiter", version("pyrate-limiter"))
print("20 per minute: passed", used, "of 25; after a cleaning for 100 per second, at once", more, "more")
assert used == 20
assert more == 20
PY
