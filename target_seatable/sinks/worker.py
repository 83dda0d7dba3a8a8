"""The worker thread, which stores one batch while the next is read."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import Queue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

THREAD_NAME = "seatable-writer"


class BackgroundWorker:
    """Runs one job after the other in a thread, in the order in which they were submitted.

    One thread keeps the order within a table, and one connection serves all jobs. A caller that
    submits a job while another runs waits for it, so memory holds two batches at most. The thread
    ends when it is stopped, and with the program, even in the middle of a job.
    """

    def __init__(self) -> None:
        self._jobs: Queue[tuple[Callable[[], object], Future[object]] | None] = Queue()
        self._running: Future[object] | None = None
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], object]) -> None:
        """Start a job as soon as the job before it is done.

        Raises:
            Exception: raised by the job before it; then this one is not started.
        """
        self.wait()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=THREAD_NAME, daemon=True)
            self._thread.start()
        self._running = Future()
        self._jobs.put((job, self._running))

    def wait(self) -> None:
        """Wait until all jobs are done.

        Raises:
            Exception: raised by the running job.
        """
        running, self._running = self._running, None
        if running is not None:
            running.result()

    def run(self, job: Callable[[], Result]) -> Result:
        """Run a job in its turn and return its result.

        Raises:
            Exception: raised by this job or the one before it.
        """
        results: list[Result] = []
        self.submit(lambda: results.append(job()))
        self.wait()
        return results[0]

    def stop(self) -> None:
        """End the thread, and with it its connections, after the submitted jobs."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _work(self) -> None:
        while (submitted := self._jobs.get()) is not None:
            job, done = submitted
            try:
                job()
            except BaseException as error:  # noqa: BLE001  (raised where the job is waited for)
                done.set_exception(error)
            else:
                done.set_result(None)
