"""Load databases and files into bases, every night: the other direction.

The file that FLEET_LOADS names lists the loads, an object a line:

    {"name": "orders", "tap": "tap-postgres", "settings": {"TARGET_SEATABLE_BASE_NAME": "Orders"}}

`settings` are environment variables. Tokens do not belong into the file: set an account's token as
TARGET_SEATABLE_ACCOUNT_TOKEN for all loads, and its base as TARGET_SEATABLE_WORKSPACE_ID and
TARGET_SEATABLE_BASE_NAME for each. Each table must have one load: two runs that load the same keys
at once could add a row each.
"""

import json
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset, AssetAlias, dag, task

LOADED = AssetAlias("loads into SeaTable")
COME_BACK_LATER = 75


def note_loaded(context, result) -> None:
    """Update the asset of a load, once it has ended."""
    del result
    name = context["task"].env["FLEET_NAME"]
    context["outlet_events"][LOADED].add(Asset(name=f"Load {name}", uri=f"seatable://load/{name}"))


@dag(
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["seatable"],
)
def loads_into_bases() -> None:
    """Load databases and files into bases."""

    @task
    def list_loads() -> list[dict[str, str]]:
        """The environment of each load."""
        lines = Path(os.environ["FLEET_LOADS"]).read_text("utf-8").splitlines()
        loads = [json.loads(line) for line in lines if line.strip()]
        names = [load["name"] for load in loads]
        if len(set(names)) < len(names):
            raise ValueError("Two loads have one name, and would share one state.")
        return [
            {
                **load.get("settings", {}),
                "FLEET_NAME": load["name"],
                "FLEET_STATE_ID": load["name"],
                "FLEET_TAP_OF_LOAD": load["tap"],
            }
            for load in loads
        ]

    BashOperator.partial(
        task_id="load",
        bash_command=f"exec '{sys.executable}' '{Path(__file__).with_name('meltano_run.py')}'"
        ' "$FLEET_TAP_OF_LOAD" target-seatable',
        append_env=True,
        skip_on_exit_code=COME_BACK_LATER,
        pool="seatable",
        retries=4,
        retry_delay=timedelta(seconds=float(os.environ.get("FLEET_RETRY_SECONDS", "60"))),
        retry_exponential_backoff=True,
        max_retry_delay=timedelta(minutes=20),
        execution_timeout=timedelta(hours=4),
        map_index_template="{{ task.env['FLEET_NAME'] }}",
        outlets=[LOADED],
        post_execute=note_loaded,
    ).expand(env=list_loads())


LOADS_INTO_BASES = loads_into_bases()
