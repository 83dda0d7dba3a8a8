"""Reading, writing and comparing the cells of a column, as its type says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from seatable_client.column_types import readers
from seatable_client.column_types.registry import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatable_client.column_types.bulk_writers import Bulk
    from seatable_client.column_types.comparison import Comparable
    from seatable_client.column_types.date_writers import Writing
    from seatable_client.column_types.readers import CellsReader, Reader, Reading
    from seatable_client.column_types.writers import Writer
    from seatable_client.metadata import Column

    Schema = dict[str, Any]


_Text = Annotated[str, Meta(min_length=1)]
_Object = Annotated[dict[str, Any], Meta(min_length=1)]

_PLAIN_CELLS: Mapping[str, Any] = {
    "string": _Text,
    "number": int | float,
    "integer": int,
    "boolean": bool,
    "object": _Object,
}
"""What cells of a type in JSON Schema are decoded as, where they are as they should be."""


def queryable(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns that hold something to read."""
    return tuple(column for column in columns if type_of(column).queryable)


def schema(column: Column) -> Schema:
    """JSON Schema of a cell: the type's own, or null."""
    own = type_of(column).schema(column)
    return {**own, "type": [own["type"], "null"]}


def reader(column: Column, context: Reading) -> Reader:
    """The function that turns a cell of this column, as any server sends it, into its value."""
    return type_of(column).reader(column, context)


def plain_cell_type(column: Column) -> Any:
    """The type, as msgspec takes it, of cells that need no reading; None where all cells do.

    Null is among them, empty text and empty lists are not.
    """
    is_formula = type_of(column).is_formula
    own = type_of(column).schema(column)
    if own["type"] == "array":
        # Lists of results may hold errors, or numbers of two types.
        item = None if is_formula else _PLAIN_CELLS.get(own["items"]["type"])
        return item and Annotated[list[item], Meta(min_length=1)] | None  # type: ignore[valid-type]
    errors_are_text = is_formula and own["type"] == "string"
    if "format" in own or errors_are_text:
        return None
    return _PLAIN_CELLS[own["type"]] | None


def cells_reader(column: Column, context: Reading) -> CellsReader:
    """The function that reads cells of this column together: the outcome is that of `reader`."""
    own = type_of(column)
    if own.cells_reader is not None:
        return own.cells_reader(column, context)
    return readers.one_by_one(own.reader(column, context))


def writer(column: Column, context: Writing) -> Writer | None:
    """The function that turns a value into what is sent for this column; None if it is not written.

    The function raises `InvalidValueError` for what SeaTable would not store as given. Null is not
    for it: null clears a cell of any type.
    """
    make = type_of(column).writer
    return make(column, context) if make else None


def bulk_writer(column: Column, context: Writing) -> Bulk | None:
    """The function that writes many values of this column; None if each takes a look of its own.

    It makes of values what `writer` makes of them, or says that it cannot.
    """
    make = type_of(column).bulk_writer
    return make(column, context) if make else None


def comparable(column: Column) -> Comparable:
    """The function that brings a cell, sent or read, into the form in which cells are compared."""
    return type_of(column).comparable(column)
