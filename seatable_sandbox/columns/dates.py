"""Dates: parsing what clients write, and formatting what servers answer.

A date cell is stored as the server's wall clock, `2024-06-05` or `2024-06-05 10:20`, whatever the
column's display format. Creation and modification times are stored as milliseconds.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TIME = r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
_ISO = re.compile(r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})" + _TIME + r"\s*(Z|[+-]\d{2}:?\d{2})?$")
_SLASHED = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})" + _TIME + "$")
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})" + _TIME + "$")


def has_time(column_format: str) -> bool:
    return "HH:mm" in column_format


def parse_date(value: object, column_format: str, zone: tzinfo, rules: str) -> str | None:
    """Parse a written date as the server stores it.

    Args:
        value: What a client has written.
        column_format: The display format of the column.
        zone: The server's zone.
        rules: "new" or "old": the conversion of servers around 6.x, or around 4.4.

    Returns:
        The server's wall clock, or None for what the server silently drops.
    """
    if not isinstance(value, str) or not value:
        return None
    day_first_column = column_format.startswith("DD")
    if value.isdigit():
        moment = datetime.fromtimestamp(int(value) / 1000, zone)
        return _format(moment.replace(tzinfo=None), column_format)
    if match := _ISO.match(value):
        plain_column = column_format.startswith("YYYY")
        if rules == "old" and value.startswith("000"):
            match = _ISO.match("20" + value[2:4] + value[4:]) or match
        if rules == "old" and plain_column and "T" in value:
            # The old rules parse the day only, without time and zone.
            return _build(match, (1, 2, 3), None, column_format)
        return _build(match, (1, 2, 3), zone, column_format)
    if match := _SLASHED.match(value):
        return _slashed(match, column_format, rules, day_first_column)
    if (match := _DOTTED.match(value)) and (rules == "new" or day_first_column):
        return _build(match, (3, 2, 1), zone, column_format)
    return None


def _slashed(match: re.Match[str], fmt: str, rules: str, day_first_column: bool) -> str | None:
    month_first = _build(match, (3, 1, 2), None, fmt, with_time=True)
    day_first = _build(match, (3, 2, 1), None, fmt, with_time=True)
    if rules == "old" and not day_first_column:
        return month_first
    padded = len(match[1] + match[2]) == len("ddmm")
    return (day_first or month_first) if padded else (month_first or day_first)


def _build(
    match: re.Match[str],
    order: tuple[int, int, int],
    zone: tzinfo | None,
    column_format: str,
    with_time: bool = False,
) -> str | None:
    year, month, day = (int(match[index]) for index in order)
    hour = minute = 0
    if (zone is not None or with_time) and match[4]:
        hour, minute = int(match[4]), int(match[5])
    try:
        moment = datetime(year, month, day, hour, minute)
    except ValueError:
        return None
    if zone is not None and match[4]:
        # An hour that the server's clock skips becomes the next one, silently.
        offset = match[7] if match.re is _ISO else None
        aware = moment.replace(tzinfo=_offset(offset) if offset else zone)
        moment = aware.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None)
    return _format(moment, column_format)


def _format(moment: datetime, column_format: str) -> str:
    # The server prints the year as a plain number: 0001-01-01 becomes "1-01-01".
    day = f"{moment.year}-{moment.month:02}-{moment.day:02}"
    return f"{day} {moment.hour:02}:{moment.minute:02}" if has_time(column_format) else day


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return timezone.utc
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def parse_stored_date(stored: str) -> datetime:
    """Parse a stored date cell to a naive datetime."""
    date_text, _, clock = stored.partition(" ")
    year, month, day_of_month = (int(part) for part in date_text.split("-"))
    return datetime(year, month, day_of_month, *_parse_clock(clock))


def _parse_clock(text: str) -> tuple[int, int, int]:
    parts = [int(part) for part in text.split(":")] if text else []
    hour, minute, second = ([*parts, 0, 0, 0])[:3]
    return hour, minute, second


class ZoneClock:
    """Formats times in the server's zone."""

    def __init__(self, zone: tzinfo, utc_suffix: str = "+00:00") -> None:
        self.zone = zone
        self.utc_suffix = utc_suffix

    def offset(self, moment: datetime) -> str:
        """The zone's offset at a wall-clock or aware moment, as RFC 3339 writes it."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
        delta = aware.utcoffset() or timedelta(0)
        if not delta:
            return self.utc_suffix
        minutes = int(delta.total_seconds() // 60)
        sign = "-" if minutes < 0 else "+"
        return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

    def date_renderer(self) -> Callable[[str | None], str | None]:
        """A function from a wall clock to RFC 3339, with a cache for one answer."""
        cache: dict[str, str] = {}

        def render(stored: str | None) -> str | None:
            if stored is None:
                return None
            text = cache.get(stored)
            if text is None:
                text = cache[stored] = self.rfc3339(parse_stored_date(stored))
            return text

        return render

    def rfc3339(self, wall: datetime) -> str:
        return wall.isoformat(timespec="seconds") + self.offset(wall)

    def time_renderer(self) -> Callable[[int | None], str | None]:
        """A function from milliseconds to RFC 3339 in the server's zone, without trailing zeros."""
        cache: dict[int, tuple[str, str]] = {}

        def render(stored: int | None) -> str | None:
            if stored is None:
                return None
            second, fraction = divmod(stored, 1000)
            parts = cache.get(second)
            if parts is None:
                moment = datetime.fromtimestamp(second, self.zone)
                wall = moment.replace(tzinfo=None).isoformat(timespec="seconds")
                parts = cache[second] = (wall, self.offset(moment))
            if not fraction:
                return parts[0] + parts[1]
            return f"{parts[0]}.{f'{fraction:03}'.rstrip('0')}{parts[1]}"

        return render

    def today(self, milliseconds: int) -> date:
        return datetime.fromtimestamp(milliseconds / 1000, self.zone).date()


def format_utc_time(stored: int | None) -> str | None:
    """Milliseconds as v1 and the operations log write times: UTC, always three digits."""
    if stored is None:
        return None
    moment = datetime.fromtimestamp(stored / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds")
