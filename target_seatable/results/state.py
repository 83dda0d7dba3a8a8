"""When a STATE may go out: as soon as every record before it is stored or set aside, not earlier.

A STATE says "all that came before me is safe". Batches of several streams are under way at any
time, so a STATE waits for the oldest batch that was begun before it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    State = dict[str, Any]

MOST_WAITING = 100
"""STATEs kept at most; of more, every second one is given up, never the last."""


class StateQueue:
    """The STATEs of a run and the batches that they wait for. Safe under threads.

    Args:
        emit: writes a STATE that has become true.
    """

    def __init__(self, emit: Callable[[State], None]) -> None:
        self._emit = emit
        self._lock = threading.RLock()
        self._place = 0
        self._open: dict[int, None] = {}
        self._waiting: deque[tuple[int, State]] = deque()
        self._last: State | None = None

    def begin(self) -> int:
        """Open a batch with the record at hand; returns its ticket."""
        with self._lock:
            self._place += 1
            self._open[self._place] = None
            return self._place

    def complete(self, ticket: int) -> None:
        """Close a batch: each of its records is stored, or set aside with a reason."""
        with self._lock:
            del self._open[ticket]
            self._release()

    def receive(self, state: State) -> None:
        """Take a STATE that the source sent after the records so far."""
        with self._lock:
            self._place += 1
            self._waiting.append((self._place, state))
            if len(self._waiting) > MOST_WAITING:
                self._waiting = deque(list(self._waiting)[::-2][::-1])  # counted from the last
            self._release()

    @property
    def waits(self) -> bool:
        """Whether a STATE waits for a batch."""
        return bool(self._waiting)

    def _release(self) -> None:
        oldest = next(iter(self._open), None)
        ready = None
        while self._waiting and (oldest is None or self._waiting[0][0] < oldest):
            ready = self._waiting.popleft()[1]
        if ready is not None and ready != self._last:
            self._emit(ready)
            self._last = ready
