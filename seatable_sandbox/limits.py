"""Rate limits and the monthly quota."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from .errors import ApiError

if TYPE_CHECKING:
    from .clock import Clock
    from .model import Base
    from .profiles import Profile


class Limits:
    """Counts calls. The minute is the calendar minute of the server's clock."""

    def __init__(self, profile: Profile, clock: Clock) -> None:
        self._profile = profile
        self._clock = clock
        self._minutes: dict[object, tuple[int, int]] = {}
        self._month = ""
        self._used = 0

    def count_base_call(self, base: Base) -> None:
        """One call of a base endpoint.

        Raises:
            ApiError: 429 without a body; the headers say when to come back.
        """
        self._count_month()
        limit = self._profile.requests_per_minute
        if limit is None:
            return
        used = self._count(base.number)
        if used > limit:
            raise ApiError(429, None, self.headers(base))

    def headers(self, base: Base) -> dict[str, str]:
        """What gateway answers say about the limit of a base."""
        limit = self._profile.requests_per_minute
        if limit is None:
            return {}
        minute, used = self._minutes.get(base.number, (self._minute(), 0))
        return _headers(limit, max(limit - used, 0), (minute + 1) * 60)

    def count_web_call(self) -> None:
        """One call of a web endpoint, throttled with a body and Retry-After."""
        limit = self._profile.web_requests_per_minute
        if limit is None or self._count("web") <= limit:
            return
        seconds = int(60 - self._clock.timestamp() % 60) + 1
        message = f"Request was throttled. Expected available in {seconds} seconds."
        raise ApiError(429, {"detail": message}, {"Retry-After": str(seconds)})

    def _minute(self) -> int:
        return int(self._clock.timestamp() // 60)

    def _count(self, key: object) -> int:
        minute = self._minute()
        known, used = self._minutes.get(key, (minute, 0))
        used = used + 1 if known == minute else 1
        self._minutes[key] = (minute, used)
        return used

    def _count_month(self) -> None:
        quota = self._profile.monthly_quota
        if quota is None:
            return
        now = self._clock.now()
        month = f"{now:%Y-%m}"
        if month != self._month:
            self._month, self._used = month, 0
        self._used += 1
        if self._used > quota:
            next_year, month_index = divmod(now.year * 12 + now.month, 12)
            turn = datetime(next_year, month_index + 1, 1, tzinfo=timezone.utc)
            reset = int(turn.timestamp())
            raise ApiError(429, None, _headers(quota, 0, reset))


def _headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(reset),
    }
