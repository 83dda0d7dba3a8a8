"""Every column type: how the server coerces written values, and how SQL sees stored ones.

The coercions are SeaTable's own, including the silent ones. A stored value is what SQLite can hold:
text, numbers, 0/1 for checkboxes, JSON text for lists and objects. An empty value is always NULL,
because no answer distinguishes an empty text from a missing one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns.dates import parse_date
from seatable_sandbox.model import ids
from seatable_sandbox.model.errors import ConversionError
from seatable_sandbox.model.model import Column

if TYPE_CHECKING:
    from datetime import tzinfo

TEXT_LIMIT = 10_000
LONG_TEXT_LIMIT = 100_000
JAVASCRIPT_WHITE_SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript's `trim` removes. Unlike Python's, it knows the byte order mark."""
_PLAIN_BELOW, _PLAIN_FROM = 1e21, 1e-6
"""JavaScript writes larger and smaller numbers with an exponent."""
DURATION_FORMATS = ("h:mm", "h:mm:ss")
"""The only formats for which the API takes durations, though the editor has finer ones."""

Stored = str | int | float | None


class WriteContext:
    """The rules for coercing the values of one operation.

    Attributes:
        zone: The server's zone.
        date_rules: "new" or "old", as `parse_date` has it.
        creates_options: Whether unknown options of select columns are created.
        options_created: Whether options have been added to columns; then save the structure.
    """

    def __init__(self, zone: tzinfo, date_rules: str = "new", creates_options: bool = True) -> None:
        self.zone = zone
        self.date_rules = date_rules
        self.creates_options = creates_options
        self.options_created = False
        self._option_ids: dict[str, dict[Any, str]] = {}

    def option(self, column: Column, name: Any) -> str | None:
        """The id of the option with exactly this name, which is created if there is none.

        Returns:
            None if there is none and this server creates no options.
        """
        option_ids = self._option_ids.get(column.key)
        if option_ids is None:
            option_ids = {_option_key(option["name"]): option["id"] for option in column.options}
            self._option_ids[column.key] = option_ids
        key = _option_key(name)
        found = option_ids.get(key)
        if found is None and self.creates_options:
            found = ids.option_id(option_ids.values())
            option_ids[key] = found
            data = column.data = dict(column.data or {})
            data["options"] = [*column.options, new_option(found, name, len(column.options))]
            self.options_created = True
        return found

    def has_option(self, column: Column, name: str) -> bool:
        return any(option["name"] == name for option in column.options)


COLORS = (
    "#FFFCB5",
    "#FFEAB6",
    "#FFD9C8",
    "#FFDDE5",
    "#EAA775",
    "#F4667C",
    "#DC82D2",
    "#9860E5",
    "#9F8CF1",
    "#59CB74",
    "#ADDF84",
    "#89D2EA",
    "#4ECCCB",
    "#46A1FD",
    "#C2C2C2",
)


def new_option(option_id: str, name: Any, position: int) -> dict[str, Any]:
    return {
        "id": option_id,
        "name": name,
        "color": COLORS[position % len(COLORS)],
        "textColor": "#202428",
    }


def _option_key(name: Any) -> Any:
    # 1 and True are equal in Python, but different options in SeaTable.
    return (type(name).__name__, name) if not isinstance(name, str) else name


def javascript_string(value: Any) -> str:
    """Format a value as JavaScript's `String(value)`, by which the server makes texts."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _javascript_numeral(value)
    if isinstance(value, list):
        return ",".join("" if item is None else javascript_string(item) for item in value)
    if isinstance(value, dict):
        return "[object Object]"
    return str(value)


def _javascript_numeral(number: float) -> str:
    """Format a number with the fewest digits that identify it, spelled as JavaScript does."""
    try:
        value = float(number)
    except OverflowError:
        value = math.inf if number > 0 else -math.inf
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if value and not _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return re.sub(r"e([+-])0*", r"e\1", repr(value))
    return f"{Decimal(repr(value)):f}".removesuffix(".0") if value else "0"


def javascript_number(value: float) -> int | float:
    """Convert a number as JavaScript prints it: 5.0 to 5; integers above 2^53 lose digits."""
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else float(value)
    if math.isfinite(value) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    return value


def truncate(text: str, limit: int) -> str:
    """Shorten a text to a number of UTF-16 units, of which most emoji take two.

    Half a character becomes U+FFFD, as answers show it.
    """
    if len(text) <= limit // 2:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "replace")


def _text(value: Any, column: Column, context: WriteContext) -> Stored:
    if value is None:
        return None
    return truncate(javascript_string(value), TEXT_LIMIT) or None


def _plain(value: Any, column: Column, context: WriteContext) -> Stored:
    return None if value is None else javascript_string(value) or None


def _long_text(value: Any, column: Column, context: WriteContext) -> Stored:
    if isinstance(value, dict):
        # The text of the editor's own object is stored unchanged; only a plain string is checked.
        text = value.get("text")
        return text if isinstance(text, str) and text else None
    if not isinstance(value, str) or not value.strip(JAVASCRIPT_WHITE_SPACE):
        return None
    return truncate(value, LONG_TEXT_LIMIT)


_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def _number(value: Any, column: Column, context: WriteContext) -> Stored:
    if value is None or value is False:
        return None
    if isinstance(value, (bool, list, dict)):
        raise ConversionError("value.trim is not a function")
    if isinstance(value, (int, float)):
        return javascript_number(value)
    # The column's format does not matter: "1,5" is 15, also with decimal commas.
    text = value.strip(JAVASCRIPT_WHITE_SPACE)
    match = _NUMBER.match(re.sub(r"[^0-9.-]", "", text))
    if match is None:
        return None
    number = float(match[0])
    return javascript_number(number / 100 if "%" in text else number)


def _checkbox(value: Any, column: Column, context: WriteContext) -> Stored:
    return 1 if value is True or value == "true" else 0


def _raw(value: Any, column: Column, context: WriteContext) -> Stored:
    if value is None or value == "":
        return None
    if isinstance(value, (list, dict)):
        return encode(value)
    return javascript_number(value) if isinstance(value, (int, float)) else str(value)


def _duration(value: Any, column: Column, context: WriteContext) -> Stored:
    if str(column.setting("duration_format") or "h:mm") not in DURATION_FORMATS:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if not isinstance(value, str):
        return javascript_number(value)
    text = value.strip()
    negative, text = text.startswith("-"), text.lstrip("-")
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        return None
    if len(parts) == 1:
        seconds = parts[0]
    elif "ss" in str(column.setting("duration_format", "h:mm")):
        padded = [0.0, *parts]
        seconds = padded[-3] * 3600 + padded[-2] * 60 + padded[-1]
    else:
        # Read from the right: "1:30:30" in an h:mm column is 30 hours and 30 minutes.
        seconds = parts[-2] * 3600 + parts[-1] * 60
    return javascript_number(-seconds if negative else seconds)


def _date(value: Any, column: Column, context: WriteContext) -> Stored:
    column_format = str(column.setting("format") or "YYYY-MM-DD")
    return parse_date(value, column_format, context.zone, context.date_rules)


def _single_select(value: Any, column: Column, context: WriteContext) -> Stored:
    if value is None or value is False or value == "":
        return None
    if isinstance(value, (bool, list, dict)):
        raise ConversionError("formatValue.trim is not a function")
    name = javascript_string(value)
    return context.option(column, name) if name.strip(JAVASCRIPT_WHITE_SPACE) else None


def _multiple_select(value: Any, column: Column, context: WriteContext) -> Stored:
    if isinstance(value, str):
        names: list[Any] = [value] if context.has_option(column, value) else value.split()
    elif isinstance(value, list):
        names = value
    else:
        return None
    chosen: list[str] = []
    for name in names:
        option = None if name is None or name == "" else context.option(column, name)
        if option is not None and option not in chosen:
            chosen.append(option)
    return encode(chosen) if chosen else None


def _json(value: Any, column: Column, context: WriteContext) -> Stored:
    return None if value in (None, "", [], {}) else encode(value)


def _geolocation(value: Any, column: Column, context: WriteContext) -> Stored:
    if isinstance(value, str):
        if column.setting("geo_format", "geolocation") not in ("lng_lat", "geolocation"):
            return None
        try:
            lng, lat = (javascript_number(float(part)) for part in value.split(","))
        except ValueError:
            return None
        return encode({"lat": lat, "lng": lng})
    return encode(value) if isinstance(value, dict) and value else None


def _image(value: Any, column: Column, context: WriteContext) -> Stored:
    if isinstance(value, str) and value.startswith("http://"):
        return encode([value])
    return encode(value) if isinstance(value, list) and value else None


def _file(value: Any, column: Column, context: WriteContext) -> Stored:
    if not isinstance(value, list):
        return None
    needed = {"name", "size", "type", "url"}
    files = [item for item in value if isinstance(item, dict) and needed <= item.keys()]
    return encode(files) if files else None


def _object(value: Any, column: Column, context: WriteContext) -> Stored:
    return encode(value) if isinstance(value, dict) and value else None


def encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


Coercion = Callable[[Any, Column, WriteContext], Stored]


@dataclass(frozen=True)
class ColumnType:
    """One column type.

    Attributes:
        coerce: Coerces a written value to the stored one; None: writes are ignored.
        kind: How SQL and formulas see the stored value: text, number, bool, date, time, select,
            multi, list, opaque (no WHERE, no ORDER BY), computed or absent.
        sql_writable: Whether UPDATE by SQL may set it.
    """

    coerce: Coercion | None
    kind: str
    sql_writable: bool = True


TYPES: dict[str, ColumnType] = {
    "text": ColumnType(_text, "text"),
    "long-text": ColumnType(_long_text, "text"),
    "number": ColumnType(_number, "number"),
    "checkbox": ColumnType(_checkbox, "bool"),
    "rate": ColumnType(_raw, "number"),
    "duration": ColumnType(_duration, "number"),
    "date": ColumnType(_date, "date"),
    "single-select": ColumnType(_single_select, "select"),
    "multiple-select": ColumnType(_multiple_select, "multi"),
    "collaborator": ColumnType(_json, "list"),
    "email": ColumnType(_plain, "text"),
    "url": ColumnType(_plain, "text"),
    "image": ColumnType(_image, "list", sql_writable=False),
    "file": ColumnType(_file, "opaque", sql_writable=False),
    "geolocation": ColumnType(_geolocation, "opaque", sql_writable=False),
    "digital-sign": ColumnType(_object, "opaque", sql_writable=False),
    "department-single-select": ColumnType(_raw, "number", sql_writable=False),
    "auto-number": ColumnType(_raw, "text", sql_writable=False),
    "formula": ColumnType(None, "computed", sql_writable=False),
    "link": ColumnType(None, "computed", sql_writable=False),
    "link-formula": ColumnType(None, "computed", sql_writable=False),
    "creator": ColumnType(None, "text", sql_writable=False),
    "last-modifier": ColumnType(None, "text", sql_writable=False),
    "ctime": ColumnType(None, "time", sql_writable=False),
    "mtime": ColumnType(None, "time", sql_writable=False),
    "button": ColumnType(None, "absent", sql_writable=False),
}

UNTYPED = ColumnType(_raw, "text")
"""A column of an unknown type, which old servers create with an empty type."""


def type_of(column: Column) -> ColumnType:
    return TYPES.get(column.type, UNTYPED)
