"""`new Date(text)` of JavaScript, as Node.js reads dates.

Whatever is no ISO date is read by rules of thumb: numbers fill day and time in their order, words
name months or zones, and what makes no sense before the first number is skipped. The server's
library leans on these rules wherever a text does not fit the column's format.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE_HOURS = {
    "ut": 0,
    "utc": 0,
    "z": 0,
    "gmt": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
_NOON = 12
_MIDNIGHT = 24
_CENTURY, _PIVOT = 100, 50
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?P<time>T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_STRICT_START = re.compile(
    r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?T", re.IGNORECASE | re.ASCII
)
_TOKEN = re.compile(
    r"(?P<number>\d+)|(?P<word>[^\W\d_]+)|(?P<space>\s+)|(?P<comment>\([^)]*\)?)|(?P<mark>.)",
    re.DOTALL,
)
_MOST_DIGITS = 9


def parse_javascript_date(text: str, zone: tzinfo) -> datetime | None:
    """The wall clock of a zone that a text means to JavaScript.

    Args:
        text: The text.
        zone: The zone of the server, in which times without a zone are meant.

    Returns:
        A naive datetime without seconds, or None for an invalid date, and for years that Python
        has not, before 1 and after 9999.
    """
    if match := _ISO.fullmatch(text):
        fields = _iso_fields(match)
        if fields is not None:
            offset = match["zone"]
            is_day_only = match["time"] is None
            return _wall_clock(
                *fields, parse_offset(offset or "Z") if offset or is_day_only else None, zone
            )
    if _STRICT_START.match(text):
        # Once the time of an ISO date has begun, rules of thumb do not help any more.
        return None
    reader = _Reader()
    if not reader.read(text):
        return None
    fields = reader.fields()
    return None if fields is None else _wall_clock(*fields, reader.offset(), zone)


def parse_offset(text: str) -> tzinfo:
    """The zone of "Z", "+02:00" or "+0200"."""
    if text in "Zz":
        return timezone.utc
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


Fields = tuple[int, int, int, int, int, int]


def _iso_fields(match: re.Match[str]) -> Fields | None:
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004 - a calendar's numbers
        return None
    return (year, month, day, hour, minute, second) if _is_time(hour, minute, second) else None


def _is_time(hour: int, minute: int, second: int) -> bool:
    if hour == _MIDNIGHT:
        return not minute and not second
    return hour < _MIDNIGHT and minute < 60 and second < 60  # noqa: PLR2004 - a clock's numbers


def _wall_clock(
    year: int,
    month: int,
    day: int,
    hour: int,
    minute: int,
    second: int,
    meant: tzinfo | None,
    zone: tzinfo,
) -> datetime | None:
    """The zone's wall clock; days beyond a month's end run on into the next month."""
    try:
        wall = datetime(year, month, 1) + timedelta(
            days=day - 1, hours=hour, minutes=minute, seconds=second
        )
        if meant is None and _has_hour(wall, zone):
            moment = wall
        else:
            # An hour that the server's clock skips becomes the next one, silently.
            utc = wall.replace(tzinfo=meant or zone).astimezone(timezone.utc)
            moment = utc.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment.replace(second=0, microsecond=0)


def _has_hour(wall: datetime, zone: tzinfo) -> bool:
    """Whether a clock of the zone shows this time, as it does but for one hour in spring."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return early is None or late is None or early >= late


class _Reader:
    """Reads a text by rules of thumb."""

    def __init__(self) -> None:
        self._day: list[int] = []
        self._month: int | None = None
        self._time: list[int] = []
        self._is_time_closed = False
        self._afternoon: int | None = None
        self._zone: tzinfo | None = None
        self._sign = 0
        self._zone_hour: int | None = None
        self._zone_minute: int | None = None
        self._has_number = False

    def read(self, text: str) -> bool:
        """Whether the text could be read."""
        tokens = [(match.lastgroup, match[0]) for match in _TOKEN.finditer(text)]
        self._tokens = [*tokens, ("end", "")]
        self._index = 0
        while self._tokens[self._index][0] != "end":
            group, lexeme = self._tokens[self._index]
            self._index += 1
            if group == "number":
                read = self._read_number(
                    int(lexeme[-_MOST_DIGITS:] if len(lexeme) > _MOST_DIGITS else lexeme)
                )
            elif group == "word":
                read = self._read_word(lexeme.lower())
            elif lexeme in "+-" and group == "mark" and (self._zone is not None or self._time):
                read = self._read_offset(lexeme)
            else:
                read = not (lexeme in "+-)" and group == "mark" and self._has_number)
            if not read:
                return False
        return True

    def _peek(self) -> tuple[str | None, str]:
        return self._tokens[self._index]

    def _skip(self, mark: str) -> bool:
        if self._peek() == ("mark", mark):
            self._index += 1
            return True
        return False

    def _expects(self, number: int) -> bool:
        """Whether a number can be the next part of the time."""
        if self._is_time_closed:
            return False
        limits = {1: 60, 2: 60, 3: 1000}
        return number < limits.get(len(self._time), 0)

    def _read_number(self, number: int) -> bool:
        self._has_number = True
        if self._skip(":"):
            if self._skip(":"):
                if self._time:
                    return False
                self._time = [number, 0]
                return True
            if self._is_time_closed or len(self._time) >= 4:  # noqa: PLR2004 - down to milliseconds
                return False
            self._time.append(number)
            self._skip(".")
            return True
        if self._peek() == ("mark", ".") and self._expects(number):
            self._index += 1
            self._time.append(number)
            if self._peek()[0] != "number":
                return False
            self._index += 1
            self._is_time_closed = True
            return True
        self._skip(".")
        if self._sign and self._zone_hour is not None and self._zone_minute is None:
            self._zone_minute = number
            return True
        if self._expects(number):
            self._time.append(number)
            self._is_time_closed = True
            group, lexeme = self._peek()
            return group in ("end", "space") or lexeme.lower() in ("z", "+", "-")
        if len(self._day) == 3:  # noqa: PLR2004 - year, month, day
            return False
        self._day.append(number)
        self._skip("-")
        return True

    def _read_word(self, word: str) -> bool:
        if word in ("am", "pm") and self._time:
            self._afternoon = _NOON if word == "pm" else 0
        elif word[:3] in _MONTHS:
            self._month = _MONTHS.index(word[:3]) + 1
            self._skip("-")
        elif word in _ZONE_HOURS and self._has_number:
            self._zone = timezone(timedelta(hours=_ZONE_HOURS[word]))
        else:
            return not self._has_number and self._peek()[0] != "number"
        return True

    def _read_offset(self, sign: str) -> bool:
        self._sign = -1 if sign == "-" else 1
        digits = ""
        if self._peek()[0] == "number":
            digits = self._peek()[1]
            self._index += 1
        self._has_number = True
        if self._peek() == ("mark", ":"):
            self._zone_hour, self._zone_minute = int(digits or 0), None
        elif len(digits) in (1, 2):
            self._zone_hour, self._zone_minute = int(digits), 0
        elif len(digits) in (3, 4):
            self._zone_hour, self._zone_minute = divmod(int(digits), _CENTURY)
        else:
            return False
        return True

    def offset(self) -> tzinfo | None:
        """The zone that the text names, if it names one."""
        if not self._sign:
            return self._zone
        minutes = (self._zone_hour or 0) * 60 + (self._zone_minute or 0)
        return timezone(timedelta(minutes=self._sign * min(minutes, 1439)))

    def fields(self) -> Fields | None:
        """Year, month, day, hour, minute and second, or None for an impossible date."""
        if not self._day:
            return None
        day = self._ordered_day()
        hour, minute, second, _ = [*self._time, 0, 0, 0, 0][:4]
        if self._afternoon is not None:
            if hour > _NOON:
                return None
            hour = hour % _NOON + self._afternoon
        if day is None or not _is_time(hour, minute, second):
            return None
        return (*day, hour, minute, second)

    def _ordered_day(self) -> tuple[int, int, int] | None:
        first, second, third = [*self._day, 1, 1][:3]
        is_first_a_day = 1 <= first <= 31  # noqa: PLR2004
        if self._month is None:
            year, month, day = (third, first, second) if is_first_a_day else (first, second, third)
        elif len(self._day) == 1:
            year, month, day = (
                (1 if is_first_a_day else first),
                self._month,
                (first if is_first_a_day else 1),
            )
        else:
            year, day = (second, first) if is_first_a_day else (first, second)
            month = self._month
        if year < _CENTURY:
            year += 2000 if year < _PIVOT else 1900
        return (year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None  # noqa: PLR2004
