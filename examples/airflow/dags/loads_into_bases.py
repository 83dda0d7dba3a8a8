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
from datetime import datetime, timezone
from pathlib import Path

from airflow.sdk import Asset, AssetAlias, dag, task
from meltano_task import meltano_task

LOADED = AssetAlias("loads into SeaTable")


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
        with Path(os.environ["FLEET_LOADS"]).open(encoding="utf-8") as lines:
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

    meltano_task(
        "load", '"$FLEET_TAP_OF_LOAD" target-seatable', outlet=LOADED, note=note_loaded
    ).expand(env=list_loads())


LOADS_INTO_BASES = loads_into_bases()
