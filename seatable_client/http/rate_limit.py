"""Keeps to the limits on calls: the user's own, and the server's."""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING, Protocol

from seatable_client.errors import QuotaExhausted
from seatable_client.http.response import moment_after, seconds_until_ready

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

log = logging.getLogger(__name__)

THROTTLED_WAIT = 15.0
"""Seconds between two tries where a call limit is reached and the server does not say until when.

Limits are per minute, so that all tries of a call with these pauses outlast one.
"""


class CallLimit(Protocol):
    """A limit that lets each call pass, at once or after some time."""

    def acquire(self, endpoint: str) -> None:
        """Wait until a call may be sent.

        Raises:
            QuotaExhausted: the limit resets too late to wait for it.
        """


class OwnLimit:
    """Lets a number of calls of this process pass in any 60 seconds.

    Args:
        calls_per_minute: how many.
    """

    def __init__(self, calls_per_minute: int) -> None:
        from pyrate_limiter import Duration, Limiter, Rate  # noqa: PLC0415  (few runs need it)

        self._limiter = Limiter(Rate(calls_per_minute, Duration.MINUTE))

    def acquire(self, endpoint: str) -> None:
        """Wait until a call may be sent."""
        self._limiter.try_acquire(endpoint)


class Pace:
    """When the next call may be sent; shared by all threads.

    Args:
        limits: of the user, besides the server's.
        max_wait: the longest pause, in seconds, that a server may ask for before the run ends.

    Attributes:
        calls_left: until the server's limit resets; None where it does not tell.
        rests_until: until when no call is sent, on this machine's monotonic clock.
    """

    def __init__(self, limits: Sequence[CallLimit], max_wait: float) -> None:
        self.limits = limits
        self.max_wait = max_wait
        self.calls_left: int | None = None
        self.rests_until = 0.0
        self._full_again = 0.0
        self._lock = threading.Lock()

    def wait(self, endpoint: str) -> None:
        """Wait until a call may be sent."""
        rest = self.rests_until - time.monotonic()
        if rest > 0:
            log.info("Waiting %.0f s for the server's call limit to reset.", rest)
            time.sleep(rest)
        for limit in self.limits:
            limit.acquire(endpoint)

    def note(self, headers: Mapping[str, str], now: datetime | None, *, is_success: bool) -> None:
        """Note what an answer says of the limit, by the server's clock."""
        left = headers.get("x-ratelimit-remaining", "")
        if not left.isdecimal():
            return
        seconds = seconds_until_ready(headers, now) or 0.0
        with self._lock:
            self.calls_left = int(left)
            self._full_again = time.monotonic() + seconds
            if is_success and not self.calls_left and 0 < seconds <= self.max_wait:
                self.rests_until = max(self.rests_until, self._full_again)

    def pause(self, headers: Mapping[str, str], now: datetime | None, purpose: str) -> float:
        """Seconds that a throttled call has to wait. All others wait with it.

        Raises:
            QuotaExhausted: the call would have to wait longer than `max_wait`.
        """
        seconds = seconds_until_ready(headers, now)
        if seconds is None or _tell_of_another_limit(headers):
            seconds = min(THROTTLED_WAIT, self.max_wait)
        if seconds > self.max_wait:
            raise QuotaExhausted(
                f"Could not {purpose}: SeaTable's call limit is used up {self._until(seconds)}",
                until=moment_after(seconds),
            )
        with self._lock:
            self.rests_until = max(self.rests_until, time.monotonic() + seconds)
        return seconds + random.uniform(0.0, 0.5)  # noqa: S311  (no secret here)

    def check(self, needed: int, purpose: str) -> None:
        """See that so many calls are left, as far as the server tells, or will be before long.

        Raises:
            QuotaExhausted: fewer are left, for longer than `max_wait`.
        """
        seconds = self._full_again - time.monotonic()
        if self.calls_left is None or needed <= self.calls_left or seconds <= self.max_wait:
            return
        raise QuotaExhausted(
            f"Could not {purpose}: it takes {needed:,} calls, and SeaTable leaves "
            f"{self.calls_left:,} {self._until(seconds)} None of them was sent.",
            until=moment_after(seconds),
        )

    def _until(self, seconds: float) -> str:
        """Until when a limit lasts that is not waited for, and what to do."""
        until = moment_after(seconds)
        if until is None:  # later than any date
            return f"for longer than max_wait_seconds ({self.max_wait:g}). Run again later."
        return (
            f"until {until:%Y-%m-%d %H:%M} UTC, which is more than max_wait_seconds "
            f"({self.max_wait:g}) away. Run again after that."
        )


def _tell_of_another_limit(headers: Mapping[str, str]) -> bool:
    """Whether the headers tell of a limit that is not the one which is reached.

    Servers up to 5.0 had a limit per minute as well, and reported the one per day.
    """
    left = headers.get("x-ratelimit-remaining", "")
    return left.isdecimal() and int(left) > 0 and "Retry-After" not in headers
