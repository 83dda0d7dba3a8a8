"""Types of the columns of a sheet, and values of their cells."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_seatable.contract import SCHEMA_EXTENSION

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_ZEROS = re.compile(r"0{2,}")
_EXACT = 2**53

_ESCAPED = re.compile(r"_x(005F|00[01][0-9A-F]|FFF[EF])_", re.IGNORECASE)
"""A character that XML does not hold, or a line feed or tab, as workbooks have it."""

_CURRENCIES = (("€", "euro"), ("$", "dollar"), ("¥", "yuan"), ("￥", "yuan"))
"""Signs in a number format and SeaTable's name of the currency."""

_FORMAT_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^]-]*)[^]]*\]|\[[^]]*\]|[_*].|(?P<code>.)',
    re.DOTALL,
)
"""A part of a number format. `_€` is a gap as wide as the sign, and `[Red]` shows nothing."""

_NUMBER_DATA = {"decimal": "dot", "thousands": "no"}


@dataclass
class ColumnTypes:
    """The types of value that a column holds, and the formats of its numbers."""

    kinds: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)
    has_midnight_only: bool = True

    def add(self, cell: Any) -> None:
        """Note one cell that is not empty."""
        value = cell.value
        kind = _kind_of(value)
        self.kinds.add(kind)
        if kind in {"integer", "number"}:
            self.formats.add(str(cell.number_format))
        elif kind == "datetime" and value.time() != datetime.time.min:
            self.has_midnight_only = False

    @property
    def kind(self) -> str:
        """The type that all values of the column have; text where they have none in common."""
        kinds = self.kinds or {"text"}
        if kinds <= {"integer", "number"}:
            if self._width:
                return "padded"
            return "number" if "number" in kinds else "integer"
        if kinds <= {"date", "datetime"}:
            return "date" if self.has_midnight_only else "datetime"
        return next(iter(kinds)) if len(kinds) == 1 else "text"

    @property
    def _width(self) -> int:
        """Digits that integers are filled up to with zeros, as postal codes are; 0 for not."""
        if self.kinds == {"integer"} and len(self.formats) == 1:
            [form] = self.formats
            return len(form) if _ZEROS.fullmatch(form) else 0
        return 0

    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of the values as `write_value` writes them."""
        match self.kind:
            case "integer" | "number" as kind:
                schema: dict[str, Any] = {"type": [kind, "null"]}
                if shown := self._number_format():
                    data = {"format": shown, **_NUMBER_DATA}
                    schema[SCHEMA_EXTENSION] = {"type": "number", "data": data}
                return schema
            case "boolean":
                return {"type": ["boolean", "null"]}
            case "date":
                return {"type": ["string", "null"], "format": "date"}
            case "datetime":
                return {"type": ["string", "null"], "format": "date-time"}
            case "duration":
                data = {"format": "duration", "duration_format": "h:mm:ss"}
                return {
                    "type": ["number", "null"],
                    SCHEMA_EXTENSION: {"type": "duration", "data": data},
                }
            case _:
                return {"type": ["string", "null"]}

    def _number_format(self) -> str | None:
        """SeaTable's name of the format in which all numbers of the column are shown."""
        if all("%" in _shown(form, {"code"}) for form in self.formats):  # a quoted % is a text
            return "percent"
        texts = [_shown(form, _FORMAT_PART.groupindex) for form in self.formats]
        for sign, name in _CURRENCIES:
            alone = re.compile(rf"(?<![^\W\d_]){re.escape(sign)}(?![^\W\d_])")  # R$ is no dollar
            if all(map(alone.search, texts)):
                return name
        return None

    def notes(self) -> list[str]:
        """What became of a column whose values have no type in common."""
        if len(self.kinds) > 1 and self.kind == "text":
            return [f"its cells are {', '.join(sorted(self.kinds))}; all come as text."]
        return []

    def pad(self, value: float) -> str:
        """An integer with the zeros that its format shows."""
        sign, digits = ("-", str(-int(value))) if value < 0 else ("", str(int(value)))
        return sign + digits.zfill(self._width)


def _shown(form: str, kinds: Collection[str]) -> str:
    """What the parts of a number format that are of these kinds show."""
    parts = _FORMAT_PART.finditer(form)
    return "".join(part[kind] for part in parts if (kind := part.lastgroup) and kind in kinds)


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (datetime.datetime, "datetime"),
    (datetime.date, "date"),
    (datetime.time, "time"),
    (datetime.timedelta, "duration"),
)
"""Types of values that openpyxl gives, the narrower before the wider."""


def _kind_of(value: Any) -> str:
    if isinstance(value, float):
        return "integer" if value.is_integer() and abs(value) < _EXACT else "number"
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), "text")


def value_writer(types: ColumnTypes) -> Callable[[Any], Any]:
    """What turns a cell into the value that the column's schema wants.

    Empty cells and errors become None.
    """
    write = types.pad if types.kind == "padded" else _WRITERS.get(types.kind, _as_text)

    def value_of(cell: Any) -> Any:
        if cell.value is None or cell.data_type == "e":
            return None
        return write(cell.value)

    return value_of


def unescaped(value: Any) -> Any:
    """A text with the characters that a workbook writes as `_x000D_`, which openpyxl leaves so.

    Of other characters that could be written so, openpyxl does not tell whether they are.
    """
    if not isinstance(value, str) or "_x" not in value:
        return value
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)


def _as_is(value: Any) -> Any:
    return value


def _day(value: datetime.date) -> str:
    return value.isoformat()[:10]


def _seconds(value: datetime.timedelta) -> float:
    seconds = value.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if isinstance(value, (datetime.datetime, datetime.date)):
        return _moment(value) if _has_time(value) else _day(value)
    return str(unescaped(value))


def _has_time(value: datetime.date) -> bool:
    return isinstance(value, datetime.datetime) and value.time() != datetime.time.min


def _moment(value: datetime.date) -> str:
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime.combine(value, datetime.time.min)
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


_WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "integer": int,
    "number": _as_is,
    "boolean": _as_is,
    "date": _day,
    "datetime": _moment,
    "duration": _seconds,
}
