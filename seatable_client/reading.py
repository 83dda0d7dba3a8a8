"""From a cell as a server sends it to a value with one fixed type, on every server generation.

Gateways and dtable-db send typed values; dtable-server v1 leaves empty cells out, writes dates as
wall-clock text and formulas as display text. A reader takes all of these, so that the same base
gives the same records whatever serves it. An empty cell is None everywhere: servers write it as
null, "", [] or not at all.

Readers never guess. What they cannot understand becomes None and is counted in `Reading.unread`,
so that a run can say how many values it left out, and where.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    Reader = Callable[[Any], Any]

FORMULA_ERRORS = frozenset(
    {"#VALUE!", "#DIV/0!", "#NAME?", "#N/A", "#REF!", "#NUM!", "#NULL!", "#ERROR!", "#CALC!"}
)
"""What SeaTable shows in place of a formula's value that cannot be computed."""

_WALL_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d))?)?")


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


def text(value: Any) -> str | None:
    """Text; anything else that a server puts into a text cell becomes its JSON text."""
    if type(value) is str:
        return value or None
    return None if value is None or value in ([], {}) else as_json(value)


def as_json(value: Any) -> str | None:
    """The value as JSON text; text stays as it is."""
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, ensure_ascii=False)


def number(column: str, reading: Reading) -> Reader:
    """Numbers as they are; numerals, which cells of unchecked types may hold, as numbers."""

    def read(value: Any) -> float | int | None:
        if value is None or isinstance(value, (int, float)):
            return value
        if value == "":
            return None
        try:
            return _number_from(str(value))
        except ValueError:
            reading.leave_out(column)
            return None

    return read


def displayed_number(column: str, data: Mapping[str, Any], reading: Reading) -> Reader:
    """Numbers, also from display text such as `1.234,50 €` or `5%` in the column's format."""
    plain = number(column, reading)
    comma = data.get("decimal") == "comma"
    percent = data.get("format") == "percent"

    def read(value: Any) -> Any:
        if not isinstance(value, str) or not value:
            return plain(value)
        digits = re.sub(r"[^\d.,eE+-]", "", value)
        digits = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
        if not digits or value in FORMULA_ERRORS:
            return plain(value)
        result = plain(digits)
        return result / 100 if percent and result is not None and "%" in value else result

    return read


def boolean(value: Any) -> bool | None:
    """Booleans, also from the display text `true` and `false`."""
    if value is True or value is False or value is None:
        return value
    return {"true": True, "false": False}.get(str(value).lower())


def day(value: Any) -> str | None:
    """The day as `2024-06-05`.

    Gateways send midnight with the server's offset. Only the first ten characters count: turning
    that midnight into another zone would change the day.
    """
    return value[:10] if isinstance(value, str) and value else None


def moment(column: str, reading: Reading) -> Reader:
    """Date-times as RFC 3339 with an offset; wall-clock text gets that of the server's zone."""

    def read(value: Any) -> str | None:
        if not value:
            return None
        if not isinstance(value, str):
            reading.leave_out(column)
            return None
        if len(value) > 19 and (value[-6] in "+-" or value[-1] == "Z"):  # noqa: PLR2004
            return value if value[-1] != "Z" else value[:-1] + "+00:00"
        wall = _WALL_CLOCK.fullmatch(value)
        if wall is None:
            reading.leave_out(column)
            return None
        date, minutes, seconds = wall.groups()
        local = datetime.fromisoformat(f"{date}T{minutes or '00:00'}:{seconds or '00'}")
        return local.replace(tzinfo=reading.zone()).isoformat()

    return read


@functools.lru_cache(maxsize=4096)  # rows written together carry the same times
def instant(value: str | None) -> str | None:
    """A server's time stamp in UTC with milliseconds: the form in which text order is time order.

    Servers write a fraction of any length and their own offset: `2025-09-15T10:57:23.4+02:00`
    becomes `2025-09-15T08:57:23.400+00:00`.
    """
    if not value:
        return None
    return parse_instant(value).isoformat(timespec="milliseconds")


def parse_instant(value: str) -> datetime:
    """A server's time stamp as an aware datetime in UTC.

    Raises:
        ValueError: it is none.
    """
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?", value
    )
    if match is None:
        raise ValueError(f"{value!r} is no time stamp")
    date, clock, fraction, offset = match.groups()
    offset = "+00:00" if offset in {None, "Z"} else f"{offset[:3]}:{offset[-2:]}"
    micro = (fraction or "")[:6].ljust(6, "0")
    return datetime.fromisoformat(f"{date}T{clock}.{micro}{offset}").astimezone(timezone.utc)


def fixed_offset(value: str) -> tzinfo | None:
    """The offset that a server's time stamp carries; None if it carries none."""
    match = re.search(r"(?:(Z)|([+-])(\d\d):?(\d\d))$", value)
    if match is None:
        return None
    utc, sign, hours, minutes = match.groups()
    offset = timedelta() if utc else timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


def list_of(item: Reader) -> Reader:
    """Lists, each item read by `item`; a lone value counts as a list of one."""

    def read(value: Any) -> list[Any] | None:
        if value is None or value in ("", []):
            return None
        return [item(one) for one in (value if isinstance(value, list) else [value])]

    return read


def filled(value: Any) -> Any:
    """Objects and lists as they are; empty ones are None."""
    return value or None


def links(value: Any) -> list[dict[str, Any]] | None:
    """Links as `[{row_id, display_value}]`; servers before 5.0 send the row ids alone."""
    if not value:
        return None
    return [
        one if isinstance(one, dict) else {"row_id": one, "display_value": None} for one in value
    ]


def without_errors(column: str, reading: Reading, read: Reader) -> Reader:
    """`read`, with formula errors as None, counted."""

    def read_formula(value: Any) -> Any:
        if isinstance(value, str) and value in FORMULA_ERRORS:
            reading.leave_out(column)
            return None
        return read(value)

    return read_formula


def _number_from(text: str) -> float | int:
    return int(text) if re.fullmatch(r"[+-]?\d+", text.strip()) else float(text)
