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
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    Reader = Callable[[Any], Any]

FORMULA_ERRORS = frozenset(
    {"#VALUE!", "#DIV/0!", "#NAME?", "#N/A", "#REF!", "#NUM!", "#NULL!", "#ERROR!", "#CALC!"}
)
"""What SeaTable shows in place of a formula's value that cannot be computed."""

_NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?(?::\d\d)?)?",
    re.ASCII,
)

_RFC_3339_LENGTH = len("2024-06-05T10:20:00+02:00")
_MILLISECONDS_LENGTH = len("2024-06-05T10:20:00.123+02:00")

# How formats other than ISO show a day: what stands first.
_SHOWN_DAY = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})(.*)", re.ASCII)


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


def whole(column: str, reading: Reading) -> Reader:
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
        if point == ",":
            digits = digits.replace(".", "?").replace(",", ".")  # a point means nothing there
        return plain(f"{digits}e-2" if percent else digits)

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
        if _is_as_it_should_be(value):
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


def _is_as_it_should_be(value: Any) -> bool:
    """Whether a value is `2024-06-05T10:20:00+02:00`, as gateways send every date-time."""
    if not isinstance(value, str) or len(value) != _RFC_3339_LENGTH:
        return False
    if value[10] != "T" or value[19] not in "+-":
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


def instant(value: str | None) -> str | None:
    """A server's time stamp in UTC with milliseconds: the form in which text order is time order.

    Servers write a fraction of any length and their own offset: `2025-09-15T10:57:23.4+02:00`
    becomes `2025-09-15T08:57:23.400+00:00`.
    """
    if not value:
        return None
    if len(value) == _MILLISECONDS_LENGTH and value[26:] == ":00" and value[7] == "-":
        # The usual form, several times as fast: whole hours of offset change nothing but the hour.
        hour = _SAME_DAY_IN_UTC.get(value[11:13] + value[23:26])
        if hour is not None and value[19] == ".":
            try:
                datetime.fromisoformat(value)
            except ValueError:
                pass
            else:
                return f"{value[:10]}T{hour}{value[13:23]}+00:00"
    return parse_instant(value).isoformat(timespec="milliseconds")


_SAME_DAY_IN_UTC = {
    f"{hour:02}{offset:+03}": f"{hour - offset:02}"
    for hour in range(24)
    for offset in range(-12, 15)
    if 0 <= hour - offset < 24  # noqa: PLR2004
}


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
    day, clock, fraction, offset = match.groups()
    offset = "+00:00" if offset in {None, "Z"} else f"{offset[:3]}:{offset[-2:]}"
    micro = (fraction or "")[:6].ljust(6, "0")
    return datetime.fromisoformat(f"{day}T{clock}.{micro}{offset}").astimezone(timezone.utc)


def fixed_offset(value: str) -> tzinfo | None:
    """The offset that a server's time stamp carries; None if it carries none."""
    match = re.search(r"(?:(Z)|([+-])(\d\d):?(\d\d))$", value)
    if match is None:
        return None
    utc, sign, hours, minutes = match.groups()
    offset = timedelta() if utc else timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


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
        found = [item(one) for one in (value if isinstance(value, list) else [value])]
        return [one for one in found if one is not None] or None

    return read


def alike(read: Reader) -> Reader:
    """Lists of numbers, each with a point where one of them has one.

    `[9.5, 6]` is a list of two types to whoever reads JSON, and some databases store only one.
    """

    def read_alike(value: Any) -> list[Any] | None:
        found: list[Any] | None = read(value)
        if found and any(isinstance(one, float) for one in found):
            return [float(one) if isinstance(one, int) else one for one in found]
        return found

    return read_alike


def an_object(column: str, reading: Reading) -> Reader:
    """Objects as they are; empty ones are None."""

    def read(value: Any) -> dict[str, Any] | None:
        if isinstance(value, dict) or not value:
            return value or None
        reading.leave_out(column)
        return None

    return read


def link(column: str, reading: Reading) -> Reader:
    """A link as `{row_id, display_value}`; servers before 5.0 send the row id alone."""
    plain = an_object(column, reading)
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
        raise ValueError(f"{text!r} is no numeral")
    if text.strip().lstrip("+-").isdigit():
        return int(text)
    result = float(text)
    if not math.isfinite(result):
        raise ValueError(f"{text!r} is beyond all numbers")
    return result
