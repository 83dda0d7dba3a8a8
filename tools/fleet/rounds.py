"""The measurements: one worker beside two, and rounds with a killed worker and a broken base."""

from __future__ import annotations

import json
import logging
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.meltano import Project
from demo.postgres import temporary_database
from tools.fleet.bases import BROKEN, most_in_a_minute
from tools.fleet.processes import busy_seconds
from tools.fleet.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from demo.postgres import Database
    from seatable_sandbox import Sandbox
    from tools.fleet.bases import Bases
    from tools.fleet.cluster import Attempt, Cluster
    from tools.fleet.processes import Service

log = logging.getLogger(__name__)

WORKERS = ["worker 1", "worker 2"]
KILLED = "worker 1"

GROUPS = 8
"""Four for each of the two runs that are active at once: see Sizes in docs/fleet.md."""
ALONE = {"FLEET_MAX_ROWS": "0"}
"""Settings of workers that run each base alone."""
PACKED = {"FLEET_GROUPS": str(GROUPS)}
"""Settings of workers that run groups of bases."""

UNLIMITED = 100_000
"""Calls a minute that no run reaches: the budget counts, and nobody waits."""


@dataclass
class Fleet:
    """What the measurements run on.

    Attributes:
        cluster: Airflow.
        sandbox: the server.
        bases: the bases on it.
        server_url: of PostgreSQL.
        folder: for the projects that prepare Meltano's databases.
    """

    cluster: Cluster
    sandbox: Sandbox
    bases: Bases
    server_url: str
    folder: Path

    @contextmanager
    def places(
        self, per_minute: int, packing: Mapping[str, str]
    ) -> Iterator[tuple[Database, dict[str, str]]]:
        """A warehouse and a database of states, both empty, and the settings of workers."""
        with ExitStack() as stack:
            warehouse, states, budget = (
                stack.enter_context(temporary_database(self.server_url)) for _ in range(3)
            )
            uri = states.sqlalchemy_url("psycopg")
            Project(self.folder / "prepare").call("state", "list", meltano_database_uri=uri)
            yield (
                warehouse,
                {
                    **packing,
                    "MELTANO_DATABASE_URI": uri,
                    "TAP_SEATABLE_SERVER_URL": self.sandbox.url,
                    "TAP_SEATABLE_ACCOUNT_TOKEN": self.sandbox.account_token,
                    "TAP_SEATABLE_CALL_BUDGET": json.dumps(
                        {"url": budget.url, "name": "fleet", "per_minute": per_minute}
                    ),
                    "TARGET_POSTGRES_SQLALCHEMY_URL": warehouse.sqlalchemy_url("psycopg"),
                },
            )

    def verify(self, warehouse: Database) -> dict[str, str]:
        """The bases that differ from the warehouse, and how."""
        differences = self.bases.verify(warehouse)
        log.info("Verified %d bases: %d differ.", len(self.bases.names), len(differences))
        for name, difference in differences.items():
            log.warning("%s differs: %s", name, difference)
        return differences


def measure_wall(fleet: Fleet, found: dict[str, Any], *, is_packed: bool) -> None:
    """A first round by one worker and by two, one run at once in each; no budget limits.

    Args:
        fleet: what it runs on.
        found: gets the results, each as soon as it is there.
        is_packed: whether the bases are in `GROUPS` groups, or each alone.
    """
    found.update(runs={}, seconds={}, busy_cores={}, ratio=None, differences={}, failed=[])
    expected = GROUPS if is_packed else len(fleet.bases.names)
    for count in (1, 2):
        log.info("Wall time: %d runs at most, by %d of 2 workers.", expected, count)
        with (
            fleet.places(UNLIMITED, PACKED if is_packed else ALONE) as (warehouse, settings),
            fleet.cluster.workers(WORKERS[:count], concurrency=1, **settings),
        ):
            begun, busy = time.monotonic(), busy_seconds()
            run = fleet.cluster.trigger()
            watch = Watch(fleet.cluster, run, expected, is_packed=is_packed)
            fleet.cluster.wait(run, watch.look)
            cores = (busy_seconds() - busy) / (time.monotonic() - begun)
            found["busy_cores"][str(count)] = round(cores, 2)
            attempts = fleet.cluster.attempts(run, is_packed=is_packed)
            brought = {attempt.base for attempt in attempts}
            found["runs"][str(count)] = len(brought)
            found["failed"] += [attempt.base for attempt in attempts if attempt.state != "success"]
            if not is_packed:
                found["failed"] += sorted({*fleet.bases.names} - brought)
            found["seconds"][str(count)] = round(_wall(attempts), 1)
            log.info("Wall time of %d: %g seconds.", count, found["seconds"][str(count)])
            found["differences"].update(fleet.verify(warehouse))
    found["ratio"] = round(found["seconds"]["2"] / found["seconds"]["1"], 3)


def measure_rounds(fleet: Fleet, found: dict[str, Any], *, rounds: int, per_minute: int) -> None:
    """Rounds with edits between; in the last but one a base is broken and a worker is killed.

    Args:
        fleet: what it runs on.
        found: gets the results, each as soon as it is there.
        rounds: how many rounds, two or more.
        per_minute: the budget of calls.
    """
    found["rounds"] = []
    with (
        fleet.places(per_minute, ALONE) as (warehouse, settings),
        fleet.cluster.workers(WORKERS[1:], concurrency=2, **settings) as start,
    ):
        fleet.sandbox.calls.clear()
        victim = start(KILLED)
        for number in range(1, rounds + 1):
            edited = fleet.bases.edit(number) if number > 1 else 0
            is_faulty = number == rounds - 1
            log.info("Round %d of %d: %d rows were edited before.", number, rounds, edited)
            if is_faulty:
                # A listing counts the rows of each base. Later rounds use the first one's list.
                fleet.bases.break_one(after=1 if number == 1 else 0)
            found["rounds"].append({
                "edited_rows": edited, **_play(fleet, found, victim if is_faulty else None)
            })  # fmt: skip
            if is_faulty:
                fleet.bases.mend()
                victim = start(KILLED)
            moments = [call.received for call in fleet.sandbox.calls]
            found["calls"] = len(moments)
            found["most_calls_in_a_minute"] = most_in_a_minute(moments)
            log.info("Calls: %d, in a minute at most %d.", len(moments), most_in_a_minute(moments))
        found["differences"] = fleet.verify(warehouse)


def _play(fleet: Fleet, found: dict[str, Any], victim: Service | None) -> dict[str, Any]:
    """One round; with a victim, one base is broken, too."""
    names = set(fleet.bases.names)
    begun = time.monotonic()
    run = fleet.cluster.trigger()
    watch = Watch(fleet.cluster, run, len(names), (KILLED, victim) if victim else None)
    state = fleet.cluster.wait(run, watch.look)
    attempts = fleet.cluster.attempts(run)
    last = {attempt.base: attempt for attempt in attempts}
    failed = sorted(base for base in last if last[base].state != "success")
    if watch.killed:
        rescued = [attempt for attempt in last.values() if attempt.index in watch.killed]
        found["killed"] = {
            "running": sorted(attempt.base for attempt in rescued),
            "brought_by": {
                attempt.base: attempt.worker for attempt in rescued if attempt.state == "success"
            },
        }
    return {
        "is_faulty": victim is not None,
        "dag_state": state,
        "seconds": round(time.monotonic() - begun, 1),
        "brought": len(last) - len(failed),
        "not_started": sorted(names - set(last)),
        "failed": failed,
        "as_expected": failed == ([BROKEN] if victim else []) and set(last) == names,
        "tries": len(attempts),
        "by_worker": _by_worker(last),
    }


def _wall(attempts: list[Attempt]) -> float:
    """Seconds from the first base's start to the last one's end."""
    begun = [attempt.started for attempt in attempts if attempt.started is not None]
    ended = [attempt.ended for attempt in attempts if attempt.ended is not None]
    return max(ended) - min(begun)


def _by_worker(last: dict[str, Attempt]) -> dict[str, int]:
    counts = dict.fromkeys(WORKERS, 0)
    for attempt in last.values():
        counts[attempt.worker] = counts.get(attempt.worker, 0) + (attempt.state == "success")
    return counts
