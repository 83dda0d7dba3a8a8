"""Rate limits and the monthly quota."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from seatable_sandbox.model import ApiError

if TYPE_CHECKING:
    from seatable_sandbox.model import Base, Clock
    from seatable_sandbox.profiles.profiles import Profile


_MINUTE, _DAY = 60, 86_400
_FAR_AWAY = 1_000_000
"""The limit that a gateway shows where the profile has none: nobody reaches it."""


class Limits:
    """Counts calls by minute or day of the server's clock, in UTC."""

    def __init__(self, profile: Profile, clock: Clock) -> None:
        self._profile = profile
        self._clock = clock
        self._limit = profile.requests_per_day or profile.requests_per_minute
        self._period = _DAY if profile.requests_per_day else _MINUTE
        self._periods: dict[object, tuple[int, int]] = {}
        self._month = ""
        self._used = 0

    def count_base_call(self, base: Base, *, in_quota: bool = True) -> None:
        """Count a call of a base's endpoint.

        Args:
            base: The base.
            in_quota: Whether the call counts for the monthly quota of the team.

        Raises:
            ApiError: 429 without a body; the headers tell when to try again.
        """
        if in_quota:
            self._count_month()
        is_over = self._count(base.number, self._period) > (self._limit or _FAR_AWAY)
        most = self._profile.requests_per_minute
        if self._period == _DAY and most is not None:
            # Servers with both limits show that of the day, whichever was exceeded.
            is_over |= self._count(("minute", base.number), _MINUTE) > most
        if is_over:
            raise ApiError(429, None, self.headers(base))

    def count_big_data_rows(self, base: Base, rows: int) -> None:
        """Count rows that are added to big data storage.

        Raises:
            ApiError: 429, and none of them is added.
        """
        limits = (
            (("big data", base.number), 1, self._profile.big_data_rows_per_second),
            ("big data", _MINUTE, self._profile.big_data_rows_per_minute),
        )
        for key, period, most in limits:
            if most is not None and self._count_of(key, period) + rows > most:
                raise ApiError(429, None)
        for key, period, _ in limits:
            self._count(key, period, rows)

    def headers(self, base: Base) -> dict[str, str]:
        """The headers in which answers show the limit of a base; a gateway sends them always."""
        if self._limit is None and not self._profile.gateway:
            return {}
        limit = self._limit or _FAR_AWAY
        left = limit - self._count_of(base.number, self._period)
        reset = (self._number(self._period) + 1) * self._period
        return _headers(limit, max(left, 0), reset)

    def count_web_call(self) -> None:
        """Count a call of a web endpoint.

        Raises:
            ApiError: 429 with a body and Retry-After.
        """
        limit = self._profile.web_requests_per_minute
        if limit is None or self._count("web", _MINUTE) <= limit:
            return
        seconds = int(60 - self._clock.timestamp() % 60) + 1
        message = f"Request was throttled. Expected available in {seconds} seconds."
        raise ApiError(429, {"detail": message}, {"Retry-After": str(seconds)})

    def _number(self, period: int) -> int:
        return int(self._clock.timestamp() // period)

    def _count_of(self, key: object, period: int) -> int:
        number = self._number(period)
        known, used = self._periods.get(key, (number, 0))
        return used if known == number else 0

    def _count(self, key: object, period: int, count: int = 1) -> int:
        used = self._count_of(key, period) + count
        self._periods[key] = (self._number(period), used)
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
        # The calls are counted elsewhere, which tells the gateway later that the quota is used up.
        if self._used > quota + self._profile.monthly_quota_late:
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
