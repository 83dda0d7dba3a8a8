"""From JSON Schema to column types: the column for a property that the table does not have.

A schema of tap-seatable names the type (`x-seatable`). Any other is read as taps of all ages write
it: null among the types, date-times as `anyOf` with a fallback to text, references, decimals as
strings. Where the alternatives of a property disagree, the column is one that holds
all of them: text, or long text for objects and lists, which are stored as JSON.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import DURATION_FORMATS, TEXT_LIMIT, codec, registry
from seatable_client.errors import ConfigError
from seatable_client.metadata import Column, NewColumn, new_options
from singer_seatable.contract import SCHEMA_EXTENSION
from target_seatable.rows import DAY_FORMAT, MINUTE_FORMAT, first_refusal
from target_seatable.schema.json_schema import alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatable_client.column_types import Writing

    Schema = Mapping[str, Any]
    ColumnType = tuple[str, Mapping[str, Any] | None]


_ANY_DATE_TIME = "2000-01-01T00:00:00.5Z"
"""A date-time with every part that a date-time may have."""

_FORMATS: Mapping[str, ColumnType] = {
    "date-time": ("date", {"format": MINUTE_FORMAT}),
    "date": ("date", {"format": DAY_FORMAT}),
    "email": ("email", None),
    "idn-email": ("email", None),
    "uri": ("url", None),
    "iri": ("url", None),
    "url": ("url", None),
    "singer.decimal": ("number", None),
    "x-singer.decimal": ("number", None),
}

_TEXT: ColumnType = ("text", None)
_LONG_TEXT: ColumnType = ("long-text", None)
_NUMBER: ColumnType = ("number", None)
_CHECKBOX: ColumnType = ("checkbox", None)


def proposed_column(name: str, schema: Schema, root: Schema) -> NewColumn:
    """The column for a property.

    Args:
        name: the column's name.
        schema: the property's schema.
        root: the stream's schema, which references point into.
    """
    return new_column(name, *(_declared(schema) or _type_of(schema, root)))


def new_column(name: str, type_: str, data: Mapping[str, Any] | None = None) -> NewColumn:
    """A column of this type, with the data that it cannot be created without."""
    column = NewColumn(name, type_, data)
    return column if data else replace(column, data=registry.type_of(column).default_data)


def chosen_column(name: str, choice: str | Mapping[str, Any]) -> NewColumn:
    """The column that `column_types` asks for.

    Raises:
        ConfigError: the type does not exist, or cannot be written.
    """
    type_ = choice if isinstance(choice, str) else str(choice.get("type"))
    data = None if isinstance(choice, str) else choice.get("data")
    if not registry.is_written(type_):
        written = ", ".join(name for name in registry.TYPES if registry.is_written(name))
        raise ConfigError(
            f"column_types gives column {name!r} the type {type_!r}; a column can be {written}."
        )
    if data is not None:
        _check_data(name, data)
    return new_column(name, type_, data)


def _check_data(name: str, data: Mapping[str, Any]) -> None:
    """Check that the data given for a column has the form that SeaTable expects.

    Raises:
        ConfigError: the data does not have that form.
    """
    options = data.get("options", [])
    if not isinstance(options, list) or not all(
        isinstance(option, dict) and isinstance(option.get("name"), str) for option in options
    ):
        raise _invalid(name, "options", options, 'a list of objects, such as [{"name": "new"}]')
    duration_format = data.get("duration_format", "h:mm")
    if duration_format not in DURATION_FORMATS:
        formats = " or ".join(sorted(DURATION_FORMATS))
        raise _invalid(name, "duration_format", duration_format, formats)
    highest = data.get("rate_max_number", 5)
    if type(highest) is not int:
        raise _invalid(name, "rate_max_number", highest, "a whole number")


def _invalid(name: str, part: str, value: Any, expected: str) -> ConfigError:
    return ConfigError(
        f"column_types gives column {name!r} invalid {part}: {value!r}. It takes {expected}."
    )


def fit_column(
    column: NewColumn, values: Iterable[Any], writing: Writing
) -> tuple[NewColumn, str | None]:
    """The column, or one of text where it would refuse some of these values.

    The schema allows numbers with more digits than a double has, seconds in a date column, and
    texts longer than proposed; the first records show whether a source has them. Where they have no
    date-time, seconds and an offset are assumed, as most sources have them.

    Returns:
        The column that takes every value, and the reason if it is not the one proposed.
    """
    is_date_time = (
        registry.type_of(column).holds_wall_clock
        and (column.data or {}).get("format") == MINUTE_FORMAT
    )
    values = list(values)
    reason = column_refusal(column, values, writing)
    if (
        not values
        and is_date_time
        and (refusal := column_refusal(column, [_ANY_DATE_TIME], writing))
    ):
        reason = f"no record has a value yet, and a later one would be refused: {refusal}"
    if reason is None:
        return column, None
    text = new_column(column.name, "text")
    if column_refusal(text, values, writing) is not None:
        return new_column(column.name, "long-text"), reason
    return text, reason


def column_refusal(column: NewColumn, values: Iterable[Any], writing: Writing) -> str | None:
    """Why the column would refuse one of the values; None if it takes all."""
    write = codec.writer(Column("", column.name, column.type, column.data or {}), writing)
    return first_refusal(values, write) if write else None


def with_options(column: NewColumn, values: Iterable[Any]) -> NewColumn:
    """A select column with the options that these values use besides its own."""
    if not registry.type_of(column).is_selection:
        return column
    data = dict(column.data or {})
    options = list(data.get("options") or ())
    known = {option.get("name") for option in options}
    used = dict.fromkeys(
        name
        for value in values
        for name in (value if isinstance(value, list) else [value])
        if isinstance(name, str) and name.strip() and name not in known
    )
    return new_column(column.name, column.type, {**data, "options": options + new_options(used)})


def filled_column(name: str, schema: Schema) -> NewColumn | None:
    """The column that the server fills itself, where the schema names one; it counts from one."""
    declared = schema.get(SCHEMA_EXTENSION)
    if not isinstance(declared, dict) or declared.get("type") not in registry.TYPES:
        return None
    if not registry.TYPES[declared["type"]].filled_by_server:
        return None
    data = declared.get("data") or {}
    return NewColumn(
        name,
        str(declared["type"]),
        {key: value for key, value in data.items() if key != "max_used_auto_number"} or None,
    )


def is_declared(schema: Schema) -> bool:
    """Whether the schema itself names the SeaTable type."""
    return _declared(schema) is not None


def is_untyped_text(schema: Schema) -> bool:
    """Whether the schema declares text and nothing more, as sources without types do."""
    types = schema.get("type")
    types = {types} if isinstance(types, str) else set(types or ())
    return (
        types <= {"string", "null"} and "string" in types and not schema.keys() - _NEUTRAL_KEYWORDS
    )


_NEUTRAL_KEYWORDS = frozenset({"type", "title", "description", "default", "minLength"})


def _declared(schema: Schema) -> ColumnType | None:
    declared = schema.get(SCHEMA_EXTENSION)
    if isinstance(declared, dict) and registry.is_written(str(declared.get("type"))):
        return str(declared["type"]), _supported_data(declared.get("data") or None)
    return None


def _supported_data(data: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The data of a column, without a format of durations that the API does not write.

    Stored are seconds with their fractions, whatever the format shows.
    """
    if data and data.get("duration_format", "h:mm") not in DURATION_FORMATS:
        return {**data, **(registry.TYPES["duration"].default_data or {})}
    return data


def _type_of(schema: Schema, root: Schema) -> ColumnType:
    """The column that holds whatever the schema allows."""
    types = [_type_of_json(type_, option, root) for type_, option in alternatives(schema, root)]
    # "A date-time, or any text": how taps say that a date-time may once be none.
    types = [found for found in types if found != _TEXT] or types if _has_time(types) else types
    if types and all(found == types[0] for found in types):
        return types[0]
    long = any(registry.type_named(type_).needs_long_text for type_, _ in types)
    return _LONG_TEXT if long else _TEXT


def _type_of_json(type_: str, schema: Schema, root: Schema) -> ColumnType:
    """The column for values of one JSON type."""
    if type_ == "string":
        return _type_of_text(schema)
    if type_ == "array":
        return _type_of_list(schema, root)
    return {
        "boolean": _CHECKBOX,
        "integer": _NUMBER,
        "number": _NUMBER,
        "object": _LONG_TEXT,
    }.get(type_, _TEXT)


def _type_of_text(schema: Schema) -> ColumnType:
    if names := [value for value in schema.get("enum") or () if isinstance(value, str) and value]:
        return "single-select", {"options": new_options(names)}
    if known := _FORMATS.get(str(schema.get("format"))):
        return known
    return _LONG_TEXT if (schema.get("maxLength") or 0) > TEXT_LIMIT else _TEXT


def _type_of_list(schema: Schema, root: Schema) -> ColumnType:
    """Lists of names are selections; lists of anything else are JSON."""
    items = schema.get("items")
    if not isinstance(items, dict):
        return _LONG_TEXT
    if any(type_ != "string" for type_, _ in alternatives(items, root)):
        return _LONG_TEXT  # its elements may be lists, which stay JSON
    type_, data = _type_of(items, root)
    has_options = registry.type_named(type_).items_are_options
    return ("multiple-select", data) if has_options else _LONG_TEXT


def _has_time(types: list[ColumnType]) -> bool:
    return any(registry.type_named(type_).holds_wall_clock for type_, _ in types)
