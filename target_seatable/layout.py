"""How records of a stream become rows of its table: which property, which column, which form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import MissingKeyPropertiesError

from seatable_client.errors import ValueRefused
from target_seatable.cells import comparable

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from seatable_client.writing import Writer
    from target_seatable.cells import Comparable

    Row = dict[str, Any]

DELETED_AT = "_sdc_deleted_at"
"""The column that tells when the source has deleted a row which is kept here."""

_json = msgspec.json.Encoder()

_SELECTIONS = frozenset({"single-select", "multiple-select"})


@dataclass(frozen=True)
class Field:
    """One property and the column that it goes into.

    Attributes:
        property: the property's name.
        column: the column.
        write: turns a value that is not empty into what is sent.
    """

    property: str
    column: Column
    write: Writer = field(compare=False)

    @cached_property
    def comparable(self) -> Comparable:
        """Brings the column's cell into the form for comparing."""
        return comparable(self.column)


@dataclass(frozen=True)
class LinkField:
    """One property whose values are rows of another table, linked when all rows are stored.

    Attributes:
        property: the property's name.
        column: name of the link column, which may be still to be made.
        by: the column of the other table that holds the values; None if they are ids of its rows.
    """

    property: str
    column: str
    by: str | None


@dataclass(frozen=True)
class Layout:
    """The fields of a stream.

    Attributes:
        table: the table as it is in the base.
        fields: in the order of the properties.
        keys: those that tell rows apart; none for a stream that is appended.
        mark: the column that tells when the source has deleted a row, where there is one.
        links: what is written when the rows of all tables are stored.
    """

    table: Table
    fields: Sequence[Field]
    keys: Sequence[Field] = ()
    mark: Field | None = None
    links: Sequence[LinkField] = ()

    @property
    def columns(self) -> list[Column]:
        """The columns that are written."""
        return [one.column for one in (*self.fields, *([self.mark] if self.mark else []))]

    @property
    def empty_row(self) -> Row:
        """A row that clears every cell."""
        return {one.column.name: None for one in self.fields}

    @property
    def unmarked(self) -> Row:
        """The cell of a row that is not deleted, or no longer."""
        return {self.mark.column.name: None} if self.mark else {}

    def marked(self, deleted_at: Any) -> Row:
        """The cell of a row that was deleted then.

        Raises:
            ValueRefused: this is no moment.
        """
        return {self.mark.column.name: self.mark.write(deleted_at)} if self.mark else {}

    def key_row(self, record: Mapping[str, Any]) -> Row:
        """The cells of the key alone.

        Raises:
            MissingKeyPropertiesError: the record has no key.
            ValueRefused: the key is none that the table could hold.
        """
        return Layout(self.table, self.keys, self.keys).row(record)

    def row(self, record: Mapping[str, Any]) -> Row:
        """The cells to write, None where a cell is to be empty; absent properties are left out.

        SeaTable has no empty text, list or object: they are stored as nothing, as null is.

        Raises:
            ValueRefused: a value would not be stored as given.
            MissingKeyPropertiesError: the record has no key.
        """
        row: Row = {}
        try:
            for field, name, column, write in self._plan:  # noqa: B007  (for the refusal)
                if name in record:
                    value = record[name]
                    row[column] = write(value) if value or value == 0 else None
        except ValueRefused as refusal:
            raise _explained(field, refusal) from refusal
        for one in self.keys:
            if row.get(one.column.name) is None:
                raise MissingKeyPropertiesError(
                    f"The record has no {one.property!r}, which is part of its key."
                )
        return row

    @cached_property
    def _plan(self) -> list[tuple[Field, str, str, Writer]]:
        return [(one, one.property, one.column.name, one.write) for one in self.fields]

    def key(self, row: Mapping[str, Any]) -> Hashable:
        """What tells a row apart, whether it is about to be written or was read."""
        if len(self.keys) == 1:
            only = self.keys[0]
            return only.comparable(row.get(only.column.name))
        return tuple(one.comparable(row.get(one.column.name)) for one in self.keys)

    def content(self, row: Mapping[str, Any]) -> bytes:
        """A digest of all cells of a row, the same for a row to be written and the row read back.

        The SDK's books (`_sdc_…`) do not count, except the version of the stream.
        """
        cells = [compare(row.get(name)) for name, compare in self._compared]
        return hashlib.blake2b(_json.encode(cells), digest_size=12).digest()

    def agrees(self, given: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
        """Whether a row holds what is given, which may be some of its cells, and has no mark."""
        return all(
            compare(given.get(name)) == compare(stored.get(name))
            for name, compare in self._compared
            if name in given or (self.mark and name == self.mark.column.name)
        )

    @cached_property
    def _compared(self) -> list[tuple[str, Comparable]]:
        compared = [
            (one.column.name, one.comparable)
            for one in self.fields
            if not one.property.startswith("_sdc_") or one.property == "_sdc_table_version"
        ]
        # A mark counts, and its place is kept where there is none yet.
        mark = self.mark.column.name if self.mark else DELETED_AT
        return [*compared, (mark, self.mark.comparable if self.mark else _nothing)]

    def is_whole(self, row: Mapping[str, Any]) -> bool:
        """Whether the row has a cell for every field, so that its content is known in full."""
        return len(row) == len(self.fields)

    def for_append(self, row: Row) -> Row:
        """The row without its empty cells; one is kept where all are, or no row would be added."""
        filled = {name: cell for name, cell in row.items() if cell is not None}
        return filled or {self._spare: ""}

    @cached_property
    def _spare(self) -> str:
        """A column in which an empty text leaves nothing behind, as it would in a checkbox."""
        names = [one.column.name for one in self.fields if one.column.type != "checkbox"]
        return names[0] if names else self.fields[0].column.name

    def new_options(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
        """Options that rows use and their select columns do not have yet, by column."""
        new: dict[str, list[str]] = {}
        for column, known in self.options.items():
            cells = [cell for row in rows if (cell := row.get(column))]
            used = (name for cell in cells for name in ((cell,) if isinstance(cell, str) else cell))
            if names := [name for name in dict.fromkeys(used) if name not in known]:
                new[column] = names
        return new

    @cached_property
    def options(self) -> dict[str, set[str]]:
        """The options that the select columns are known to have; to be kept up to date."""
        return {
            one.column.name: {str(option.get("name")) for option in one.column.options}
            for one in self.fields
            if one.column.type in _SELECTIONS
        }


def _nothing(_cell: Any) -> None:
    return None


def _explained(one: Field, refusal: ValueRefused) -> ValueRefused:
    return ValueRefused(
        f"Property {one.property!r} for column {one.column.name!r}, which is of type "
        f"{one.column.type}: {refusal}. column_types says with which type a column is created."
    )
