"""SeaTable's column types, one entry each: everything that differs from type to type.

A type is added here and is then right in discovery, reading, writing, comparing, keys, new columns
and the documentation's table. The facts come from the API reference ("Data types", "Column data")
and from the code SeaTable publishes for its own conversion.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import (
    bulk_writers,
    comparison,
    date_readers,
    date_writers,
    formula_results,
    readers,
    writers,
)
from seatable_client.column_types.column_type import ColumnType, TextForm
from seatable_client.column_types.factories import (
    BOOLEAN,
    DAY,
    FILE,
    INTEGER,
    LINK,
    MOMENT,
    NUMBER,
    OBJECT,
    STRING,
    array_of,
    compare_by,
    displayed_number,
    for_column_name,
    for_date_format,
    has_time,
    list_for_column_name,
    same_for_all,
    schema_of,
    with_or_without_time,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.column_types.readers import Reader, Reading
    from seatable_client.metadata import Column, NewColumn

    Schema = dict[str, Any]


def type_named(name: str) -> ColumnType:
    """The type of this name; `UNKNOWN` for types that this package does not know."""
    return TYPES.get(name, UNKNOWN)


def type_of(column: Column | NewColumn) -> ColumnType:
    """The type of a column; `UNKNOWN` for types that this package does not know."""
    return type_named(column.type)


def is_written(name: str) -> bool:
    """Whether there is a type of this name whose cells are written with their row."""
    return type_named(name).writer is not None


def _formula_schema(column: Column) -> Schema:
    return formula_results.schema(column, type_of)


def _formula_reader(column: Column, context: Reading) -> Reader:
    return formula_results.reader(column, context, type_of)


_address = partial(
    ColumnType,
    read_as="text",
    schema=schema_of(STRING),
    reader=same_for_all(readers.text),
    writer=same_for_all(writers.address),
    written_from="text",
    bulk_writer=same_for_all(bulk_writers.addresses),
    can_be_key=True,
    found_by_sql=True,
)

_noted_user = partial(
    ColumnType,
    read_as="a user id",
    schema=schema_of(STRING),
    reader=same_for_all(readers.text),
    once_per_table=True,
    filled_by_server=True,
)
"""Who stored or changed a row."""

_noted_time = partial(
    ColumnType,
    read_as="date and time in UTC",
    schema=schema_of(MOMENT),
    reader=for_column_name(date_readers.time_stamp),
    cells_reader=for_column_name(date_readers.time_stamps),
    displayed_reader=for_column_name(date_readers.displayed_time_stamp),
    shows_utc=True,
    is_separable=True,
    once_per_table=True,
    filled_by_server=True,
)
"""When a row was stored or changed."""

_ALL = (
    ColumnType(
        "text",
        "text",
        schema_of(STRING),
        same_for_all(readers.text),
        same_for_all(writers.text),
        "text of at most 10,000 characters; other values as their JSON text",
        can_be_first=True,
        bulk_writer=same_for_all(bulk_writers.texts(writers.TEXT_LIMIT)),
        can_be_key=True,
        found_by_sql=True,
        text_limit=writers.TEXT_LIMIT,
        items_are_options=True,
    ),
    ColumnType(
        "long-text",
        "text in Markdown",
        schema_of(STRING),
        same_for_all(readers.text),
        same_for_all(writers.long_text),
        "text of at most 100,000 characters; other values as their JSON text",
        bulk_writer=same_for_all(bulk_writers.long_texts(writers.LONG_TEXT_LIMIT)),
        comparable=compare_by(comparison.long_text),
        can_be_key=True,
        text_limit=writers.LONG_TEXT_LIMIT,
        inferred_from="texts, and some are long",
        needs_long_text=True,
    ),
    ColumnType(
        "number",
        "the number, unformatted; a percentage is a fraction (5 % is 0.05)",
        schema_of(NUMBER),
        for_column_name(readers.number),
        same_for_all(writers.number),
        "numbers that a double holds exactly, and plain numerals such as `-12.50`",
        can_be_first=True,
        bulk_writer=same_for_all(bulk_writers.numbers),
        displayed_reader=displayed_number,
        comparable=compare_by(comparison.number),
        can_be_key=True,
        found_by_sql=True,
        default_data={"format": "number", "decimal": "dot", "thousands": "no"},
        holds_double=True,
        can_lose_precision=True,
        is_separable=True,
        text_form=TextForm.NUMBER,
        inferred_from="numbers",
        is_number=True,
    ),
    ColumnType(
        "checkbox",
        "true or false",
        schema_of(BOOLEAN),
        for_column_name(readers.boolean),
        same_for_all(writers.checkbox),
        "true, false, 1, 0",
        bulk_writer=same_for_all(bulk_writers.checkboxes),
        comparable=compare_by(comparison.checkbox),
        can_be_key=True,
        is_separable=True,
        text_form=TextForm.TRUTH,
        inferred_from="true or false",
        empty_is_false=True,
    ),
    ColumnType(
        "rate",
        "the number of stars",
        schema_of(NUMBER),
        for_column_name(readers.number),
        lambda column, _context: writers.rating(column.data),
        "whole numbers from 1 to the column's maximum",
        bulk_writer=lambda column, _context: bulk_writers.ratings(column.data),
        comparable=compare_by(comparison.number),
        can_be_key=True,
        found_by_sql=True,
        default_data={
            "rate_max_number": 5,
            "rate_style_color": "#FF8000",
            "rate_style_type": "dtable-icon-rate",
        },
        holds_double=True,
        is_separable=True,
        text_form=TextForm.NUMBER,
    ),
    ColumnType(
        "duration",
        "seconds, perhaps with a fraction",
        schema_of(NUMBER),
        for_column_name(readers.number),
        lambda column, _context: writers.duration(column.data),
        "seconds as a number, where the column shows no fractions of a second",
        bulk_writer=lambda column, _context: bulk_writers.durations(column.data),
        displayed_reader=for_column_name(readers.displayed_duration),
        comparable=compare_by(comparison.number),
        can_be_key=True,
        found_by_sql=True,
        default_data={"format": "duration", "duration_format": "h:mm:ss"},
        holds_double=True,
        is_separable=True,
    ),
    ColumnType(
        "date",
        "`2024-06-05`, or date and time with the server's offset where the column shows a time",
        lambda column: dict(MOMENT if has_time(column) else DAY),
        with_or_without_time(
            for_date_format(date_readers.day), for_date_format(date_readers.moment)
        ),
        with_or_without_time(
            same_for_all(date_writers.day), lambda _column, context: date_writers.minute(context)
        ),
        "ISO dates; with a time: whole minutes, and an offset is converted to the server's zone",
        can_be_first=True,
        cells_reader=with_or_without_time(
            for_date_format(date_readers.days), for_date_format(date_readers.moments)
        ),
        bulk_writer=with_or_without_time(
            same_for_all(bulk_writers.days), lambda _column, context: bulk_writers.Minutes(context)
        ),
        comparable=lambda column: comparison.minute if has_time(column) else comparison.day,
        can_be_key=True,
        default_data={"format": "YYYY-MM-DD"},
        can_lose_precision=True,
        is_separable=True,
        text_form=TextForm.DATE,
        inferred_from="dates",
        holds_wall_clock=True,
    ),
    ColumnType(
        "single-select",
        "the option's name",
        schema_of(STRING),
        same_for_all(readers.text),
        same_for_all(writers.option),
        "the option's name, letter by letter; new options are added first",
        can_be_first=True,
        bulk_writer=same_for_all(bulk_writers.options),
        can_be_key=True,
        found_by_sql=True,
        is_selection=True,
        items_are_options=True,
    ),
    ColumnType(
        "multiple-select",
        "a list of option names",
        schema_of(array_of(STRING)),
        same_for_all(readers.list_of(readers.text)),
        same_for_all(writers.options),
        "a list of option names; new options are added first",
        bulk_writer=same_for_all(bulk_writers.option_lists),
        comparable=compare_by(comparison.items),
        is_selection=True,
        needs_long_text=True,
    ),
    ColumnType(
        "collaborator",
        "a list of user ids (`…@auth.local`)",
        schema_of(array_of(STRING)),
        same_for_all(readers.list_of(readers.text)),
        same_for_all(writers.users),
        "a list of user ids, or of e-mail addresses or full names of people who see the base",
        comparable=compare_by(comparison.items),
        names_people=True,
    ),
    _address("email", inferred_from="e-mail addresses"),
    _address("url", inferred_from="URLs"),
    ColumnType(
        "image",
        "a list of addresses",
        schema_of(array_of(STRING)),
        same_for_all(readers.list_of(readers.text)),
        same_for_all(writers.urls),
        "a list of addresses",
        comparable=compare_by(comparison.items),
        holds_files=True,
        holds_addresses_only=True,
    ),
    ColumnType(
        "file",
        "a list of {name, size, type, url}",
        schema_of(array_of(FILE)),
        list_for_column_name(readers.json_object),
        same_for_all(writers.files),
        "a list of {name, size, type, url}, all four and no more; a size of null becomes 0",
        comparable=compare_by(comparison.document),
        holds_files=True,
        base_parts=("url",),
    ),
    ColumnType(
        "geolocation",
        "{lng, lat}, {country_region} or {province, city, district, detail}",
        schema_of(OBJECT),
        for_column_name(readers.json_object),
        same_for_all(writers.json_object),
        "such an object, or its JSON text",
        comparable=compare_by(comparison.document),
        default_data={"geo_format": "lng_lat"},
    ),
    ColumnType(
        "digital-sign",
        "{username, sign_image_url, sign_time}",
        schema_of(OBJECT),
        for_column_name(readers.json_object),
        same_for_all(writers.json_object),
        "such an object, or its JSON text",
        comparable=compare_by(comparison.document),
    ),
    ColumnType(
        "department-single-select",
        "the department's number",
        schema_of(INTEGER),
        for_column_name(readers.integer),
        same_for_all(writers.integer),
        "the department's number",
        comparable=compare_by(comparison.number),
        can_be_key=True,
    ),
    ColumnType(
        "link",
        "a list of {row_id, display_value}",
        schema_of(array_of(LINK)),
        list_for_column_name(readers.link),
        written_from="ids of rows of the other table, or what one of its columns holds (`links`)",
        is_connection=True,
        is_link=True,
        base_parts=("row_id",),
    ),
    ColumnType(
        "formula",
        "what the formula yields: text, number, true or false, date, or a list of these",
        _formula_schema,
        _formula_reader,
        can_be_first=True,
        is_formula=True,
    ),
    ColumnType(
        "link-formula",
        "what it yields: a number for counts, a list for lookups, a number or text for rollups",
        _formula_schema,
        _formula_reader,
        is_formula=True,
        is_connection=True,
    ),
    _noted_user("creator"),
    _noted_user("last-modifier"),
    _noted_time("ctime"),
    _noted_time("mtime", tells_last_change=True),
    ColumnType(
        "auto-number",
        "text",
        schema_of(STRING),
        same_for_all(readers.text),
        can_be_first=True,
        filled_by_server=True,
        numbers_rows=True,
    ),
    ColumnType(
        "button",
        "nothing; it is left out",
        schema_of(STRING),
        same_for_all(readers.as_json),
        queryable=False,
        is_button=True,
    ),
)

TYPES: Mapping[str, ColumnType] = {entry.name: entry for entry in _ALL}
"""SeaTable's column types by name."""

UNKNOWN = ColumnType(
    "any other",
    "its JSON text, with one warning",
    schema_of(STRING),
    same_for_all(readers.as_json),
    written_from="not written",
)
"""What a type is treated as that this package has not heard of."""
