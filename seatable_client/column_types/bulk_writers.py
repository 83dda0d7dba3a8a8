"""Writing many values of a column at once: the fast path of `writers.py`.

Most columns hold values of one class that are stored unchanged. To check a thousand of them
together costs a few passes of the interpreter's own loops; one by one it costs a call each. A bulk
writer accepts only such values. Where it does not, the column's `Writer` decides about each value,
so that one place says what may be stored.
"""

from __future__ import annotations

import math
import re
from datetime import MAXYEAR, date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import date_writers, writers
from seatable_client.column_types.date_writers import FIRST_SAFE_YEAR
from seatable_client.column_types.writers import EXACT_INTEGERS
from seatable_client.errors import InvalidValueError
from seatable_client.timestamps import clock_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from seatable_client.column_types.date_writers import Writing
    from seatable_client.column_types.writers import Writer

    Cells = Sequence[Any]
    Bulk = Callable[[Cells, AbstractSet[type]], Cells | None]
    """Takes values, none of them empty, and their classes. Returns what the column's writer would
    make of each: the very same sequence if nothing is to be changed; None where that is uncertain
    without a look at each."""

_STRINGS = {str}
_LISTS = {list}
_BOOLEANS = {bool}
_INTEGERS = {int}
_NUMBERS = {int, float}

_MOST_PARTS = 8192
"""Days with the ends of their time stamps that are remembered: 22 years, or 11 with two offsets."""

_MOST_TEXTS = 8192
"""Texts that are remembered, before those of one more batch: days of 22 years."""

_BETWEEN = {"T", " "}
_WHOLE_MINUTE = re.compile(r"(?::00(?:\.0+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_ANY_SECOND = re.compile(r"(?::[0-5]\d)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def texts(limit: int) -> Bulk:
    """Texts of at most so many characters."""

    def write(values: Cells, classes: AbstractSet[type]) -> Cells | None:
        # A character counts as two at most.
        if classes != _STRINGS or max(map(len, values)) > limit // 2:
            return None
        return values if _are_sendable(values) else None

    return write


def long_texts(limit: int) -> Bulk:
    """Texts that are not blank, of at most so many characters."""
    within = texts(limit)

    def write(values: Cells, classes: AbstractSet[type]) -> Cells | None:
        written = within(values, classes)
        if written is None or any(map(str.isspace, values)):
            return None
        return None if "\ufeff" in "".join(values) else written

    return write


def addresses(values: Cells, classes: AbstractSet[type]) -> Cells | None:
    """Texts of any length."""
    return values if classes == _STRINGS and _are_sendable(values) else None


def numbers(values: Cells, classes: AbstractSet[type]) -> Cells | None:
    """Finite floats, and integers that a double tells apart."""
    if not classes <= _NUMBERS:
        return None
    are_exact = max(values) <= EXACT_INTEGERS and min(values) >= -EXACT_INTEGERS
    return values if are_exact and math.isfinite(sum(values)) else None  # a sum shows each NaN


def durations(data: Mapping[str, Any]) -> Bulk:
    """Numbers, where the column's format is one of which SeaTable takes durations."""
    if writers.duration(data) is writers.number:
        return numbers
    return lambda _values, _classes: None


def ratings(data: Mapping[str, Any]) -> Bulk:
    """Integers from 1 to the column's maximum."""
    highest = writers.highest_rating(data)

    def write(values: Cells, classes: AbstractSet[type]) -> Cells | None:
        return (
            values if classes == _INTEGERS and 1 <= min(values) <= max(values) <= highest else None
        )

    return write


def checkboxes(values: Cells, classes: AbstractSet[type]) -> Cells | None:
    """Booleans."""
    return values if classes == _BOOLEANS else None


def options(values: Cells, classes: AbstractSet[type]) -> Cells | None:
    """Names of options: few different ones, each looked at once."""
    return values if classes == _STRINGS and _options.keeps(values) else None


def option_lists(values: Cells, classes: AbstractSet[type]) -> Cells | None:
    """Lists of different option names."""
    if classes != _LISTS:
        return None
    names = list(chain.from_iterable(values))
    if set(map(type, names)) != _STRINGS or not _options.keeps(names):
        return None
    return values if sum(map(len, map(set, values))) == len(names) else None


def days(values: Cells, classes: AbstractSet[type]) -> Cells | None:
    """Texts that mean days."""
    if classes != _STRINGS:
        return None
    if _days.keeps(values):
        return values
    try:
        return list(map(date_writers.day, values))
    except InvalidValueError:
        return None


class Minutes:
    """Date-times on the server's wall clock, put together from parts that have been met before.

    `2024-06-05T10:20:00Z` is a day, a minute of the day, and the rest. Where the server's clock is
    not changed on that day, day and rest say by how much the minute moves, and they come again and
    again, even if no two time stamps are alike. What would move into another day, or cannot be
    taken apart like this, is left to the column's writer.

    Args:
        context: the server's zone, and what becomes of seconds.
    """

    def __init__(self, context: Writing) -> None:
        self._zone = context.zone
        self._write = date_writers.minute(context)
        self._rest = _ANY_SECOND if context.cut_seconds else _WHOLE_MINUTE
        self._parts: dict[str, Mapping[str, str]] = {}

    def __call__(self, values: Cells, classes: AbstractSet[type]) -> Cells | None:
        """Write values."""
        if classes != _STRINGS:
            return None
        parts, known = self._parts, self._known
        written = []
        try:
            for value in values:
                part = value[:11] + value[16:]
                minutes = parts[part] if part in parts else known(part)
                minute = minutes.get(value[11:16])
                written.append(value[:10] + minute if minute else self._write(value))
        except InvalidValueError:
            return None
        return written

    def _known(self, part: str) -> Mapping[str, str]:
        """How the minutes move, given a day, the character after it, and what follows a minute."""
        rest = self._rest.fullmatch(part, 11)
        if rest is None:
            return {}
        if len(self._parts) >= _MOST_PARTS:
            self._parts.clear()
        found = self._parts[part] = (
            self._moves(part[:10], rest[1]) if part[10:11] in _BETWEEN else {}
        )
        return found

    def _moves(self, day: str, offset: str | None) -> Mapping[str, str]:
        try:
            date_there = date.fromisoformat(day)
            began = datetime.fromisoformat(f"{day}T00:00{(offset or '').replace('Z', '+00:00')}")
        except ValueError:
            return {}
        if date_there.isoformat() != day or not FIRST_SAFE_YEAR <= date_there.year < MAXYEAR:
            return {}
        if self._zone is None:
            return {} if offset else clock_ahead(0, " ")
        if date_writers.changes_offset(self._zone, date_there):
            return {}
        noon = datetime(date_there.year, date_there.month, date_there.day, 12)  # noqa: DTZ001  (on that clock)
        shift = (self._zone.utcoffset(noon) or timedelta()) - (began.utcoffset() or timedelta())
        seconds = shift.total_seconds() if offset else 0
        return {} if seconds % 60 else clock_ahead(int(seconds // 60), " ")


class _Keeper:
    """Knows which texts a writer keeps as they are: each is shown to it once, not each time."""

    def __init__(self, write: Writer) -> None:
        self._write = write
        self._known: frozenset[str] = frozenset()  # replaced, never changed: threads look at it

    def keeps(self, values: Cells) -> bool:
        """Whether all of these texts are kept."""
        if self._known.issuperset(values):
            return True
        new = {value for value in values if value not in self._known}
        try:
            if any(self._write(value) != value for value in new):
                return False
        except InvalidValueError:
            return False
        self._known = self._known | new if len(self._known) < _MOST_TEXTS else frozenset(new)
        return True


_days = _Keeper(date_writers.day)
_options = _Keeper(writers.option)


def _are_sendable(values: Cells) -> bool:
    """Whether none of the texts has an unpaired surrogate."""
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True
