"""Dates and date-times as every server version stores them: on its wall clock, to the minute."""

from __future__ import annotations

import contextlib
import functools
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError
from seatable_client.formatting import quote_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

FIRST_SAFE_YEAR = 1000
"""Years with fewer digits are stored mangled."""

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|z|([+-]\d\d):?(\d\d)?(:\d\d)?)?)?",
    re.ASCII,
)

_USUAL_LENGTH = len("2024-06-05T10:20:00+02:00")


@dataclass(frozen=True)
class Writing:
    """What writers need besides the value.

    Attributes:
        zone: the zone in which the server keeps date-times; None where it is not known, and then
            only date-times without an offset can be written.
        cut_seconds: whether seconds are cut off where a column holds minutes; else such a value is
            refused.
    """

    zone: tzinfo | None = timezone.utc
    cut_seconds: bool = False


def day(value: Any) -> str:
    """Days as `2024-06-05`, from ISO dates and from date-times at midnight."""
    return _known_day(value) if value.__class__ is str else _day(value)


def _day(value: Any) -> str:
    moment = _moment(value)
    if moment.timetz().replace(tzinfo=None) != time():
        raise InvalidValueError(f"{value} has a time of day, and the column holds days")
    return _safe(moment).strftime("%Y-%m-%d")


_known_day = functools.lru_cache(maxsize=4096)(_day)  # eleven years of them


def minute(writing: Writing) -> Callable[[Any], str]:
    """Date-times as `2024-06-05 10:20` on the server's wall clock, which holds whole minutes."""

    def write(value: Any) -> str:
        moment = wall = _moment(value)
        if moment.tzinfo is not None:
            if writing.zone is None:
                raise InvalidValueError(
                    f"{value} has an offset, and the server's time zone is not known; set "
                    "server_timezone to its name"
                )
            try:
                wall = moment.astimezone(writing.zone)
            except OverflowError:
                raise InvalidValueError(
                    f"{value} is not a valid date in the server's time zone"
                ) from None
        if (wall.second or wall.microsecond) and not writing.cut_seconds:
            raise InvalidValueError(f"{value} has seconds, and a date column holds whole minutes")
        if writing.zone is not None and changes_offset(writing.zone, wall.date()):
            naive = wall.replace(tzinfo=None)
            first, second = (
                writing.zone.utcoffset(naive.replace(fold=fold)) or timedelta() for fold in (0, 1)
            )
            if first < second:
                raise InvalidValueError(f"{value} is in an hour that the server's clock skips")
            if first > second and moment.tzinfo is not None:
                raise InvalidValueError(f"{value} is in an hour that the server's clock repeats")
        _safe(wall)
        # As `strftime` would have it, at a quarter of its cost.
        return "%04d-%02d-%02d %02d:%02d" % (  # noqa: UP031  (nor is a format string as quick)
            wall.year, wall.month, wall.day, wall.hour, wall.minute,
        )  # fmt: skip

    return write


@functools.lru_cache(maxsize=4096)
def changes_offset(zone: tzinfo, day: date) -> bool:
    """Whether a zone's clocks are put forward or back on a day: hardly ever."""
    midnight = datetime.combine(day, time())
    hours = [midnight.replace(hour=hour, fold=fold) for hour in range(24) for fold in (0, 1)]
    hours.append(midnight.replace(hour=23, minute=59, fold=1))
    return len({zone.utcoffset(hour) for hour in hours}) > 1


def _moment(value: Any) -> datetime:
    """An ISO date or date-time, or a datetime object, as a datetime."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if value.__class__ is str and _is_rfc_3339(value):
        with contextlib.suppress(ValueError):  # the reason is given below
            return datetime.fromisoformat(value)
    if match := _MOMENT.fullmatch(value) if isinstance(value, str) else None:
        day, minutes, seconds, fraction, zone, hours, offset_minutes, offset_seconds = match.groups(
            ""
        )
        offset = (
            (f"{hours}:{offset_minutes or '00'}{offset_seconds}" if hours else "+00:00")
            if zone
            else ""
        )
        micro = f"{fraction:0<6}"[:6]
        if micro == "000000" and fraction.strip("0"):
            micro = "000001"  # less than it, but not nothing
        try:
            return datetime.fromisoformat(
                f"{day}T{minutes or '00:00'}:{seconds or '00'}.{micro}{offset}"
            )
        except ValueError:
            pass
    raise InvalidValueError(
        f"{quote_value(value)} is not a date such as 2024-06-05 or 2024-06-05T10:20:00Z"
    )


def _is_rfc_3339(value: str) -> bool:
    """Whether it looks like `2024-06-05T10:20:00+02:00`, which needs no second form."""
    return (
        len(value) == _USUAL_LENGTH
        and value[7] == "-"
        and value[10] in "T "
        and value[16] == ":"
        and value[19] in "+-"
    )


def _safe(moment: datetime) -> datetime:
    if moment.year < FIRST_SAFE_YEAR:
        raise InvalidValueError(f"SeaTable does not store the year {moment.year}")
    return moment
