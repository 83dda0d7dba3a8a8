"""Doing several things that wait for a server at once."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_SECONDS = 0.2
"""How often the main thread stops waiting, so that Python can handle a signal."""


def map_at_once(
    function: Callable[[Item], Result], items: Sequence[Item], limit: int
) -> list[Result | Exception]:
    """Call a function with each item, for some of them at once.

    Nobody waits for the threads: a run that a signal ends must not wait for a server's answer, as
    it would with an executor.

    Args:
        function: what to call.
        items: its arguments.
        limit: calls at once at most; with 1 all are made here, one after the other.

    Returns:
        What the function returned or raised, in the order of the items.
    """
    if limit == 1 or len(items) < 2:  # noqa: PLR2004
        return [_outcome(function, item) for item in items]
    waiting = iter(enumerate(items))
    lock = threading.Lock()
    finished = queue.SimpleQueue[tuple[int, "Result | Exception"]]()

    def work() -> None:
        while True:
            with lock:
                index, item = next(waiting, (None, None))
            if index is None:
                return
            finished.put((index, _outcome(function, item)))  # type: ignore[arg-type]

    for _ in range(min(limit, len(items))):
        threading.Thread(target=work, name="at-once", daemon=True).start()
    results: dict[int, Result | Exception] = {}
    while len(results) < len(items):
        with contextlib.suppress(queue.Empty):
            results.update([finished.get(timeout=_POLL_SECONDS)])
    return [results[index] for index in range(len(items))]


def _outcome(function: Callable[[Item], Result], item: Item) -> Result | Exception:
    try:
        return function(item)
    except Exception as error:  # noqa: BLE001  (returned)
        return error
