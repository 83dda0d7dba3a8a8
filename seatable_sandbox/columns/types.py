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
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns.dates import parse_date
from seatable_sandbox.columns.javascript import (
    JAVASCRIPT_WHITE_SPACE,
    javascript_number,
    javascript_string,
    parse_javascript_number,
    truncate,
)
from seatable_sandbox.columns.places import parse_place
from seatable_sandbox.model import Column, ConversionError, ids

if TYPE_CHECKING:
    from datetime import tzinfo

TEXT_LIMIT = 10_000
LONG_TEXT_LIMIT = 100_000
DURATION_FORMATS = ("h:mm", "h:mm:ss")
"""The only formats for which the API takes durations, though the editor has finer ones."""

Stored = str | int | float | None


class WriteContext:
    """The rules for coercing the values of one operation.

    Attributes:
        zone: The server's zone.
        year: The current year there.
        date_rules: "new" or "old", as `parse_date` has it.
        creates_options: Whether unknown options of select columns are created.
        options_created: Whether options have been added to columns; then save the structure.
    """

    def __init__(
        self,
        zone: tzinfo,
        date_rules: str = "new",
        creates_options: bool = True,
        year: int = 0,
    ) -> None:
        self.zone = zone
        self.year = year or datetime.now(zone).year
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
        found = option_ids.get(key) if key is not None else None
        if found is None and self.creates_options:
            found = ids.option_id([option["id"] for option in column.options])
            if key is not None:
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
    """A key by which equal names are equal; None for lists and objects, which never are."""
    if isinstance(name, (list, dict)):
        return None
    # 1 and True are equal in Python, but different options in SeaTable.
    return (type(name).__name__, name) if not isinstance(name, str) else name


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


_COLONS = re.compile("[:\uff1a]")


def _duration(value: Any, column: Column, context: WriteContext) -> Stored:
    duration_format = str(column.setting("duration_format") or "h:mm")
    if duration_format not in DURATION_FORMATS or value is None or value is False or value == "":
        return None
    seconds = parse_javascript_number(value)
    if math.isnan(seconds):
        text = javascript_string(value)
        numbers = [parse_javascript_number(part) for part in _COLONS.split(text.removeprefix("-"))]
        # Read from the right: "1:30:30" in an h:mm column is 30 hours and 30 minutes.
        sizes = (1, 60, 3600) if "ss" in duration_format else (60, 3600)
        parts = [
            (number, sizes[place])
            for place, number in enumerate(reversed(numbers))
            if place < len(sizes) and not math.isnan(number)
        ]
        if not parts:
            return None
        seconds = sum(number * size for number, size in parts)
        seconds = -seconds if text.startswith("-") else seconds
    return javascript_number(seconds) if math.isfinite(seconds) else None


def _date(value: Any, column: Column, context: WriteContext) -> Stored:
    column_format = str(column.setting("format") or "YYYY-MM-DD")
    return parse_date(value, column_format, context.zone, context.date_rules, context.year)


def _single_select(value: Any, column: Column, context: WriteContext) -> Stored:
    if value is None or value is False or value == "":
        return None
    if isinstance(value, (bool, list, dict)):
        raise ConversionError("formatValue.trim is not a function")
    name = javascript_string(value)
    return context.option(column, name) if name.strip(JAVASCRIPT_WHITE_SPACE) else None


def _multiple_select(value: Any, column: Column, context: WriteContext) -> Stored:
    chosen: list[str | None] = []
    if isinstance(value, str):
        text = value.strip(JAVASCRIPT_WHITE_SPACE)
        if context.has_option(column, text):
            chosen = [context.option(column, text)]
        elif text:
            # Between two spaces there is nothing, and a null in the cell.
            chosen = [_single_select(name, column, context) for name in text.split(" ")]  # type: ignore[misc]
    elif isinstance(value, list):
        # Taken as they are: twice, and null, "" and what is no text as names of options.
        chosen = [context.option(column, name) for name in value]
    if not context.creates_options:
        chosen = [option for option in chosen if option is not None]
    return encode(chosen) if chosen else None


def _json(value: Any, column: Column, context: WriteContext) -> Stored:
    if value in (None, "", [], {}):
        return None
    return encode(javascript_number(value) if isinstance(value, (int, float)) else value)


def _geolocation(value: Any, column: Column, context: WriteContext) -> Stored:
    if isinstance(value, str):
        geo_format = str(column.setting("geo_format", "geolocation"))
        is_blank = not value.strip(JAVASCRIPT_WHITE_SPACE)
        place = None if is_blank else parse_place(value, geo_format, context.date_rules)
        return encode(place) if place else None
    return _object(value, column, context)


_IMAGE_ADDRESS = re.compile(r"http://.")
_IMAGE_ENDING = re.compile(r"\.(gif|jpg|jpeg|png|GIF|JPG|PNG)$")


def _image(value: Any, column: Column, context: WriteContext) -> Stored:
    if isinstance(value, str):
        value = [
            address
            for address in value.strip(JAVASCRIPT_WHITE_SPACE).split(" ")
            if _IMAGE_ADDRESS.search(address) and _IMAGE_ENDING.search(address)
        ]
    return encode(value) if isinstance(value, list) and value else None


def _file(value: Any, column: Column, context: WriteContext) -> Stored:
    if not isinstance(value, list):
        return None
    if None in value:
        raise ConversionError("Cannot read properties of null (reading 'name')")
    files = [item for item in value if isinstance(item, dict) and _is_file(item)]
    return encode(files) if files else None


def _is_file(item: dict[str, Any]) -> bool:
    """Whether each part of a file has a value; of numbers, 0 is one."""
    parts = (item.get(name) for name in ("name", "size", "url", "type"))
    return all(part is not None and part is not False and part != "" for part in parts)


def _object(value: Any, column: Column, context: WriteContext) -> Stored:
    return encode(value) if isinstance(value, (dict, list)) and value else None


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
