"""The layout of a stream in its table: by property, the column and its writer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, starmap
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import UNSET
from singer_sdk.exceptions import MissingKeyPropertiesError
from xxhash import xxh3_128_digest

from seatable_client.column_types import compare_in_bulk, type_of
from seatable_client.errors import InvalidValueError
from target_seatable.errors import Refusal
from target_seatable.rows import columnar
from target_seatable.rows.text_formats import with_remedy
from target_seatable.rows.write_policies import WritePolicies, is_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from seatable_client.column_types import Comparable
    from seatable_client.metadata import Column, Table
    from target_seatable.rows.columnar import Body, Cells, Refused
    from target_seatable.rows.fields import Field, LinkField

    Row = dict[str, Any]


_CELLS = 12_000
"""Cells that stay in the processor's cache from one step to the next."""

CONTENT_SIZE = 12
"""Bytes of the digest of a row."""

_SEED = secrets.randbits(64)
"""Digests are of this process: nobody can know beforehand which contents have the same one."""

_encode = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder()


def _digests(encode: Callable[[Any], bytes], cells: Sequence[Cells]) -> list[bytes]:
    return [xxh3_128_digest(encode(row), _SEED)[:CONTENT_SIZE] for row in zip(*cells, strict=True)]


def _encode_any(row: Sequence[Any]) -> bytes:
    """A row as MessagePack; as JSON where it has an integer that only JSON can hold."""
    try:
        return _encode(row)
    except OverflowError:
        return _json.encode(row)


@dataclass(frozen=True)
class Layout:
    """The fields of a stream.

    Attributes:
        table: the table as it is in the base.
        fields: in the order of the properties.
        keys: those of the key; none for a stream that is appended.
        mark: the column that tells when the source has deleted a row, where there is one.
        links: what is written when the rows of all tables are stored.
        left_out: properties without a column whose values keep a record from being stored.
    """

    table: Table
    fields: Sequence[Field]
    keys: Sequence[Field] = ()
    mark: Field | None = None
    links: Sequence[LinkField] = ()
    left_out: Sequence[str] = ()

    @property
    def columns(self) -> list[Column]:
        """The columns that are written."""
        return [field.column for field in (*self.fields, *([self.mark] if self.mark else []))]

    @property
    def block(self) -> int:
        """How many rows to convert or compare at a time."""
        return max(_CELLS // max(len(self.fields), 1), 1)

    @property
    def empty_row(self) -> Row:
        """A row that clears every cell."""
        return {field.column.name: None for field in self.fields}

    @property
    def unmarked(self) -> Row:
        """The cell of a row that is not deleted, or no longer."""
        return {self.mark.column.name: None} if self.mark else {}

    def marked(self, deleted_at: Any) -> Row:
        """The cell of a row that was deleted then.

        Raises:
            InvalidValueError: the time of deletion is not a date-time.
        """
        return {self.mark.column.name: self.mark.write(deleted_at)} if self.mark else {}

    def is_marked(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is to be, or is, one that was deleted."""
        return self.mark is not None and bool(row.get(self.mark.column.name))

    def key_row(self, record: Mapping[str, Any]) -> tuple[Row, Sequence[Refusal]]:
        """The cells of the key only, and why they cannot be made."""
        refused: Refused = {}
        values = {name: [value] for name, value in record.items()}
        (row,) = Layout(self.table, self.keys, self.keys).rows(values, 1, refused)
        return row, refused.get(0, ())

    def row(self, record: Mapping[str, Any]) -> Row:
        """The row of one record; see `rows`.

        Raises:
            InvalidValueError: a value would not be stored as given.
            MissingKeyPropertiesError: the record has no key.
        """
        refused: Refused = {}
        values = {name: [value] for name, value in record.items()}
        (row,) = self.rows(values, 1, refused)
        if refused:
            raise refused[0][0].error
        return row

    def rows(self, values: Mapping[str, Cells], count: int, refused: Refused) -> list[Row]:
        """The cells to write, None where a cell is to be empty; absent properties are left out.

        SeaTable has no empty text, list or object: they are stored as empty cells, as null is.

        Args:
            values: by property, that of each record, UNSET where it is absent.
            count: how many records there are.
            refused: records that cannot be stored, by their positions; those found are added, each
                with every `InvalidValueError` and `MissingKeyPropertiesError`. Ignore their rows.
        """
        return self._rows(self._cells(values, count, refused), count)

    def whole_rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> list[Row] | list[Body]:
        """As `rows`, in the form of `bodies` where each row has a cell for every field.

        Not where cells of the table decide what is written to it: see `WritePolicies`.
        """
        cells = self._cells(values, count, refused)
        body = None if self.policies.has_policies or not cells else self._body
        if body is None or any(UNSET in column for column in cells):
            return self._rows(cells, count)
        return list(starmap(body, zip(*cells, strict=True)))

    @staticmethod
    def plain(row: Row | Body) -> Row:
        """A row with a cell for every field, as a dictionary; others as they are."""
        return (
            {name: row.get(name) for name in row.places} if isinstance(row, columnar.Body) else row
        )

    def _rows(self, cells: Sequence[Cells], count: int) -> list[Row]:
        names = [field.column.name for field in self.fields]
        if not cells:
            return [{} for _ in range(count)]
        if any(UNSET in column for column in cells):
            return [
                {name: cell for name, cell in zip(names, row, strict=True) if cell is not UNSET}
                for row in zip(*cells, strict=True)
            ]
        return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]

    def bodies(self, values: Mapping[str, Cells], count: int, refused: Refused) -> list[Row | Body]:
        """As `rows`, in the form in which rows are appended, which have no empty cells."""
        if self._body is None:
            return list(self.rows(values, count, refused))
        cells = self._cells(values, count, refused)
        if not any(None not in column and UNSET not in column for column in cells):
            # An empty text is kept where all cells are empty, or no row would be added.
            spare = [field.column.name for field in self.fields].index(self._spare)
            cells[spare] = [
                ""
                if not any(cell is not None and cell is not UNSET for cell in row)
                else row[spare]
                for row in zip(*cells, strict=True)
            ]
        return list(starmap(self._body, zip(*cells, strict=True)))

    @cached_property
    def _body(self) -> type[Body] | None:
        return columnar.body_type([field.column.name for field in self.fields])

    def _cells(self, values: Mapping[str, Cells], count: int, refused: Refused) -> list[Cells]:
        """The cells of each field; files last, which are not fetched for a refused record."""
        absent = [UNSET] * count
        last = sorted(self.fields, key=lambda field: type_of(field.column).holds_files)
        written = {
            field.property: columnar.write_cells(
                field, values.get(field.property, absent), refused, _explain
            )
            for field in last
        }
        cells = [written[field.property] for field in self.fields]
        for field in self.keys:
            keys = cells[self.fields.index(field)]
            if None in keys or UNSET in keys:
                for index, key in enumerate(keys):
                    if key is None or key is UNSET:
                        error = MissingKeyPropertiesError(
                            f"The record has no {field.property!r}, which is part of its key."
                        )
                        refused.setdefault(index, []).append(Refusal(field.property, error))
        return cells

    def key(self, row: Mapping[str, Any] | Body) -> Hashable:
        """The key of a row that is about to be written or was read."""
        return self.keys_of([row])[0]

    def content(self, row: Mapping[str, Any] | Body) -> bytes:
        """A digest of all cells of a row, the same for a row to be written and the row read back.

        The SDK's metadata (`_sdc_…`) does not count, except the version of the stream.
        """
        return self.contents(self.cells_of([row]))[0]

    def cells_of(self, rows: Sequence[Mapping[str, Any] | Body]) -> dict[str, Cells]:
        """The cells of rows by the names of their columns; None where a row has none."""
        names = [field.column.name for field in self.fields]
        cells = dict(zip(names, columnar.columns_of(rows, names), strict=True))
        if self.mark:  # which most rows do not have
            name = self.mark.column.name
            cells[name] = [row.get(name) for row in rows]
        return cells

    def keys_of(self, rows: Sequence[Mapping[str, Any] | Body]) -> Sequence[Hashable]:
        """The `key` of each row that is about to be written or was read."""
        names = [field.column.name for field in self.keys]
        return self.key_list(dict(zip(names, columnar.columns_of(rows, names), strict=True)))

    def key_list(self, cells: Mapping[str, Cells]) -> Sequence[Hashable]:
        """The `key` of each row, given the cells by column."""
        parts = [compare_in_bulk(key.comparable, cells[key.column.name]) for key in self.keys]
        return parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))

    def contents(self, cells: Mapping[str, Cells]) -> list[bytes]:
        """The `content` of each row, given the cells by column."""
        count = len(next(iter(cells.values()), ()))
        found: list[bytes] = []
        for start in range(0, count, self.block):
            part = slice(start, start + self.block)
            found += self._contents({name: column[part] for name, column in cells.items()})
        return found

    def _contents(self, cells: Mapping[str, Cells]) -> list[bytes]:
        compared = [compare_in_bulk(compare, cells[name]) for name, compare in self._compared]
        count = len(next(iter(cells.values()), ()))
        mark = self.mark  # counts, and so does its absence
        marks = list(map(mark.comparable, cells[mark.column.name])) if mark else [None] * count
        compared.append(marks)
        try:
            return _digests(_encode, compared)
        except OverflowError:
            return _digests(_encode_any, compared)

    def agrees(self, given: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
        """Whether a row holds what is given, which may be some of its cells, and has no mark.

        Also where what it lacks may not be written: a cell that is filled by `if_empty`.
        """
        mark = [(self.mark.column.name, self.mark.comparable)] if self.mark else []
        given_names = [(name, compare) for name, compare in self._compared if name in given]
        return all(
            compare(given.get(name)) == compare(stored.get(name))
            for name, compare in (*given_names, *mark)
        ) and not any(
            given.get(field.column.name) is not None and is_empty(field, stored)
            for field in self.policies.filled
        )

    @cached_property
    def policies(self) -> WritePolicies:
        """Which cells reach rows that exist."""
        return WritePolicies(self.fields)

    def is_bare(self, row: Mapping[str, Any]) -> bool:
        """Whether a row has nothing to write but its key, which the row that exists has."""
        return row.keys() <= {field.column.name for field in self.keys}

    @cached_property
    def _compared(self) -> list[tuple[str, Comparable]]:
        return [
            (field.column.name, field.comparable)
            for field in self.fields
            if (not field.property.startswith("_sdc_") or field.property == "_sdc_table_version")
            and field.policy == "always"
        ]

    def is_whole(self, row: Mapping[str, Any]) -> bool:
        """Whether the row has a cell for every field, so that its content is known in full.

        None is where the cells that the table has decide what is written.
        """
        if self.policies.filled:
            return False
        has_mark = self.mark is not None and self.mark.column.name in row
        return len(row) - has_mark == len(self.fields)

    def are_whole(self, rows: Sequence[Row | Body]) -> bool:
        """Whether all rows, in one form, are certainly whole: see `is_whole`."""
        if rows and isinstance(rows[0], columnar.Body):
            return True
        is_certain = self.mark is None and not self.policies.filled
        return is_certain and set(map(len, cast("Sequence[Row]", rows))) <= {len(self.fields)}

    def for_append(self, given: Sequence[Row | Body]) -> Sequence[Row | Body]:
        """Rows without empty cells; an empty row keeps an empty text, or it is not added."""
        if given and isinstance(given[0], columnar.Body):  # which have no empty cells
            return given
        return [
            {name: cell for name, cell in row.items() if cell is not None} or {self._spare: ""}
            for row in cast("Sequence[Row]", given)
        ]

    def missing_columns(self, stored: Mapping[str, Any], sent: Row | Body) -> list[str]:
        """The columns whose cells were sent and are missing in the stored row.

        Empty where the row, as the server returns it, has none of the cells sent: then its form is
        unknown.
        """
        given = [field.column for field in self.fields if sent.get(field.column.name)]
        missing = [
            column.name
            for column in given
            if column.key not in stored and column.name not in stored
        ]
        return missing if len(missing) < len(given) else []

    @cached_property
    def _spare(self) -> str:
        """A column in which an empty text leaves nothing behind, as it would in a checkbox."""
        columns = [field.column for field in self.fields]
        spare = (column for column in columns if not type_of(column).empty_is_false)
        return next(spare, columns[0]).name

    def new_options(self, given: Sequence[Row | Body]) -> dict[str, list[str]]:
        """Options that rows use and their select columns do not have yet, by column."""
        new: dict[str, list[str]] = {}
        for column, known in self.options.items():
            cells = columnar.cells_of(given, column)
            several = cells and not isinstance(cells[0], str)
            used = dict.fromkeys(chain.from_iterable(cells) if several else cells)
            if names := [name for name in used if name not in known]:
                new[column] = names
        return new

    @cached_property
    def options(self) -> dict[str, set[str]]:
        """The options that the select columns are known to have; add new ones to it."""
        return {
            field.column.name: {str(option.get("name")) for option in field.column.options}
            for field in self.fields
            if type_of(field.column).is_selection
        }


def _explain(field: Field, value: Any, refusal: InvalidValueError) -> InvalidValueError:
    """The refusal of a record, from that of a value, with what to do."""
    reason = with_remedy(str(refusal), field.column, value)
    return InvalidValueError(
        f"Property {field.property!r} for column {field.column.name!r}, which is of type "
        f"{field.column.type}: {reason}. column_types sets the type that a column is created with."
    )
