"""SeaTable's column types, one entry each: what a cell holds, how it is read, how it is written.

A type is added here and is then right in discovery, reading, writing and the documentation's table.
The facts come from the API reference ("Data types", "Column data") and from the code SeaTable
publishes for its own conversion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from seatable_client.column_types import (
    bulk_writers,
    date_readers,
    date_writers,
    formula_results,
    readers,
    writers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_client.column_types.bulk_writers import Bulk
    from seatable_client.column_types.date_writers import Writing
    from seatable_client.column_types.readers import CellsReader, Reader, Reading
    from seatable_client.column_types.writers import Writer
    from seatable_client.metadata import Column

    Schema = dict[str, Any]

Function = TypeVar("Function")

STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
OBJECT: Schema = {"type": "object"}


@dataclass(frozen=True)
class ColumnType:
    """One of SeaTable's column types.

    Attributes:
        name: SeaTable's name of the type.
        holds: what a cell of it is read as, in the words of the documentation.
        schema: JSON Schema of a value that is not null, given the column.
        reader: makes the function that reads a cell.
        writer: makes the function that turns a value into what is sent; None for types whose cells
            are not written with the row (computed by SeaTable, or links).
        takes: what it can be written from, in the words of the documentation.
        bulk: makes the function that writes many values at once where that can be done without a
            look at each; see `bulk_writers.py`.
        queryable: whether SQL can select it and discovery offers it.
        can_be_first: whether a table can be created with this type as its first column.
        together: makes the function that reads all cells of a page, where that is faster than one
            by one.
    """

    name: str
    holds: str
    schema: Callable[[Column], Schema]
    reader: Callable[[Column, Reading], Reader]
    writer: Callable[[Column, Writing], Writer] | None = None
    takes: str = "not written: SeaTable computes it"
    bulk: Callable[[Column, Writing], Bulk] | None = None
    queryable: bool = True
    can_be_first: bool = False
    together: Callable[[Column, Reading], CellsReader] | None = None


def has_time(column: Column) -> bool:
    """Whether a date column shows a time of day, and so holds date-times."""
    return "HH:mm" in str(column.data.get("format") or "")


def of(column: Column) -> ColumnType:
    """The type of a column; `UNKNOWN` for types this package has not heard of."""
    return TYPES.get(column.type, UNKNOWN)


def _fixed(schema: Schema) -> Callable[[Column], Schema]:
    return lambda _column: dict(schema)


def _always(function: Function) -> Callable[[Column, Any], Function]:
    """The same function for every column."""
    return lambda _column, _context: function


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _named(make: Callable[[str, Reading], Function]) -> Callable[[Column, Reading], Function]:
    return lambda column, context: make(column.name, context)


def _list_named(make: Callable[[str, Reading], Reader]) -> Callable[[Column, Reading], Reader]:
    return lambda column, context: readers.list_of(make(column.name, context))


def _date_schema(column: Column) -> Schema:
    return dict(MOMENT if has_time(column) else DAY)


def _dated(
    days: Callable[[str, str, Reading], Function], moments: Callable[[str, str, Reading], Function]
) -> Callable[[Column, Reading], Function]:
    """What reads days or date-times, whichever a date column shows."""

    def make(column: Column, context: Reading) -> Function:
        shown_as = str(column.data.get("format") or "")
        return (moments if has_time(column) else days)(column.name, shown_as, context)

    return make


def _date_bulk(column: Column, context: Writing) -> Bulk:
    return bulk_writers.Minutes(context) if has_time(column) else bulk_writers.days


def _date_writer(column: Column, context: Writing) -> Writer:
    return date_writers.minute(context) if has_time(column) else date_writers.day


def _formula_schema(column: Column) -> Schema:
    return formula_results.schema(column, of)


def _formula_reader(column: Column, context: Reading) -> Reader:
    return formula_results.reader(column, context, of)


_FILE: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"]},
        "size": {"type": ["integer", "null"]},
        "type": {"type": ["string", "null"]},
        "url": {"type": ["string", "null"]},
    },
}


def _link_schema(column: Column) -> Schema:
    del column  # what the other table shows may be of any type, and may change
    return _array({"type": "object", "properties": {"row_id": {"type": "string"}}})


_ALL = (
    ColumnType(
        "text",
        "text",
        _fixed(STRING),
        _always(readers.text),
        _always(writers.text),
        "text of at most 10,000 characters; other values as their JSON text",
        can_be_first=True,
        bulk=_always(bulk_writers.texts(writers.TEXT_LIMIT)),
    ),
    ColumnType(
        "long-text",
        "text in Markdown",
        _fixed(STRING),
        _always(readers.text),
        _always(writers.long_text),
        "text of at most 100,000 characters; other values as their JSON text",
        bulk=_always(bulk_writers.long_texts(writers.LONG_TEXT_LIMIT)),
    ),
    ColumnType(
        "number",
        "the number, unformatted; a percentage is a fraction (5 % is 0.05)",
        _fixed(NUMBER),
        _named(readers.number),
        _always(writers.number),
        "numbers that a double holds exactly, and plain numerals such as `-12.50`",
        can_be_first=True,
        bulk=_always(bulk_writers.numbers),
    ),
    ColumnType(
        "checkbox",
        "true or false",
        _fixed(BOOLEAN),
        _named(readers.boolean),
        _always(writers.checkbox),
        "true, false, 1, 0",
        bulk=_always(bulk_writers.checkboxes),
    ),
    ColumnType(
        "rate",
        "the number of stars",
        _fixed(NUMBER),
        _named(readers.number),
        lambda column, _context: writers.rating(column.data),
        "whole numbers from 1 to the column's maximum",
        bulk=lambda column, _context: bulk_writers.ratings(column.data),
    ),
    ColumnType(
        "duration",
        "seconds, perhaps with a fraction",
        _fixed(NUMBER),
        _named(readers.number),
        lambda column, _context: writers.duration(column.data),
        "seconds as a number, where the column shows no fractions of a second",
        bulk=lambda column, _context: bulk_writers.durations(column.data),
    ),
    ColumnType(
        "date",
        "`2024-06-05`, or date and time with the server's offset where the column shows a time",
        _date_schema,
        _dated(date_readers.day, date_readers.moment),
        _date_writer,
        "ISO dates; with a time: whole minutes, and an offset is converted to the server's zone",
        can_be_first=True,
        together=_dated(date_readers.days, date_readers.moments),
        bulk=_date_bulk,
    ),
    ColumnType(
        "single-select",
        "the option's name",
        _fixed(STRING),
        _always(readers.text),
        _always(writers.option),
        "the option's name, letter by letter; new options are added first",
        can_be_first=True,
        bulk=_always(bulk_writers.options),
    ),
    ColumnType(
        "multiple-select",
        "a list of option names",
        _fixed(_array(STRING)),
        _always(readers.list_of(readers.text)),
        _always(writers.options),
        "a list of option names; new options are added first",
        bulk=_always(bulk_writers.option_lists),
    ),
    ColumnType(
        "collaborator",
        "a list of user ids (`…@auth.local`)",
        _fixed(_array(STRING)),
        _always(readers.list_of(readers.text)),
        _always(writers.users),
        "a list of user ids, or of e-mail addresses or full names of people who see the base",
    ),
    ColumnType(
        "email",
        "text",
        _fixed(STRING),
        _always(readers.text),
        _always(writers.address),
        "text",
        bulk=_always(bulk_writers.addresses),
    ),
    ColumnType(
        "url",
        "text",
        _fixed(STRING),
        _always(readers.text),
        _always(writers.address),
        "text",
        bulk=_always(bulk_writers.addresses),
    ),
    ColumnType(
        "image",
        "a list of addresses",
        _fixed(_array(STRING)),
        _always(readers.list_of(readers.text)),
        _always(writers.urls),
        "a list of addresses",
    ),
    ColumnType(
        "file",
        "a list of {name, size, type, url}",
        _fixed(_array(_FILE)),
        _list_named(readers.an_object),
        _always(writers.files),
        "a list of {name, size, type, url}, all four and no more",
    ),
    ColumnType(
        "geolocation",
        "{lng, lat}, {country_region} or {province, city, district, detail}",
        _fixed(OBJECT),
        _named(readers.an_object),
        _always(writers.an_object),
        "such an object, or its JSON text",
    ),
    ColumnType(
        "digital-sign",
        "{username, sign_image_url, sign_time}",
        _fixed(OBJECT),
        _named(readers.an_object),
        _always(writers.an_object),
        "such an object, or its JSON text",
    ),
    ColumnType(
        "department-single-select",
        "the department's number",
        _fixed(INTEGER),
        _named(readers.whole),
        _always(writers.whole),
        "the department's number",
    ),
    ColumnType(
        "link",
        "a list of {row_id, display_value}",
        _link_schema,
        _list_named(readers.link),
        takes="ids of rows of the other table, or what one of its columns holds (`links`)",
    ),
    ColumnType(
        "formula",
        "what the formula yields: text, number, true or false, date, or a list of these",
        _formula_schema,
        _formula_reader,
        can_be_first=True,
    ),
    ColumnType(
        "link-formula",
        "what it yields: a number for counts, a list for lookups, a number or text for rollups",
        _formula_schema,
        _formula_reader,
    ),
    ColumnType("creator", "a user id", _fixed(STRING), _always(readers.text)),
    ColumnType("last-modifier", "a user id", _fixed(STRING), _always(readers.text)),
    ColumnType(
        "ctime",
        "date and time in UTC",
        _fixed(MOMENT),
        _named(date_readers.time_stamp),
        together=_named(date_readers.time_stamps),
    ),
    ColumnType(
        "mtime",
        "date and time in UTC",
        _fixed(MOMENT),
        _named(date_readers.time_stamp),
        together=_named(date_readers.time_stamps),
    ),
    ColumnType("auto-number", "text", _fixed(STRING), _always(readers.text), can_be_first=True),
    ColumnType(
        "button",
        "nothing; it is left out",
        _fixed(STRING),
        _always(readers.as_json),
        queryable=False,
    ),
)

TYPES: Mapping[str, ColumnType] = {entry.name: entry for entry in _ALL}
"""SeaTable's column types by name."""

UNKNOWN = ColumnType(
    "any other",
    "its JSON text, with one warning",
    _fixed(STRING),
    _always(readers.as_json),
    takes="not written",
)
"""What a type is treated as that this package has not heard of."""
