"""Results of formulas and lookups, read as columns of the type that they yield.

It stands in a formula's `result_type`, and what a list of them holds in `array_type`. Both are
treated as a column of that type would be, so every type is described once, in `registry`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import readers
from seatable_client.metadata import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_client.column_types.column_type import ColumnType
    from seatable_client.column_types.readers import Reader, Reading

    Schema = dict[str, Any]


_RESULTS: Mapping[str, str] = {"string": "text", "bool": "checkbox", "boolean": "checkbox"}


def schema(column: Column, type_of: Callable[[Column], ColumnType]) -> Schema:
    """JSON Schema of what a formula yields.

    Args:
        column: the formula.
        type_of: tells the type of a column.
    """
    if column.data.get("result_type") == "array":
        item = _item(column)
        return {"type": "array", "items": type_of(item).schema(item)}
    result = _result(column, type_of)
    return type_of(result).schema(result) if result else {"type": "string"}


def reader(column: Column, context: Reading, type_of: Callable[[Column], ColumnType]) -> Reader:
    """The function that reads a formula's cell; its errors become None, counted."""

    def displayed(result: Column) -> Reader:
        """Reads a result as its type does, and also from text that old servers display."""
        own = type_of(result)
        return (own.displayed_reader or own.reader)(result, context)

    read: Reader
    if column.data.get("result_type") == "array":
        item = _item(column)
        read = readers.list_of(
            readers.without_errors(item.name, context, displayed(item)),
            separator=", " if type_of(item).is_separable else None,
        )
        if type_of(item).schema(item)["type"] == "number":
            read = readers.unify_number_types(read)
    else:
        result = _result(column, type_of)
        read = displayed(result) if result else readers.as_json
    return readers.without_errors(column.name, context, read)


def _result(column: Column, type_of: Callable[[Column], ColumnType]) -> Column | None:
    """The formula's result as if it were a column; None where the server does not tell its type."""
    result_type = column.data.get("result_type")
    if not result_type or result_type == "array":
        return None
    data = column.data
    result = Column(column.key, column.name, _RESULTS.get(result_type, result_type), data)
    if type_of(result).holds_wall_clock and not data.get("format"):
        # Whether it has a time of day is unknown. A day with one keeps both; the reverse loses it.
        return replace(result, data={**data, "format": "YYYY-MM-DD HH:mm"})
    return result


def _item(column: Column) -> Column:
    """The items of an array result as if they were cells of a column."""
    array_type = str(column.data.get("array_type") or "text")
    return Column(
        column.key,
        column.name,
        _RESULTS.get(array_type, array_type),
        column.data.get("array_data") or {},
    )
