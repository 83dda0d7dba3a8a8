"""Bring all bases that the credentials open into a warehouse, every hour.

`list_bases` asks once a day which bases there are. `bring` runs once per group, on any worker: a
base that fails is retried alone and stops no other. A run that meets a limit on API calls is
skipped, because the next hour continues it. `check_all` fails if a base could not be listed,
`check_age` if a base has not been brought for too long. The asset of a base is updated when the
base has been brought.

Environment variables of schedulers and workers, beside the settings of the plugins:

    FLEET_SCHEDULE           when, as Airflow takes it; default: @hourly; empty: only by hand
    FLEET_TAP                the program; default: tap-seatable
    FLEET_GROUPS             into how many groups small bases are packed; default: 20
    FLEET_MAX_ROWS           from how many rows on a base is alone; default: 100000
    FLEET_LIST_HOURS         for how many hours a complete list is kept; default: 24
    FLEET_MAX_HOURS          after how many hours `check_age` fails; default: 6
    FLEET_RETRY_SECONDS      wait before the first retry, doubled each time; default: 60
    FLEET_MAX_RETRY_SECONDS  wait before any retry, at most; default: 1200
"""

import hashlib
import json
import os
import subprocess
from datetime import datetime, timedelta, timezone

from airflow.sdk import Asset, AssetAlias, Variable, dag, task
from airflow.sdk.exceptions import AirflowException
from meltano_run import environment_of
from meltano_task import meltano_task, seconds

BROUGHT = AssetAlias("bases in the warehouse")
KEPT_LIST = "seatable_bases"
"""The variable with the last list; delete it to list the bases in the next run."""


def asset_of(uuid: str) -> Asset:
    """The asset of a base, for what runs downstream."""
    return Asset(name=f"SeaTable base {uuid}", uri=f"seatable://base/{uuid}")


def note_brought(context, result) -> None:
    """Update the assets of the bases of a group, once it has been brought."""
    del result
    for uuid in json.loads(context["task"].env["FLEET_UUIDS"]):
        context["outlet_events"][BROUGHT].add(asset_of(uuid))


@dag(
    schedule=os.environ.get("FLEET_SCHEDULE", "@hourly") or None,
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["seatable"],
)
def bases_to_warehouse() -> None:
    """Bring all bases that the credentials open into a warehouse."""

    @task(retries=2, retry_delay=seconds("FLEET_RETRY_SECONDS", 60), multiple_outputs=True)
    def list_bases() -> dict:
        """List the groups; a base that cannot be opened does not keep the others waiting."""
        now = datetime.now(timezone.utc)
        command = [os.environ.get("FLEET_TAP", "tap-seatable"), "bases", "--config", "ENV"]
        command += ["--groups", os.environ.get("FLEET_GROUPS", "20")]
        command += ["--max-rows", os.environ.get("FLEET_MAX_ROWS", "100000")]
        settings = [item for item in os.environ.items() if item[0].startswith("TAP_SEATABLE_")]
        asked = hashlib.sha256(json.dumps([command, sorted(settings)]).encode()).hexdigest()
        kept = Variable.get(KEPT_LIST, default={}, deserialize_json=True)
        hours = timedelta(hours=float(os.environ.get("FLEET_LIST_HOURS", "24")))
        if kept.get("asked") == asked and now - datetime.fromisoformat(kept["at"]) < hours:
            return {"groups": kept["groups"], "exit_code": 0}
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        print(listed.stderr)
        groups = [json.loads(line) for line in listed.stdout.splitlines()]
        if not groups:
            reason = (listed.stderr.splitlines() or [f"exit code {listed.returncode}"])[-1]
            raise AirflowException(f"No base was listed: {reason}")
        if listed.returncode == 0:
            kept = {"at": now.isoformat(), "asked": asked, "groups": groups}
            Variable.set(KEPT_LIST, kept, serialize_json=True)
        return {"groups": groups, "exit_code": listed.returncode}

    @task
    def settings_of(groups: list[dict]) -> list[dict[str, str]]:
        """The environment of each run."""
        return [
            {
                "FLEET_NAME": group["group"],
                "FLEET_UUIDS": json.dumps(group["uuids"]),
                **environment_of(group),
            }
            for group in groups
        ]

    @task(trigger_rule="none_failed")
    def check_all(exit_code: int) -> None:
        """Fail if a base was not listed or not brought, so that the run is not green."""
        if exit_code:
            raise AirflowException("Bases could not be listed: see the log of list_bases.")

    @task(trigger_rule="all_done", inlets=[BROUGHT])
    def check_age(groups: list[dict], *, inlet_events) -> None:
        """Fail if a base has not been brought for hours."""
        hours = float(os.environ.get("FLEET_MAX_HOURS", "6"))
        since = datetime.now(timezone.utc) - timedelta(hours=hours)
        events = inlet_events[BROUGHT].after(since.isoformat())
        brought = {event.asset.uri for event in events}
        old = [
            uuid for group in groups for uuid in group["uuids"] if asset_of(uuid).uri not in brought
        ]
        if old:
            raise AirflowException(f"Not brought for {hours:g} hours: {', '.join(old)}.")

    listing = list_bases()
    bring = meltano_task(
        "bring",
        "tap-seatable-without-catalog target-postgres-by-base",
        outlet=BROUGHT,
        note=note_brought,
    ).expand(env=settings_of(listing["groups"]))
    bring >> check_all(listing["exit_code"])
    bring >> check_age(listing["groups"])


BASES_TO_WAREHOUSE = bases_to_warehouse()
