"""What a column is read as and written from: the questions that its type answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from seatable_client.column_types import readers
from seatable_client.column_types.registry import of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatable_client.column_types.bulk_writers import Bulk
    from seatable_client.column_types.date_writers import Writing
    from seatable_client.column_types.readers import CellsReader, Reader, Reading
    from seatable_client.column_types.writers import Writer
    from seatable_client.metadata import Column

    Schema = dict[str, Any]


_Text = Annotated[str, Meta(min_length=1)]
_Object = Annotated[dict[str, Any], Meta(min_length=1)]

_USUAL: Mapping[str, Any] = {
    "string": _Text,
    "number": int | float,
    "integer": int,
    "boolean": bool,
    "object": _Object,
}
"""What cells of a type in JSON Schema are decoded as, where they are as they should be."""


def queryable(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns that hold something to read."""
    return tuple(column for column in columns if of(column).queryable)


def schema(column: Column) -> Schema:
    """JSON Schema of a cell: the type's own, or null."""
    own = of(column).schema(column)
    return {**own, "type": [own["type"], "null"]}


def reader(column: Column, context: Reading) -> Reader:
    """The function that turns a cell of this column, as any server sends it, into its value."""
    return of(column).reader(column, context)


def usual(column: Column) -> Any:
    """The type, as msgspec takes it, of cells that need no reading; None where all cells do.

    Null is among them, empty text and empty lists are not.
    """
    own = of(column).schema(column)
    if own["type"] == "array":
        # Lists of results may hold errors, or numbers of two kinds.
        one = None if column.type in _COMPUTED else _USUAL.get(own["items"]["type"])
        return one and Annotated[list[one], Meta(min_length=1)] | None  # type: ignore[valid-type]
    errors_are_text = column.type in _COMPUTED and own["type"] == "string"
    if "format" in own or errors_are_text:
        return None
    return _USUAL[own["type"]] | None


_COMPUTED = frozenset({"formula", "link-formula"})


def cells_reader(column: Column, context: Reading) -> CellsReader:
    """The function that reads cells of this column together: the outcome is that of `reader`."""
    own = of(column)
    if own.together is not None:
        return own.together(column, context)
    return readers.one_by_one(own.reader(column, context))


def writer(column: Column, context: Writing) -> Writer | None:
    """The function that turns a value into what is sent for this column; None if it is not written.

    The function raises `InvalidValueError` for what SeaTable would not store as given. Null is not
    for it: null clears a cell of any type.
    """
    make = of(column).writer
    return make(column, context) if make else None


def bulk_writer(column: Column, context: Writing) -> Bulk | None:
    """The function that writes many values of this column; None if each takes a look of its own.

    It makes of values what `writer` makes of them, or says that it cannot.
    """
    make = of(column).bulk
    return make(column, context) if make else None
