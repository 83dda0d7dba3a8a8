"""The measurements: one worker beside two, and rounds with a killed worker and a broken base."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo.meltano import Project
from demo.postgres import temporary_database
from tools.fleet.bases import BROKEN, most_in_a_minute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from demo.postgres import Database
    from seatable_sandbox import Sandbox
    from tools.fleet.bases import Bases
    from tools.fleet.cluster import Attempt, Cluster, Worker

WORKERS = ["worker 1", "worker 2"]
KILLED = "worker 1"
_UNDER_WAY_SECONDS = 3.0
"""A run that began so long ago has begun to read."""

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
    def places(self, per_minute: int) -> Iterator[tuple[Database, dict[str, str]]]:
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
                    "MELTANO_DATABASE_URI": uri,
                    "TAP_SEATABLE_SERVER_URL": self.sandbox.url,
                    "TAP_SEATABLE_ACCOUNT_TOKEN": self.sandbox.account_token,
                    "TAP_SEATABLE_CALL_BUDGET": json.dumps(
                        {"url": budget.url, "name": "fleet", "per_minute": per_minute}
                    ),
                    "TARGET_POSTGRES_SQLALCHEMY_URL": warehouse.sqlalchemy_url("psycopg"),
                },
            )


def measure_wall(fleet: Fleet) -> dict[str, Any]:
    """A first round by one worker and by two, one run at once in each; no budget limits."""
    found: dict[str, Any] = {"seconds": {}, "differences": {}}
    for count in (1, 2):
        with (
            fleet.places(UNLIMITED) as (warehouse, settings),
            fleet.cluster.workers(WORKERS[:count], concurrency=1, **settings),
        ):
            run = fleet.cluster.trigger()
            fleet.cluster.wait(run)
            attempts = fleet.cluster.attempts(run)
            failed = [attempt for attempt in attempts if attempt.state != "success"]
            if failed or len(attempts) != len(fleet.bases.names):
                raise SystemExit(f"The round of {count} workers had failures: {failed}")
            found["seconds"][str(count)] = round(_wall(attempts), 1)
            found["differences"].update(fleet.bases.verify(warehouse))
    found["ratio"] = round(found["seconds"]["2"] / found["seconds"]["1"], 3)
    return found


def measure_rounds(fleet: Fleet, *, rounds: int, per_minute: int) -> dict[str, Any]:
    """Rounds with edits between: a base is broken until the last, a worker is killed in the second.

    Args:
        fleet: what it runs on.
        rounds: how many rounds, two or more.
        per_minute: the budget of calls.
    """
    found: dict[str, Any] = {"rounds": []}
    names = set(fleet.bases.names)
    with fleet.places(per_minute) as (warehouse, settings):
        fleet.bases.break_one(after=1)  # the listing counts its rows
        fleet.sandbox.calls.clear()
        with fleet.cluster.workers([WORKERS[1]], concurrency=2, **settings) as start:
            for number in range(1, rounds + 1):
                edited = fleet.bases.edit(number) if number > 1 else 0
                if number == rounds:
                    fleet.bases.mend()
                killing = _Killing(fleet.cluster, start(KILLED), is_due=number == 2)  # noqa: PLR2004
                begun = time.monotonic()
                run = fleet.cluster.trigger()
                state = fleet.cluster.wait(run, killing.watch(run, len(names) // 6))
                attempts = fleet.cluster.attempts(run)
                last = {attempt.base: attempt for attempt in attempts}
                failed = sorted(base for base in last if last[base].state != "success")
                expected = [] if number == rounds else [BROKEN]
                found["rounds"].append({
                    "edited_rows": edited,
                    "dag_state": state,
                    "seconds": round(time.monotonic() - begun, 1),
                    "brought": len(last) - len(failed),
                    "not_started": sorted(names - set(last)),
                    "failed": failed,
                    "as_expected": failed == expected and set(last) == names,
                    "tries": len(attempts),
                    "by_worker": _by_worker(last),
                })  # fmt: skip
                if killing.running:
                    rescued = [one for one in last.values() if one.index in killing.running]
                    found["killed"] = {
                        "running": sorted(attempt.base for attempt in rescued),
                        "brought_by": {attempt.base: attempt.worker for attempt in rescued},
                    }
                elif not killing.is_done:
                    killing.stop()
        moments = [call.received for call in fleet.sandbox.calls]
        found["calls"] = len(moments)
        found["most_calls_in_a_minute"] = most_in_a_minute(moments)
        found["differences"] = fleet.bases.verify(warehouse)
    return found


@dataclass
class _Killing:
    """Kills a worker once it runs a base in the midst of a round."""

    cluster: Cluster
    worker: Worker
    is_due: bool
    running: list[int] = field(default_factory=list)
    is_done: bool = False

    def watch(self, run: str, after: int) -> Callable[[], None]:
        """What to call while the run goes on: it kills after so many bases have been brought."""

        def look() -> None:
            if not self.is_due or self.is_done:
                return
            attempts = self.cluster.attempts(run)
            ended = sum(attempt.state == "success" for attempt in attempts)
            mine = [
                attempt.index
                for attempt in attempts
                if attempt.state == "running"
                and attempt.worker == self.worker.name
                and time.time() - (attempt.started or time.time()) > _UNDER_WAY_SECONDS
            ]
            if mine and ended >= after:
                self.worker.kill()
                self.running, self.is_done = sorted(mine), True

        return look

    def stop(self) -> None:
        """Let the worker end."""
        self.worker.stop()


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
