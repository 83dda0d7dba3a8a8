"""Days, date-times and time stamps as servers write them, one at a time or a whole column at once.

A column of a page is nearly always all of the usual form. Then what is done for every cell is done
by a few passes over all of them, and only what is unusual is read one by one. The outcome is the
same, to the letter and to the number of values left out.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from seatable_client.column_types.readers import one_by_one
from seatable_client.timestamps import clock_in_utc, is_day, minute_in_utc, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seatable_client.column_types.readers import CellsReader, Reader, Reading

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?(?::\d\d)?)?",
    re.ASCII,
)

_WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)

_RFC_3339_LENGTH = len("2024-06-05T10:20:00+02:00")
_RFC_3339_SIGNS = frozenset({"-T::+:", "-T::-:"})
"""Every third character of one, from the second hyphen on; weeks and ordinals have others."""

# How formats other than ISO show a day: what stands first.
_SHOWN_DAY = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})(.*)", re.ASCII)


def day(column: str, shown_as: str, reading: Reading) -> Reader:
    """The day as `2024-06-05`, also from display text in the column's format.

    Gateways send midnight with the server's offset. Only the first ten characters count: turning
    that midnight into another zone would change the day.
    """

    def read(value: Any) -> str | None:
        if value is None or value in ("", []):
            return None
        found = _day(value, shown_as) if isinstance(value, str) else None
        if found is None:
            reading.leave_out(column)
        return found

    return read


def days(column: str, shown_as: str, reading: Reading) -> CellsReader:
    """Days as `day` reads them, each different text once: they recur."""
    otherwise = one_by_one(day(column, shown_as, reading))

    def read_all(cells: Sequence[Any]) -> Sequence[str | None]:
        try:
            different = set(cells) - {None}
        except TypeError:  # lists and objects
            return otherwise(cells)
        if set(map(type, different)) - {str}:
            return otherwise(cells)
        known = {cell: _day(cell, shown_as) for cell in different}
        if None in known.values():
            return otherwise(cells)
        return list(map(known.get, cells))

    return read_all


@functools.lru_cache(maxsize=4096)
def _day(value: str, shown_as: str) -> str | None:
    match = _DAY.fullmatch(_iso(value, shown_as))
    try:
        return date.fromisoformat(match[1]).isoformat() if match else None
    except ValueError:
        return None


def moment(column: str, shown_as: str, reading: Reading) -> Reader:
    """Date-times as RFC 3339 with an offset; wall-clock text gets that of the server's zone."""

    def read(value: Any) -> str | None:
        if _is_rfc_3339(value):
            return value  # type: ignore[no-any-return]
        if value is None or value in ("", []):
            return None
        match = _MOMENT.fullmatch(_iso(value, shown_as)) if isinstance(value, str) else None
        if match is None:
            reading.leave_out(column)
            return None
        day, minutes, seconds, fraction, offset = match.groups("")
        clock = f"{day}T{minutes or '00:00'}{seconds or ':00'}"
        try:
            wall = datetime.fromisoformat(clock)
        except ValueError:
            reading.leave_out(column)
            return None
        if not offset:
            # Before zones were made of whole hours, offsets had seconds; RFC 3339 has none.
            return wall.replace(tzinfo=reading.zone()).isoformat()[:_RFC_3339_LENGTH]
        offset = "+00:00" if offset == "Z" else f"{offset[:3]}:{offset[-2:]}"
        return f"{clock}{fraction}{offset}"

    return read


def moments(column: str, shown_as: str, reading: Reading) -> CellsReader:
    """Date-times as `moment` reads them; a column in which all are as they should be stays so."""
    otherwise = one_by_one(moment(column, shown_as, reading))

    def read_all(cells: Sequence[Any]) -> Sequence[str | None]:
        present = [cell for cell in cells if cell is not None]
        if set(map(type, present)) <= {str}:
            lengths, signs = set(map(len, present)), {cell[7::3] for cell in present}
            if lengths <= {_RFC_3339_LENGTH} and signs <= _RFC_3339_SIGNS and _exist(present):
                return cells
        return otherwise(cells)

    return read_all


def _exist(stamps: Iterable[str]) -> bool:
    """Whether all of these are moments that there are."""
    try:
        deque(map(datetime.fromisoformat, stamps), maxlen=0)
    except ValueError:
        return False
    return True


def _is_rfc_3339(value: Any) -> bool:
    """Whether a value is `2024-06-05T10:20:00+02:00`, as gateways send every date-time."""
    if not isinstance(value, str) or len(value) != _RFC_3339_LENGTH:
        return False
    if value[7::3] not in _RFC_3339_SIGNS:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _iso(value: str, shown_as: str) -> str:
    """Display text in a date format such as `M/D/YYYY` or `DD.MM.YYYY HH:mm`, year first."""
    match = _SHOWN_DAY.fullmatch(value)
    if match is None or shown_as[:1] not in {"M", "D"}:
        return value
    first, _, second, year, rest = match.groups()
    month, day = (first, second) if shown_as[0] == "M" else (second, first)
    return f"{year}-{month:0>2}-{day:0>2}{rest}"


def time_stamp(column: str, reading: Reading) -> Reader:
    """Time stamps as `instant` has them."""

    def read(value: Any) -> str | None:
        try:
            return instant(value)
        except (TypeError, ValueError, OverflowError):
            if value not in ([], {}):
                reading.leave_out(column)
            return None

    return read


def displayed_time_stamp(column: str, reading: Reading) -> Reader:
    """Time stamps, also from display text without an offset, which is on the server's clock."""
    read = time_stamp(column, reading)

    def read_displayed(value: Any) -> Any:
        if isinstance(value, str) and _WALL_CLOCK.fullmatch(value):
            try:
                wall = datetime.fromisoformat(value)
            except ValueError:
                reading.leave_out(column)
                return None
            value = wall.replace(tzinfo=reading.zone()).isoformat()
        return read(value)

    return read_displayed


def time_stamps(column: str, reading: Reading) -> CellsReader:
    """Time stamps as `time_stamp` reads them.

    They are cut at the same places. Each different part is checked once.
    """
    read = time_stamp(column, reading)
    otherwise = one_by_one(read)

    def read_all(cells: Sequence[Any]) -> Sequence[str | None]:
        if not set(map(type, cells)) <= {str, type(None)}:
            return otherwise(cells)
        texts = [cell or "" for cell in cells] if None in cells else cells
        starts = [text[:_CLOCK] for text in texts]
        seconds = [text[_MINUTE:_SECOND] for text in texts]
        ends = [text[_SECOND:] for text in texts]
        if not all(
            start[_DAY_LENGTH:] == "T" and is_day(start[:_DAY_LENGTH])
            for start in set(starts) - {""}
        ):
            return otherwise(cells)
        if not set(seconds) <= _SECONDS:
            return otherwise(cells)
        known = {end: _end_in_utc(end) for end in set(ends)}
        return [
            f"{start}{clock}{second}{end}"
            if (clock := clock_of(text[_CLOCK:_MINUTE]))
            else f"{minute}{second}{end}"
            if (minute := minute_in_utc(start[:_DAY_LENGTH], text[_CLOCK:_MINUTE], offset))
            else read(text)
            for text, start, second, (end, offset, clock_of) in zip(
                texts, starts, seconds, map(known.__getitem__, ends), strict=True
            )
        ]

    return read_all


def instant(value: str | None) -> str | None:
    """A server's time stamp in UTC with milliseconds: the form in which text order is time order.

    Servers write a fraction of any length and their own offset: `2025-09-15T10:57:23.4+02:00`
    becomes `2025-09-15T08:57:23.400+00:00`.
    """
    return parse_instant(value).isoformat(timespec="milliseconds") if value else None


_DAY_LENGTH = len("2025-09-15")
_CLOCK = len("2025-09-15T")
_MINUTE = len("2025-09-15T10:57")
_SECOND = len("2025-09-15T10:57:23")

_SECONDS = {"", *(f":{second:02}" for second in range(60))}

_END = re.compile(r"(?:\.(\d{1,3})\d*)?(Z|[+-]\d\d:\d\d)", re.ASCII)


@functools.lru_cache(maxsize=4096)
def _end_in_utc(end: str) -> tuple[str, str, Callable[[str], str | None]]:
    """The end of a moment in UTC (`.400+00:00` for `.4+02:00`), the offset, and a clock in UTC.

    A text that is no fraction with an offset has the offset "".
    """
    match = _END.fullmatch(end)
    fraction, offset = match.groups("") if match else ("", "")
    return f"{_FRACTIONS[fraction]}+00:00", offset, clock_in_utc(offset)


_FRACTIONS = {"": ".000"} | {
    f"{number:0{digits}}": f".{number:0{digits}}".ljust(len(".000"), "0")
    for digits in (1, 2, 3)
    for number in range(10**digits)
}
"""Fractions of a second with three digits."""
