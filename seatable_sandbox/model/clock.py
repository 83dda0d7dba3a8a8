"""The sandbox's own clock: real time, which tests can advance."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Clock:
    """Time as the server sees it: used for `_mtime`, token expiry and rate limits."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def milliseconds(self) -> int:
        """Milliseconds since 1970, the precision of `_ctime` and `_mtime`."""
        return int(self.timestamp() * 1000)

    def now(self) -> datetime:
        """The current time, aware, in UTC, as precise as `_mtime` is."""
        return _EPOCH + timedelta(milliseconds=self.milliseconds())

    def advance(self, seconds: float) -> None:
        """Advance the clock, for good."""
        self._ahead += seconds
