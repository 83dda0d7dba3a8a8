"""Overwrite: in the end the table equals the stream, and is never empty in between.

Rows are added, changed and left alone as by upsert, so that they keep their ids and the links to
them; what the stream did not bring is removed last, and only if nothing speaks against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec
from seatable_client.column_types.writers import Writing
from seatable_client.errors import SettingError, ValueRefused
from target_seatable.keys.packed import PackedIds, RowsByContent
from target_seatable.load_methods.base import AppendOnly, check_fraction
from target_seatable.load_methods.batch_writer import Item, Removal
from target_seatable.load_methods.upsert import Upsert
from target_seatable.rows.comparison import comparable
from target_seatable.rows.layout import CONTENT_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from target_seatable.rows.columnar import Body, Cells, Refused

    Row = dict[str, Any]


@dataclass
class Coverage:
    """Which rows of a table were there before a stream came, and which of them it has brought.

    It outlives a change of the stream's schema.

    Attributes:
        keep: by column, the values of rows that stay whatever the stream brings; all columns
            named have to agree.
        before: how many rows were there; None until they have been read.
        left: ids of those that the stream has not brought yet, without those that stay anyway.
        staying: ids of those that stay anyway, and that the stream has not brought yet.
        rejected: records that were set aside: their rows count as brought.
        version: the version of the stream that was activated last; None if none was.
    """

    keep: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    before: int | None = None
    left: PackedIds = field(default_factory=PackedIds)
    staying: PackedIds = field(default_factory=PackedIds)
    rejected: list[Mapping[str, Any]] = field(default_factory=list)
    version: int | None = None

    def columns(self, table: Table) -> list[Column]:
        """The columns that tell which rows stay.

        Raises:
            SettingError: the table has no such column.
        """
        for name in self.keep:
            if name not in table.by_name:
                raise SettingError(
                    f"keep_rows_where names column {name!r}, which table {table.name!r} does not "
                    f"have. It has {', '.join(map(repr, table.by_name))}."
                )
        return [table.by_name[name] for name in self.keep]

    def stocktaking(self, table: Table) -> Callable[[Row], None]:
        """What is to be called with each row that is there before the first record.

        Later calls take no more stock: what is there then the stream may have brought.

        Raises:
            SettingError: the table has no column of those that tell which rows stay, or a value
                that none of its cells can hold was given for one.
        """
        if self.before is not None:
            return _ignore
        self.before = 0
        stays = [
            (column.name, comparable(column), _kept_cells(column, self.keep[column.name], table))
            for column in self.columns(table)
        ]

        def note(row: Row) -> None:
            self.before = (self.before or 0) + 1
            stay = stays and all(compare(row.get(name)) in cells for name, compare, cells in stays)
            (self.staying if stay else self.left).add(row["_id"])

        return note

    def missing(self, table: str, most_removed: float) -> list[str]:
        """The rows that the stream, now complete, has not brought.

        Raises:
            SeaTableError: they are more than that fraction of those that were there.
        """
        missing = sorted(self.left)
        check_fraction(table, missing, range(self.before or 0), most_removed)
        return missing


def _kept_cells(column: Column, values: Sequence[Any], table: Table) -> set[Hashable]:
    """The cells that are meant, in the form for comparing; values as those of records."""
    write, compare = codec.writer(column, Writing(zone=None)), comparable(column)
    cells: set[Hashable] = set()
    for value in values:
        is_empty = value is None or value == ""
        try:
            cells.add(compare(None if is_empty else write(value) if write else value))
        except (ValueRefused, TypeError) as error:
            raise SettingError(
                f"keep_rows_where, column {column.name!r} of table {table.name!r}: no cell of type "
                f"{column.type} holds {value!r} ({error}). Nothing was removed."
            ) from None
    return cells


def _ignore(_row: Row) -> None:
    pass


class Overwrite(Upsert):
    """Overwrite by key; see `Upsert` for the arguments, and `Coverage`."""

    def __init__(self, *args: Any, coverage: Coverage, **options: Any) -> None:
        super().__init__(*args, **options)
        self._coverage = coverage
        table = self.layout.table
        self._index.read_all(coverage.columns(table), coverage.stocktaking(table))

    def cover(self, row_ids: Collection[str]) -> None:
        """Note which of the rows that were there the stream has something to say about."""
        for row_id in row_ids:
            self._coverage.left.discard(row_id)

    def remove_missing(self, most_removed: float) -> None:
        """Remove the rows that the stream has not brought."""
        staying = self.keys_of_rejected(self._coverage.rejected)
        if staying is None:
            return
        for key in staying:
            self.cover(self._index.row_ids(key))
        self._delivery.delete(self._coverage.missing(self.layout.table.name, most_removed))


class OverwriteByContent(AppendOnly):
    """Overwrite without a key: a record is a row that holds the same, or a new one."""

    def __init__(self, *args: Any, coverage: Coverage, **options: Any) -> None:
        super().__init__(*args, **options)
        self._coverage = coverage
        table = self.layout.table
        read = self._base.read(table, [*self.layout.columns, *coverage.columns(table)])
        note = coverage.stocktaking(table)
        self._same = RowsByContent(CONTENT_SIZE)
        self._staying = RowsByContent(CONTENT_SIZE)
        for page in read.pages:
            for row in page:
                note(row)
                if row["_id"] in coverage.left:
                    self._same.put(self.layout.content(row), row["_id"])
                elif row["_id"] in coverage.staying:
                    self._staying.put(self.layout.content(row), row["_id"])

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records, to be compared with those that are there."""
        return self.layout.rows(values, count, refused)

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Append the rows that are not there yet. What was deleted is not in the stream."""
        new = []
        for item in items:
            if isinstance(item, Removal):
                continue
            content = self.layout.content(item.row)
            if same := self._same.pop(content) or self._staying.pop(content):
                self._coverage.left.discard(same)
                self._coverage.staying.discard(same)
                self.outcome.unchanged += 1
                self._note_links(item.record, same)
            else:
                new.append(item)
        super().store(new)

    def remove_missing(self, most_removed: float) -> None:
        """Remove the rows that the stream has not brought."""
        if self.keys_of_rejected(self._coverage.rejected) is None:
            return
        self._delivery.delete(self._coverage.missing(self.layout.table.name, most_removed))
