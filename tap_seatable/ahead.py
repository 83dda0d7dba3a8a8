"""Working on one page while the next one travels."""

from __future__ import annotations

import itertools
import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = TypeVar("Item")


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each asked for while the one before is being worked on.

    Never more than one is waiting, so memory holds two. An error comes when its item is due.

    Nobody waits for the thread: a run that a signal ends must not wait for a server's answer, as
    it would with an executor.
    """
    wanted: queue.SimpleQueue[Iterator[Item] | None] = queue.SimpleQueue()
    made: queue.SimpleQueue[list[Item] | BaseException] = queue.SimpleQueue()

    def work() -> None:
        while (source := wanted.get()) is not None:
            made.put(_next(source))

    threading.Thread(target=work, name="next-page", daemon=True).start()
    try:
        wanted.put(items)
        while found := made.get():
            if isinstance(found, BaseException):
                raise found
            wanted.put(items)
            yield found[0]
    finally:
        wanted.put(None)


def _next(items: Iterator[Item]) -> list[Item] | BaseException:
    """A list of the next item, empty at the end, or the error in its place."""
    try:
        return list(itertools.islice(items, 1))
    except BaseException as error:  # noqa: BLE001  (raised where the item is due)
        return error
