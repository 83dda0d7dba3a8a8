"""The properties of a column type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_client.column_types.bulk_writers import Bulk
    from seatable_client.column_types.comparison import Comparable
    from seatable_client.column_types.date_writers import Writing
    from seatable_client.column_types.readers import CellsReader, Reader, Reading
    from seatable_client.column_types.writers import Writer
    from seatable_client.metadata import Column

    Schema = dict[str, Any]


def _compare_plain(_column: Column) -> Comparable:
    return comparison.plain


@dataclass(frozen=True)
class ColumnType:
    """One of SeaTable's column types: everything that differs from type to type.

    Attributes:
        name: SeaTable's name of the type.
        read_as: the value that a cell is read as, in the words of the documentation.
        schema: JSON Schema of a value that is not null, given the column.
        reader: makes the function that reads a cell.
        writer: makes the function that turns a value into what is sent; None for types whose cells
            are not written with the row (computed by SeaTable, or links).
        written_from: the values that it can be written from, in the words of the documentation.
        cells_reader: makes the function that reads all cells of a page, where that is faster than
            one by one.
        displayed_reader: makes the function that reads a result of this type in a formula's cell,
            where old servers send display text; `reader` if not given.
        bulk_writer: makes the function that writes many values at once, where that can be done
            without a look at each; see `bulk_writers.py`.
        comparable: makes the function that brings a cell, sent or read, into the form in which
            cells are compared.
        queryable: whether SQL can select it and discovery offers it.
        can_be_first: whether a table can be created with this type as its first column.
        can_be_key: whether its cells can tell rows apart.
        found_by_sql: whether SQL finds a cell by its value, without a doubt about how it is
            written.
        default_data: the data that a column is created with where nothing more is known.
        text_limit: characters after which SeaTable cuts a text; None where it cuts none.
        holds_double: whether a cell is a double, which takes numerals from text.
        can_lose_precision: whether a value can have more digits, or a finer time, than a cell.
        is_selection: whether cells name options of the column, one or a list.
        holds_files: whether cells refer to files.
        is_formula: whether cells hold a result whose type the column's data says.
        is_connection: whether cells refer to rows of another table, or show what these hold.
        shows_utc: whether every server shows its points in time in UTC, not at its own offset.
        is_separable: whether its display text never holds a comma with a space, so that the items
            of a displayed list can be separated.
        once_per_table: whether a table has one column of this type at most.
        filled_by_server: whether the server fills cells by itself when a row is stored.
    """

    name: str
    read_as: str
    schema: Callable[[Column], Schema]
    reader: Callable[[Column, Reading], Reader]
    writer: Callable[[Column, Writing], Writer] | None = None
    written_from: str = "not written: SeaTable computes it"
    cells_reader: Callable[[Column, Reading], CellsReader] | None = None
    displayed_reader: Callable[[Column, Reading], Reader] | None = None
    bulk_writer: Callable[[Column, Writing], Bulk] | None = None
    comparable: Callable[[Column], Comparable] = _compare_plain
    queryable: bool = True
    can_be_first: bool = False
    can_be_key: bool = False
    found_by_sql: bool = False
    default_data: Mapping[str, Any] | None = None
    text_limit: int | None = None
    holds_double: bool = False
    can_lose_precision: bool = False
    is_selection: bool = False
    holds_files: bool = False
    is_formula: bool = False
    is_connection: bool = False
    shows_utc: bool = False
    is_separable: bool = False
    once_per_table: bool = False
    filled_by_server: bool = False
