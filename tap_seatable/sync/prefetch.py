"""Reads the next pages while one is being worked on."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = TypeVar("Item")

POLL_SECONDS = 0.2
"""How often the main thread stops waiting for an item, so that Python can handle a signal.

A signal that comes just before the wait begins does not end it.
"""

AHEAD = 2
"""How many items at most wait or are on their way.

With one of them, the next would be asked for only when the one before is taken, and by then the
interpreter is busy with that one.
"""


def read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items, and ask for the next ones meanwhile.

    An error is raised when its item is due.

    Nobody waits for the thread: a run that a signal ends must not wait for a server's answer, as
    it would with an executor.
    """
    slots = threading.Semaphore(AHEAD)
    results: queue.SimpleQueue[list[Item] | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def work() -> None:
        try:
            while slots.acquire() and not stopped.is_set():
                results.put([next(items)])
        except StopIteration:
            results.put(None)
        except BaseException as error:  # noqa: BLE001  (raised where the item is due)
            results.put(error)

    threading.Thread(target=work, name="next-pages", daemon=True).start()
    try:
        while (result := _wait_for(results)) is not None:
            if isinstance(result, BaseException):
                raise result
            slots.release()
            yield result.pop()  # so that nothing here holds it
    finally:
        stopped.set()
        slots.release()


def _wait_for(results: queue.SimpleQueue[Item]) -> Item:
    """Return the next result as soon as it is there."""
    while True:
        with contextlib.suppress(queue.Empty):
            return results.get(timeout=POLL_SECONDS)
