"""Working on one page while the next ones travel."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = TypeVar("Item")

_LISTEN = 0.2
"""Seconds after which whoever waits for an item looks whether a signal has come.

One that comes just before the wait begins does not end it.
"""

AHEAD = 2
"""How many items at most wait or are on their way.

With one of them, the next would be asked for only when the one before is taken up, and by then the
interpreter is busy with that one.
"""


def read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, the next ones asked for while one is being worked on.

    An error comes when its item is due.

    Nobody waits for the thread: a run that a signal ends must not wait for a server's answer, as
    it would with an executor.
    """
    room = threading.Semaphore(AHEAD)
    made: queue.SimpleQueue[list[Item] | BaseException | None] = queue.SimpleQueue()
    left = threading.Event()

    def work() -> None:
        try:
            while room.acquire() and not left.is_set():
                made.put([next(items)])
        except StopIteration:
            made.put(None)
        except BaseException as error:  # noqa: BLE001  (raised where the item is due)
            made.put(error)

    threading.Thread(target=work, name="next-pages", daemon=True).start()
    try:
        while (found := _next(made)) is not None:
            if isinstance(found, BaseException):
                raise found
            room.release()
            yield found.pop()  # so that nothing here holds it
    finally:
        left.set()
        room.release()


def _next(made: queue.SimpleQueue[Item]) -> Item:
    """The next item, when it is there."""
    while True:
        with contextlib.suppress(queue.Empty):
            return made.get(timeout=_LISTEN)
