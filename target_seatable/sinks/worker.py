"""Letting one batch travel while the next is read."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import Queue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class BackgroundWorker:
    """Does one job after the other, in the order given, beside the caller.

    One thread, so that the order within a table is kept and one connection serves all. Who brings
    a job while another is under way waits, so that memory holds two batches, whatever comes. The
    thread ends when it is stopped, and with the program, even in the middle of a job.
    """

    def __init__(self) -> None:
        self._jobs: Queue[tuple[Callable[[], object], Future[object]] | None] = Queue()
        self._under_way: Future[object] | None = None
        self._thread: threading.Thread | None = None

    def send(self, job: Callable[[], object]) -> None:
        """Begin a job as soon as the one before it is done.

        Raises:
            Exception: what the job before it raised; then this one is not begun.
        """
        self.wait()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
            self._thread.start()
        self._under_way = Future()
        self._jobs.put((job, self._under_way))

    def wait(self) -> None:
        """Wait until everything is done.

        Raises:
            Exception: what the job under way raised.
        """
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def do(self, job: Callable[[], Result]) -> Result:
        """Do a job in its turn and return what it returns."""
        results: list[Result] = []
        self.send(lambda: results.append(job()))
        self.wait()
        return results[0]

    def stop(self) -> None:
        """Let the thread end, and with it its connections, when it has done what it was given."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            job, done = given
            try:
                job()
            except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
                done.set_exception(error)
            else:
                done.set_result(None)
