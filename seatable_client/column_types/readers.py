"""From a cell as a server sends it to a value with one fixed type, on every server generation.

Gateways and dtable-db send typed values; dtable-server v1 leaves empty cells out, writes dates as
wall-clock text and formulas as display text. A reader takes all of these, so that the same base
gives the same records whatever serves it. An empty cell is None everywhere: servers write it as
null, "", [] or not at all. Days and moments are read in
`date_readers`.

Readers never guess. A value that they cannot read becomes None and is counted in `Reading.unread`,
so that a run can report how many values it left out, and in which column.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    Reader = Callable[[Any], Any]
    CellsReader = Callable[[Sequence[Any]], Sequence[Any]]

FORMULA_ERRORS = frozenset(
    {"#VALUE!", "#DIV/0!", "#NAME?", "#N/A", "#REF!", "#NUM!", "#NULL!", "#ERROR!", "#CALC!"}
)
"""What SeaTable shows in place of a formula's value that cannot be computed."""

_DURATION = re.compile(r"(-?)(\d+):(\d\d)(?::(\d\d))?", re.ASCII)
_NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass
class Reading:
    """What readers need besides the value, and what they notice.

    Attributes:
        zone: tells the server's time zone, for date-times that old servers send without an offset;
            asked only when one is met.
        unread: per column, how many values were unreadable (formula errors above all).
    """

    zone: Callable[[], tzinfo] = lambda: timezone.utc
    unread: Counter[str] = field(default_factory=Counter)

    def leave_out(self, column: str) -> None:
        """Count a value that becomes null because it cannot be read."""
        self.unread[column] += 1


def one_by_one(read: Reader) -> CellsReader:
    """Reads all cells of a column as `read` does one."""
    return lambda cells: [None if cell is None else read(cell) for cell in cells]


def text(value: Any) -> str | None:
    """Text; anything else that a server puts into a text cell becomes its JSON text."""
    if type(value) is str:
        return value or None
    return None if value is None or value in ([], {}) else as_json(value)


def as_json(value: Any) -> str | None:
    """The value as JSON text; text stays as it is."""
    if value is None or isinstance(value, str):
        return value or None
    return None if value in ([], {}) else json.dumps(value, ensure_ascii=False)


def number(column: str, reading: Reading) -> Reader:
    """Numbers as they are; numerals, which cells of unchecked types may hold, as numbers."""

    def read(value: Any) -> float | int | None:
        if value is None or type(value) is float or type(value) is int:
            return value
        if value in ("", []):
            return None
        try:
            return _number_from(str(value))
        except ValueError:
            reading.leave_out(column)
            return None

    return read


def integer(column: str, reading: Reading) -> Reader:
    """Whole numbers."""
    plain = number(column, reading)

    def read(value: Any) -> int | None:
        result = plain(value)
        if result is None or result == int(result):
            return result if result is None else int(result)
        reading.leave_out(column)
        return None

    return read


def displayed_number(column: str, data: Mapping[str, Any], reading: Reading) -> Reader:
    """Numbers, also from display text such as `1.234,50 €` or `5%` in the column's format."""
    plain = number(column, reading)
    point, group = (",", ".") if data.get("decimal") == "comma" else (".", ",")
    grouped = re.compile(
        rf"([+-]?)(\d{{1,3}}([{group} \u00a0\u202f])\d{{3}}(?:\3\d{{3}})*)((?:[{point}]\d+)?)"
    )
    signs = [sign for sign in (str(data.get("currency_symbol") or ""), "$", "€", "￥", "¥") if sign]

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return plain(value)
        digits = value
        for sign in signs:
            digits = digits.replace(sign, "")
        digits = digits.strip()
        percent = digits.endswith("%")
        digits = digits.removesuffix("%").strip()
        if match := grouped.fullmatch(digits):
            digits = match[1] + match[2].replace(match[3], "") + match[4]
        # Numbers below a millionth are displayed with a point, whatever the format.
        if point == "," and not digits.startswith(("0.", "-0.")):
            digits = digits.replace(".", "?").replace(",", ".")  # a point means nothing there
        return plain(f"{digits}e-2" if percent else digits)

    return read


def displayed_duration(column: str, reading: Reading) -> Reader:
    """Seconds, also from display text such as `1:30` or `-1:30:59`, hours first."""
    plain = number(column, reading)

    def read(value: Any) -> Any:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return plain(value)
        hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
        total = hours * 3600 + minutes * 60 + seconds
        return -total if match[1] else total

    return read


def boolean(column: str, reading: Reading) -> Reader:
    """Booleans, also from the display text `true` and `false`."""

    def read(value: Any) -> bool | None:
        if value is None or value is True or value is False:
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        if value not in ("", []):
            reading.leave_out(column)
        return None

    return read


def list_of(item: Reader, *, separator: str | None = None) -> Reader:
    """Lists, each item read by `item`; what is empty or unreadable is left out.

    A lone value counts as a list of one, unless it is the display text of several, put together
    with `separator`.
    """

    def read(value: Any) -> list[Any] | None:
        if value is None or value in ("", []):
            return None
        if separator and isinstance(value, str):
            value = value.split(separator)
        found = [item(entry) for entry in (value if isinstance(value, list) else [value])]
        return [entry for entry in found if entry is not None] or None

    return read


def unify_number_types(read: Reader) -> Reader:
    """Lists of numbers, each with a point where one of them has one.

    `[9.5, 6]` is a list of two types to whoever reads JSON, and some databases store only one.
    """

    def read_unified(value: Any) -> list[Any] | None:
        found: list[Any] | None = read(value)
        if found and any(isinstance(number, float) for number in found):
            return [float(number) if isinstance(number, int) else number for number in found]
        return found

    return read_unified


def json_object(column: str, reading: Reading) -> Reader:
    """Objects as they are; empty ones are None."""

    def read(value: Any) -> dict[str, Any] | None:
        if isinstance(value, dict) or not value:
            return value or None
        reading.leave_out(column)
        return None

    return read


def link(column: str, reading: Reading) -> Reader:
    """A link as `{row_id, display_value}`; servers before 5.0 send the row id alone."""
    plain = json_object(column, reading)
    return lambda value: (
        {"row_id": value, "display_value": None}
        if value and isinstance(value, str)
        else plain(value)
    )


def without_errors(column: str, reading: Reading, read: Reader) -> Reader:
    """`read`, with formula errors as None, counted."""

    def read_formula(value: Any) -> Any:
        if isinstance(value, str) and value in FORMULA_ERRORS:
            reading.leave_out(column)
            return None
        return read(value)

    return read_formula


def _number_from(text: str) -> float | int:
    if not _NUMERAL.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a numeral")
    if text.strip().lstrip("+-").isdigit():
        return int(text)
    result = float(text)
    if not math.isfinite(result):
        raise ValueError(f"{text!r} is too large for a number")
    return result
