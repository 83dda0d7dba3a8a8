"""Dates: parsing what clients write, and formatting what servers answer.

A date cell is stored as the server's wall clock, `2024-06-05` or `2024-06-05 10:20`, whatever the
column's display format. Creation and modification times are stored as milliseconds.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from seatable_sandbox.columns.javascript import JAVASCRIPT_WHITE_SPACE
from seatable_sandbox.columns.javascript_dates import parse_javascript_date

if TYPE_CHECKING:
    from collections.abc import Callable

_ISO_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_MINUTE = r"( (2[0-3]|[01][0-9]):[0-5][0-9])?"
_DAY, _SHORT_MONTH = r"(0[1-9]|[12][0-9]|3[01])", r"(0?[1-9]|1[012])"
_DOTTED = re.compile(rf"{_DAY}\.{_SHORT_MONTH}\.[0-9]{{4}}{_MINUTE}")
_DAY_FIRST = re.compile(rf"{_DAY}[/.]{_SHORT_MONTH}[/.][0-9]{{4}}{_MINUTE}")
_MONTH_FIRST = re.compile(rf"([1-9]|1[0-2])/([1-9]|[12][3-9]|3[01])/[0-9]{{4}}{_MINUTE}")
_EITHER_FIRST = re.compile(rf"(1[0-2])/(1[0-2])/[0-9]{{4}}{_MINUTE}")
"""How the new rules tell the formats of written dates from each other."""

_PARTS = re.compile("YYYY|MM?|DD?|HH|mm")
_DIGITS = {
    name: re.compile(digits)
    for digits, names in {
        "[0-9]{4}": ("YYYY",),
        "[0-9]{2}": ("MM", "DD"),
        "[0-9]{1,2}": ("M", "D", "HH", "mm"),
    }.items()
    for name in names
}


def has_time(column_format: str) -> bool:
    return "HH:mm" in column_format


def parse_date(
    value: object, column_format: str, zone: tzinfo, rules: str, this_year: int
) -> str | None:
    """Parse a written date as the server stores it.

    Args:
        value: What a client has written.
        column_format: The display format of the column.
        zone: The server's zone.
        rules: "new" or "old": the conversion of servers around 6.x, or around 4.4.
        this_year: The year of dates that have none.

    Returns:
        The server's wall clock, or None for what the server silently drops.
    """
    if not isinstance(value, str) or not value.strip(JAVASCRIPT_WHITE_SPACE):
        return None
    if value.isdigit() and value.isascii():
        try:
            moment = datetime.fromtimestamp(int(value) / 1000, zone)
        except (ValueError, OverflowError, OSError):
            return None
        return _format(moment, column_format)
    if rules == "new" and "T" in value:
        found = parse_javascript_date(value, zone)
    else:
        likely = column_format if rules == "old" else _likely_format(value, column_format)
        found = _parse_format(value, likely, zone, rules, this_year)
    if found is None:
        found = parse_freely(value, zone, rules)
    return None if found is None else _format(found, column_format)


def _likely_format(value: str, column_format: str) -> str:
    """The format of a written date: seen from the date where it can be, else the column's own."""
    likely = column_format
    if _ISO_DAY.search(value):
        likely = "YYYY-MM-DD"
    if _DOTTED.fullmatch(value):
        likely = "DD.MM.YYYY"
    if _MONTH_FIRST.fullmatch(value):
        likely = "M/D/YYYY"
    is_month_first = likely.startswith("M/D/YYYY")
    if not (is_month_first and _EITHER_FIRST.fullmatch(value)) and _DAY_FIRST.fullmatch(value):
        likely = "DD/MM/YYYY"
    if likely is column_format or not has_time(column_format):
        return likely
    return likely.removesuffix(" HH:mm") + " HH:mm"


def _parse_format(
    value: str, likely: str, zone: tzinfo, rules: str, this_year: int
) -> datetime | None:
    """Look for the parts of a format, in its order, in the first two words of a text."""
    date_text, time_text = [*value.split(" "), ""][:2]
    found: dict[str, str] = {}
    for part in _PARTS.findall(likely):
        is_clock = part in ("HH", "mm")
        match = _DIGITS[part].search(time_text if is_clock else date_text)
        if match is None:
            continue
        found[part[0]] = match[0]
        if is_clock:
            time_text = time_text.replace(match[0], "", 1)
        else:
            date_text = date_text.replace(match[0], "", 1)
    if not {"M", "D"} <= found.keys():
        return None
    day = f"{found.get('Y', this_year)}-{found['M']}-{found['D']}"
    clock = f"{found.get('H', '00')}:{found.get('m', '00')}"
    return parse_javascript_date(f"{day}T{clock}:00" if rules == "new" else f"{day} {clock}", zone)


def parse_freely(value: str, zone: tzinfo, rules: str) -> datetime | None:
    """Parse a text as JavaScript does, and if that fails, once more with other separators.

    Args:
        value: The text.
        zone: The server's zone.
        rules: "new" or "old".

    Returns:
        The server's wall clock, or None for an invalid date.
    """
    attempts = [value]
    if " " not in value and "T" not in value:
        attempts = [f"{value}T00:00:00", value] if rules == "new" else [f"{value} 00:00:00"]
    attempts.append(attempts[0].replace("-", "/"))
    for text in attempts:
        found = parse_javascript_date(text, zone)
        if found is not None:
            return found
    return None


def _format(moment: datetime, column_format: str) -> str:
    # The server prints the year as a plain number: 0001-01-01 becomes "1-01-01".
    day = f"{moment.year}-{moment.month:02}-{moment.day:02}"
    return f"{day} {moment.hour:02}:{moment.minute:02}" if has_time(column_format) else day


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
