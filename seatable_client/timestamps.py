"""Instants and offsets as SeaTable writes them."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

_SECOND = len("2024-06-05T10:57:23")


def parse_instant(value: str) -> datetime:
    """A server's time stamp as an aware datetime in UTC.

    Raises:
        ValueError: the text is not a time stamp.
    """
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?", value
    )
    if match is None:
        raise ValueError(f"{value!r} is not a time stamp")
    day, clock, fraction, offset = match.groups()
    offset = "+00:00" if offset in {None, "Z"} else f"{offset[:3]}:{offset[-2:]}"
    micro = (fraction or "")[:6].ljust(6, "0")
    return datetime.fromisoformat(f"{day}T{clock}.{micro}{offset}").astimezone(timezone.utc)


def latest_instant(stamps: Iterable[str]) -> datetime | None:
    """The latest of a server's time stamps; None if there are none.

    Most are not parsed: within one offset, the order of texts is that of the times to the second.

    Raises:
        ValueError: one of the latest is not a time stamp.
    """
    by_offset: defaultdict[str, list[str]] = defaultdict(list)
    for stamp in stamps:
        by_offset["Z" if stamp.endswith("Z") else stamp[-6:]].append(stamp.replace(" ", "T", 1))
    candidates = []
    for group in by_offset.values():
        second = max(stamp[:_SECOND] for stamp in group)
        candidates += [stamp for stamp in group if stamp.startswith(second)]
    return max(map(parse_instant, candidates), default=None)


def fixed_offset(value: str) -> tzinfo | None:
    """The offset that a server's time stamp carries; None if it carries none."""
    match = re.search(r"(?:(Z)|([+-])(\d\d):?(\d\d))$", value)
    if match is None:
        return None
    utc, sign, hours, minutes = match.groups()
    offset = timedelta() if utc else timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


@functools.lru_cache(maxsize=256)
def clock_ahead(minutes: int, sign: str) -> Mapping[str, str]:
    """By minute of the day (`10:20`), what a clock shows that is so many minutes ahead.

    Minutes that are of another day there are left out.

    Args:
        minutes: how far it is ahead; negative if it is behind.
        sign: what stands before the minute in the values, such as `T`.
    """
    shown = {}
    for minute in range(_DAY):
        if 0 <= minute + minutes < _DAY:
            hour, past = divmod(minute + minutes, 60)
            shown[f"{minute // 60:02}:{minute % 60:02}"] = f"{sign}{hour:02}:{past:02}"
    return shown


def clock_in_utc(offset: str) -> Callable[[str], str | None]:
    """What tells the clock in UTC (`08:20`), given a minute (`10:20`) with this offset.

    It tells None of what is of another day in UTC, and where this is no offset.
    """
    ahead = _minutes_ahead(offset)
    clocks: Mapping[str, str] = {} if ahead is None else clock_ahead(-ahead, "")
    return clocks.get


def minute_in_utc(day: str, minute: str, offset: str) -> str | None:
    """The minute in UTC (`2024-06-04T23:20`) of `2024-06-05`, `01:20` and `+02:00`.

    None where there is no such day, minute or offset, or no such day in UTC.
    """
    ahead = _minutes_ahead(offset)
    if ahead is None:
        return None
    for days in (0, 1, -1):
        clock = clock_ahead(days * _DAY - ahead, "T").get(minute)
        shifted = _day_after(day, -days) if clock else None
        if shifted:
            return f"{shifted}{clock}"
    return None


@functools.lru_cache(maxsize=16384)
def is_day(text: str) -> bool:
    """Whether a text is a day as `isoformat` writes it."""
    return _day_after(text, 0) == text


@functools.lru_cache(maxsize=16384)
def _day_after(day: str, days: int) -> str | None:
    try:
        parsed = date.fromisoformat(day)
        return (parsed + timedelta(days)).isoformat() if parsed.isoformat() == day else None
    except (ValueError, OverflowError):
        return None


@functools.lru_cache(maxsize=256)
def _minutes_ahead(offset: str) -> int | None:
    match = _OFFSET.fullmatch(offset)
    if match is None:
        return 0 if offset == "Z" else None
    sign, hours, minutes = match.groups()
    return int(f"{sign}1") * (60 * int(hours) + int(minutes))


_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY = 24 * 60
"""Minutes of a day."""
