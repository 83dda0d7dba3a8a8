#!/usr/bin/env bash
# Make what the fleet needs, once and before anything runs. It may run again.
set -euo pipefail
python - <<'PY'
import os

import psycopg

address = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("postgresql+psycopg2:", "postgresql:")
with psycopg.connect(address, autocommit=True) as server:
    for name in ("meltano", "budget"):
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(f"CREATE DATABASE {name}")
PY
airflow db migrate
# The pool holds back more runs at once than the server and the warehouse can take.
airflow pools set seatable "${FLEET_POOL:-8}" "Runs at once"
# In a copy of the project, because this user cannot write into the installed one.
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp "$FLEET_PROJECT/meltano.yml" "$work"
cd "$work"
"$FLEET_MELTANO" state list >/dev/null
