"""The worker threads, which store batches while the next is read."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import wait as wait_for
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Result = TypeVar("Result")

THREAD_NAME = "seatable-writer"


class BackgroundWorker:
    """Runs jobs in threads: those of one lane one after the other, those of several lanes at once.

    A lane keeps the order within a table. A caller that submits a job while its lane is busy, or
    while as many jobs run as may, waits. So memory holds one batch more than run at once. The
    threads end when they are stopped, and with the program, even in the middle of a job.

    Args:
        limit: jobs that run at once at most. With 1 there is one thread, and one connection.
    """

    def __init__(self, limit: int = 1) -> None:
        self._limit = limit
        self._jobs: SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = SimpleQueue()
        self._running: dict[Future[object], Hashable] = {}
        self._threads = 0
        self._begun: dict[Hashable, Future[Any]] = {}

    def submit(self, job: Callable[[], object], lane: Hashable = None) -> None:
        """Start a job as soon as its lane is free.

        Args:
            job: what to do.
            lane: what it must not be done beside, such as a table.

        Raises:
            Exception: raised by a job before it; then this one is not started.
        """
        self._make_room(lane)
        if self._threads <= len(self._running):
            threading.Thread(target=self._work, name=THREAD_NAME, daemon=True).start()
            self._threads += 1
        done: Future[object] = Future()
        self._running[done] = lane
        self._jobs.put((job, done))

    def wait(self) -> None:
        """Wait until all jobs are done.

        Raises:
            Exception: raised by one of them, the first submitted if there are several.
        """
        running, self._running = self._running, {}
        wait_for(running)
        for done in running:
            done.result()

    def begin(self, job: Callable[[], Any], lane: Hashable) -> None:
        """Start a job ahead of its turn, in which `run` takes its result, or raises its error.

        With a limit of 1 nothing is started: the job runs in its turn.

        Args:
            job: what to do.
            lane: as for `submit`.

        Raises:
            Exception: raised by a submitted job before it.
        """
        if self._limit == 1:
            return
        begun: Future[Any] = Future()
        self.submit(partial(_complete, begun, job), lane)
        self._begun[lane] = begun

    def run(self, job: Callable[[], Result], lane: Hashable = None) -> Result:
        """Run a job in its turn, unless it has begun, and return its result.

        Args:
            job: what to do.
            lane: as for `submit`.

        Raises:
            Exception: raised by this job or one before it.
        """
        outcome: Future[Result] | None = self._begun.pop(lane, None)
        if outcome is None:
            outcome = Future()
            self.submit(partial(_complete, outcome, job), lane)
        wanted = outcome
        self._wait_while(lambda: not wanted.done())
        return wanted.result()

    def stop(self) -> None:
        """End the threads, and with them their connections, after the submitted jobs."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _make_room(self, lane: Hashable) -> None:
        """Wait until a job of this lane may start."""
        self._wait_while(
            lambda: lane in self._running.values() or len(self._running) >= self._limit
        )

    def _wait_while(self, is_early: Callable[[], bool]) -> None:
        """Wait for one job after the other.

        Raises:
            Exception: raised by a job that has ended.
        """
        while True:
            for done in [done for done in self._running if done.done()]:
                del self._running[done]
                done.result()
            if not is_early():
                return
            running, self._running = self._running, {}  # nobody waits for them after a signal
            wait_for(running, return_when=FIRST_COMPLETED)
            self._running = running

    def _work(self) -> None:
        while (submitted := self._jobs.get()) is not None:
            job, done = submitted
            _complete(done, job)


def _complete(outcome: Future[Any], job: Callable[[], Any]) -> None:
    """Do a job; what it raises is raised where its outcome is asked for."""
    try:
        outcome.set_result(job())
    except BaseException as error:  # noqa: BLE001
        outcome.set_exception(error)
