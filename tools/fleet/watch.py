"""Watches a run of the DAG, logs what happens, and kills a worker in the midst of it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.fleet.cluster import Attempt, Cluster
    from tools.fleet.processes import Service

log = logging.getLogger(__name__)

_ENDED = ("success", "failed", "up_for_retry", "skipped")
_SUMMARY_SECONDS = 30.0
_UNDER_WAY_SECONDS = 3.0
"""A run that began so long ago has begun to read."""


class Watch:
    """Logs each try that ends, and now and then how far the run of the DAG is.

    Args:
        cluster: Airflow.
        run: id of the run.
        runs: how many bases there are, or groups at most.
        victim: a worker to kill in the midst, and its name.
        is_packed: whether groups of bases are run.
    """

    def __init__(
        self,
        cluster: Cluster,
        run: str,
        runs: int,
        victim: tuple[str, Service] | None = None,
        *,
        is_packed: bool = False,
    ) -> None:
        self._cluster = cluster
        self._run = run
        self._runs = runs
        self._is_packed = is_packed
        self._victim = victim
        self._logged: set[tuple[int, int]] = set()
        self._next_summary = time.monotonic() + _SUMMARY_SECONDS
        self.killed: list[int] = []
        """The indexes of the bases that the worker was running when it was killed."""

    def look(self) -> None:
        """Log what is new; kill once a sixth of the bases has been brought."""
        attempts = self._cluster.attempts(self._run, is_packed=self._is_packed)
        for attempt in attempts:
            key = attempt.index, attempt.number
            if attempt.ended is not None and attempt.state in _ENDED and key not in self._logged:
                self._logged.add(key)
                log.info(
                    "  %s: %s on %s after %.0f seconds (try %d)",
                    attempt.base, attempt.state, attempt.worker,
                    attempt.ended - (attempt.started or attempt.ended), attempt.number,
                )  # fmt: skip
        if time.monotonic() > self._next_summary:
            self._next_summary = time.monotonic() + _SUMMARY_SECONDS
            log.info("  %s", self._summarize(attempts))
        if self._victim is not None and not self.killed:
            self._kill(attempts, *self._victim)

    def _kill(self, attempts: list[Attempt], name: str, worker: Service) -> None:
        now = time.time()
        mine = [
            attempt.index
            for attempt in attempts
            if attempt.state == "running"
            and attempt.worker == name
            and now - (attempt.started or now) > _UNDER_WAY_SECONDS
        ]
        # One of two may be that of the broken base, which fails on any worker.
        if len(mine) > 1 and _count(attempts, "success") >= self._runs // 6:
            worker.kill()
            self.killed = sorted(mine)
            log.info("  %s was killed in the midst of %d runs.", name, len(mine))

    def _summarize(self, attempts: list[Attempt]) -> str:
        return (
            f"{_count(attempts, 'success')} of {self._runs} brought, "
            f"{_count(attempts, 'running')} running, "
            f"{_count(attempts, 'up_for_retry')} waiting for their next try"
        )


def _count(attempts: list[Attempt], state: str) -> int:
    return sum(attempt.state == state for attempt in attempts)
