"""STATE messages: each is written as soon as every record before it is stored or rejected.

A STATE acknowledges all records before it. Batches of several streams are under way at the same
time, so a STATE waits for the oldest batch that was begun before it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    State = dict[str, Any]

MAX_WAITING = 100
"""STATEs kept at most; of more, every second one is dropped, never the last."""


class StateQueue:
    """The STATEs of a run and the batches that they wait for. Safe under threads.

    Args:
        emit: writes a STATE whose records are all stored or rejected.
        keep_rejected: writes the rejected records so far, also those that a retry rejects
            without a batch.
    """

    def __init__(
        self, emit: Callable[[State], None], keep_rejected: Callable[[], None] = lambda: None
    ) -> None:
        self._emit = emit
        self._keep_rejected = keep_rejected
        self._lock = threading.RLock()
        self._position = 0
        self._open_batches: dict[int, None] = {}
        self._waiting: deque[tuple[int, State]] = deque()
        self._last: State | None = None

    def begin(self) -> int:
        """Begin a batch with the next record; returns its ticket."""
        with self._lock:
            self._position += 1
            self._open_batches[self._position] = None
            return self._position

    def complete(self, ticket: int) -> None:
        """Note that each record of a batch is stored or rejected."""
        with self._lock:
            del self._open_batches[ticket]
            self._release()

    def receive(self, state: State) -> None:
        """Take a STATE that acknowledges the records so far."""
        with self._lock:
            self._position += 1
            self._waiting.append((self._position, state))
            if len(self._waiting) > MAX_WAITING:
                self._waiting = deque(list(self._waiting)[::-2][::-1])  # counted from the last
            self._release()

    def _release(self) -> None:
        oldest = next(iter(self._open_batches), None)
        ready = None
        while self._waiting and (oldest is None or self._waiting[0][0] < oldest):
            ready = self._waiting.popleft()[1]
        if ready is not None and ready != self._last:
            self._keep_rejected()
            self._emit(ready)
            self._last = ready
