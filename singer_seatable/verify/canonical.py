"""The common form of a value, whatever type a warehouse keeps it in.

The same value has different types: `5` in a record is `Decimal("5.00")` in PostgreSQL, a date-time
with an offset is one in UTC without, a list is its JSON text in SQLite. A form is a JSON value, and
two values have the same one exactly if only their types differ. The schema of the stream says what
the value is. A value that is nothing of that kind keeps its text, so that it differs.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pendulum

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import tzinfo

    Form = Callable[[Any], Any]

_EXACT = Context(prec=5_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
_DAY = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_FLAGS = {"true": True, "t": True, "1": True, "yes": True,
          "false": False, "f": False, "0": False, "no": False}  # fmt: skip
IGNORED = "ignored"
"""Keyword of an object's schema: the properties that are not compared."""

MEMBER = "member"
"""Keyword of a text's schema: the property that holds the text where a warehouse has an object."""

UNORDERED = "unordered"
"""Keyword of a list's schema: whether its order is not compared."""

_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())

_encoder = msgspec.json.Encoder(order="deterministic", decimal_format="number")
encode = _encoder.encode
decode = msgspec.json.Decoder(float_hook=Decimal).decode


def form_of(schema: Mapping[str, Any], zone: tzinfo, *, is_double: bool = False) -> Form:
    """Make the function that brings values of a property into the common form.

    Args:
        schema: JSON Schema of the property.
        zone: the zone of date-times that the warehouse keeps without one.
        is_double: whether the warehouse keeps the property's numbers as doubles.
    """
    inner = _form_of(schema, zone, is_double=is_double)
    return lambda value: None if value in _EMPTY else inner(value)


def _form_of(schema: Mapping[str, Any], zone: tzinfo, *, is_double: bool) -> Form:
    given = schema.get("type")
    types = {given} if isinstance(given, str) else set(given or ())
    types -= {"null"}
    if types == {"string"}:
        kinds: dict[Any, Form] = {"date-time": partial(_moment, zone), "date": _day}
        form = kinds.get(schema.get("format"), _text)
        return partial(_member, schema[MEMBER], form) if MEMBER in schema else form
    if types == {"boolean"}:
        return _flag
    if types and types <= {"number", "integer"}:
        return partial(_number, is_double=is_double)
    # What is nested is decoded to doubles by most drivers.
    if types == {"array"}:
        form = form_of(schema.get("items") or {}, zone, is_double=True)
        return partial(_list, form, is_ordered=not schema.get(UNORDERED))
    if types == {"object"}:
        forms = {
            name: form_of(inner, zone, is_double=True)
            for name, inner in (schema.get("properties") or {}).items()
        }
        return partial(_object, forms, frozenset(schema.get(IGNORED, ())))
    return _document


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, (int, float, Decimal, UUID)):
        return str(value)
    return encode(value).decode()


def _number(value: Any, *, is_double: bool) -> Any:
    if isinstance(value, bool):
        return _text(value)
    try:
        if is_double:
            value = float(value)
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError, OverflowError):
        return _text(value)
    if not number.is_finite():
        return str(number)
    return number.normalize(_EXACT) if number else 0


def _flag(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)) and len(value) == 1:  # a bit of MySQL
        value = value[0]
    if isinstance(value, (int, float, Decimal)):
        return bool(value) if value in (0, 1) else _text(value)
    text = _text(value)
    return _FLAGS.get(text.lower(), text)


def _day(value: Any) -> Any:
    text = _text(value)
    if match := _DAY.fullmatch(text):
        year, month, day = match.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    return text


def _moment(zone: tzinfo, value: Any) -> Any:
    moment = value if isinstance(value, datetime) else _parsed_moment(_text(value), zone)
    if moment is None:
        return _text(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")
    except OverflowError:
        return moment.isoformat()


def _parsed_moment(text: str, zone: tzinfo) -> datetime | None:
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        pass
    try:
        moment: Any = pendulum.parse(text.replace("/", "-"), tz=str(zone), exact=True)
    except (ValueError, TypeError):
        return None
    return moment if isinstance(moment, datetime) else None


def _list(form: Form, value: Any, *, is_ordered: bool) -> Any:
    items = _parsed(value)
    if isinstance(items, (list, tuple)):
        forms = [form(item) for item in items]
        return (forms if is_ordered else sorted(forms, key=encode)) or None
    return _document(items)


def _object(forms: Mapping[str, Form], ignored: Collection[str], value: Any) -> Any:
    found = _parsed(value)
    if not isinstance(found, dict):
        return _document(found)
    cells = {
        name: forms.get(name, _document)(cell)
        for name, cell in found.items()
        if name not in ignored and cell not in _EMPTY
    }
    return {name: cell for name, cell in cells.items() if cell is not None} or None


def _member(name: str, form: Form, value: Any) -> Any:
    found = _parsed(value) if isinstance(value, str) and value.startswith("{") else value
    return form(found.get(name)) if isinstance(found, dict) else form(value)


def _document(value: Any) -> Any:
    """The form of JSON of any kind, as it is or as text."""
    found = _parsed(value)
    if isinstance(found, dict):
        cells = {str(name): _document(cell) for name, cell in found.items() if cell is not None}
        return {name: cell for name, cell in cells.items() if cell is not None} or None
    if isinstance(found, (list, tuple)):
        return [_document(item) for item in found] or None
    if found is None or isinstance(found, (bool, str)):
        return found
    if isinstance(found, (int, float, Decimal)):
        return _number(found, is_double=True)
    return _text(found)


def _parsed(value: Any) -> Any:
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return value if isinstance(value, str) else _text(value)
