"""Helpers for entries of the registry: schemas, and functions that take the column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from seatable_client.column_types import readers

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_client.column_types.comparison import Comparable
    from seatable_client.column_types.readers import Reader, Reading
    from seatable_client.metadata import Column

    Schema = dict[str, Any]

Function = TypeVar("Function")
Context = TypeVar("Context")

STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
OBJECT: Schema = {"type": "object"}

FILE: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"]},
        "size": {"type": ["integer", "null"]},
        "type": {"type": ["string", "null"]},
        "url": {"type": ["string", "null"]},
    },
}

LINK: Schema = {"type": "object", "properties": {"row_id": {"type": "string"}}}
"""A linked row. What the other table displays may be of any type, and may change."""


def array_of(items: Schema) -> Schema:
    """The schema of lists of these items."""
    return {"type": "array", "items": items}


def schema_of(schema: Schema) -> Callable[[Column], Schema]:
    """The same schema for every column, each time a new copy."""
    return lambda _column: dict(schema)


def same_for_all(function: Function) -> Callable[[Column, Any], Function]:
    """The same function for every column."""
    return lambda _column, _context: function


def compare_by(comparable: Comparable) -> Callable[[Column], Comparable]:
    """The same form of comparing for every column."""
    return lambda _column: comparable


def for_column_name(
    make: Callable[[str, Reading], Function],
) -> Callable[[Column, Reading], Function]:
    """A function that counts what it cannot read under the column's name."""
    return lambda column, context: make(column.name, context)


def list_for_column_name(
    make: Callable[[str, Reading], Reader],
) -> Callable[[Column, Reading], Reader]:
    """A reader of lists whose items are read by such a function."""
    return lambda column, context: readers.list_of(make(column.name, context))


def with_or_without_time(
    days: Callable[[Column, Context], Function], moments: Callable[[Column, Context], Function]
) -> Callable[[Column, Context], Function]:
    """Makes a function for days or for date-times, whichever a date column shows."""
    return lambda column, context: (moments if has_time(column) else days)(column, context)


def has_time(column: Column) -> bool:
    """Whether a date column shows a time of day, and so holds date-times."""
    return "HH:mm" in str(column.data.get("format") or "")


def for_date_format(
    make: Callable[[str, str, Reading], Function],
) -> Callable[[Column, Reading], Function]:
    """A function that counts as above, and reads display text in the column's format."""
    return lambda column, context: make(column.name, str(column.data.get("format") or ""), context)


def displayed_number(column: Column, context: Reading) -> Reader:
    """Reads a formula's number, also from display text in the column's format."""
    if column.data.get("format") == "duration":
        return readers.displayed_duration(column.name, context)
    return readers.displayed_number(column.name, column.data, context)
