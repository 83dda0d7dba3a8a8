"""The properties of a column type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
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


class TextForm(Enum):
    """What texts mean that people wrote for a column: how they write it differs by language."""

    NUMBER = auto()
    DATE = auto()
    TRUTH = auto()


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
        can_be_key: whether its cells can identify rows.
        found_by_sql: whether SQL finds a cell by its value, without a doubt about how it is
            written.
        default_data: the data that a column is created with where nothing more is known.
        text_limit: characters after which SeaTable cuts a text; None where it cuts none.
        text_form: what texts mean that people wrote for it; None where a text means itself.
        inferred_from: what the first values of an untyped source are that becomes this type, in
            words that complete "all first values are …"; empty where more is to say, or nothing.
        is_number: whether a cell is any number, and no more than that, such as stars or seconds.
        holds_double: whether a cell is a double, which takes numerals from text.
        can_lose_precision: whether a value can have more digits, or a finer time, than a cell.
        holds_wall_clock: whether a cell is a day or a time as the server's clock shows it, without
            an offset.
        empty_is_false: whether an empty text is stored as false instead of an empty cell.
        is_selection: whether cells name options of the column, one or a list.
        items_are_options: whether a property of lists of such values becomes a selection.
        needs_long_text: whether a property that may have such values or others becomes a long text.
        names_people: whether a value may name people by what is not their id.
        holds_files: whether cells refer to files.
        holds_addresses_only: whether cells tell nothing of files but their addresses.
        is_formula: whether cells hold a result whose type the column's data says.
        is_link: whether cells are links to rows, which are written and read to their end apart.
        is_connection: whether cells refer to rows of another table, or show what these hold, in the
            order in which the links were made.
        base_parts: parts of a cell's items that a copy in another base cannot share.
        is_button: whether cells start an action and hold nothing.
        shows_utc: whether every server shows its points in time in UTC, not at its own offset.
        is_separable: whether its display text never holds a comma with a space, so that the items
            of a displayed list can be separated.
        once_per_table: whether it tells who or what time the server notes for a row: a table has
            one column of this type at most, and a copy has other values there.
        tells_last_change: whether that is the time at which the row was changed last.
        numbers_rows: whether the server counts rows there in the order in which they are added.
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
    text_form: TextForm | None = None
    inferred_from: str = ""
    is_number: bool = False
    holds_double: bool = False
    can_lose_precision: bool = False
    holds_wall_clock: bool = False
    empty_is_false: bool = False
    is_selection: bool = False
    items_are_options: bool = False
    needs_long_text: bool = False
    names_people: bool = False
    holds_files: bool = False
    holds_addresses_only: bool = False
    is_formula: bool = False
    is_link: bool = False
    is_connection: bool = False
    base_parts: tuple[str, ...] = ()
    is_button: bool = False
    shows_utc: bool = False
    is_separable: bool = False
    once_per_table: bool = False
    tells_last_change: bool = False
    numbers_rows: bool = False
    filled_by_server: bool = False
