"""Stands before a base, takes every change, and makes none."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from seatable_client.api import CAPABILITIES, Base
from seatable_client.column_types import comparable, type_of
from seatable_client.metadata import Column, Metadata, NewColumn, Table
from seatable_client.rows import Appended, TableRead
from target_seatable.keys import rows_with
from target_seatable.tables.dry_run.rows import UnwrittenRows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from seatable_client.api import ReadRequest
    from seatable_client.auth import BaseAccess
    from seatable_client.rows import DeletedRow

    Row = dict[str, Any]

UNMADE = "unmade-"
"""How the ids of tables, columns and rows begin that a dry run pretends to make."""


class DryRunBase(Base):
    """Stands before a base: what is read comes from the base with the changes, which stay here.

    Args:
        base: the base.

    Attributes:
        before: the structure of the base as it is.
        calls_by_table: how many calls the changes of each table so far would have taken.
        changed_cells: by table and column, how many cells would have got another value. Only where
            `finds_by_sql` is set, as rows are read again for it.
    """

    generation: ClassVar[str] = "dry run"

    def __init__(self, base: Base) -> None:  # every call is the wrapped base's, so is its access
        self._base = base
        self._structure = base.metadata()
        self._numbers = itertools.count()
        self.before = self._structure
        self.calls_by_table: Counter[str] = Counter()
        self.changed_cells: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._rows: defaultdict[str, UnwrittenRows] = defaultdict(UnwrittenRows)
        self.name = base.name
        self.transport = base.transport
        self.read_method = base.read_method
        for name in CAPABILITIES:
            setattr(self, name, getattr(base, name))

    @property
    def id(self) -> str:
        """The base's id."""
        return self._base.id

    @property
    def permission(self) -> str | None:
        """`r` or `rw`; None where the server does not tell."""
        return self._base.permission

    def costs(self) -> str:
        """What the run has cost so far, and what writing would cost."""
        return f"{self._base.costs()} Loading would take {self.skipped_calls:,} more, to write."

    @property
    def skipped_calls(self) -> int:
        """How many calls the changes so far would have taken."""
        return sum(self.calls_by_table.values())

    def _path(self, access: BaseAccess, endpoint: str) -> str:
        """No address: a call that is not the wrapped base's could change something.

        Raises:
            AssertionError: always.
        """
        raise AssertionError(f"a dry run sends no call of its own ({endpoint}, {access.uuid})")

    # Structure

    def metadata(self) -> Metadata:
        """The base's tables, with the changes so far."""
        return self._structure

    def operations(self, page: int) -> list[dict[str, Any]]:
        """One page of the base's log of operations."""
        return self._base.operations(page)

    def related_users(self) -> list[dict[str, Any]]:
        """Who can see the base."""
        return self._base.related_users()

    def comments(self) -> list[dict[str, Any]]:
        """The comments on rows."""
        return self._base.comments()

    def create_table(self, name: str, columns: Sequence[NewColumn]) -> Table:
        """Pretend to create a table."""
        table = Table(f"{UNMADE}{next(self._numbers)}", name, ())
        self.calls_by_table[name] += 1
        self._structure = replace(self._structure, tables=(*self._structure.tables, table))
        self._add(name, columns)
        return self._structure.table(name)

    def add_columns(self, table: str, columns: Sequence[NewColumn]) -> tuple[Column, ...]:
        """Pretend to add columns."""
        self.calls_by_table[table] += 1
        return self._add(table, columns)

    def _add(self, table: str, columns: Sequence[NewColumn]) -> tuple[Column, ...]:
        new = tuple(
            Column(f"{UNMADE}{next(self._numbers)}", column.name, column.type, column.data or {})
            for column in columns
        )
        self._structure = self._structure.with_columns(table, lambda known: (*known, *new))
        return new

    def add_column(self, table: str, column: NewColumn) -> tuple[Column, ...]:
        """Pretend to add a column; a link adds one to the other table, too."""
        data = column.data or {}
        if type_of(column).is_link:
            # Both columns tell which tables they link.
            other = str(data["other_table"])
            ends = {"table_id": self._id(table), "other_table_id": self._id(other)}
            ends["link_id"] = f"{UNMADE}{next(self._numbers)}"
            column = replace(column, data={**data, **ends})
            if other != table:
                self._add(other, [NewColumn(self._free_name(other, table), "link", ends)])
        return self.add_columns(table, [column])

    def _id(self, table: str) -> str:
        return self._structure.table(table).id

    def _free_name(self, table: str, name: str) -> str:
        """A name that the table does not have yet, beginning with this name."""
        taken = self._structure.table(table).by_name
        names = itertools.chain([name], (f"{name} ({n})" for n in itertools.count(1)))
        return next(candidate for candidate in names if candidate not in taken)

    def delete_table(self, name: str) -> None:
        """Pretend to delete a table."""
        self.calls_by_table[name] += 1
        self._rows.pop(name, None)

    def rename_column(self, table: str, column: str, new_name: str) -> tuple[Column, ...]:
        """Pretend to rename a column."""
        self.calls_by_table[table] += 1
        self._structure = self._structure.with_columns(
            table,
            lambda known: tuple(
                replace(other, name=new_name) if other.name == column else other for other in known
            ),
        )
        return (self._structure.table(table).by_name[new_name],)

    def longest_link_cell_among(self, lengths: Sequence[int], *, in_view: bool) -> int:
        """Note the lengths of link cells at the base."""
        return self._base.longest_link_cell_among(lengths, in_view=in_view)

    def resize_column(self, table: str, column: str, width: int) -> None:
        """Change no width."""

    def freeze_column(self, table: str, column: str) -> None:
        """Freeze no column."""

    def add_view(self, table: str, name: str) -> None:
        """Make no view."""

    def change_view(self, table: str, name: str, settings: Mapping[str, Any]) -> None:
        """Change no view."""

    def delete_view(self, table: str, name: str) -> None:
        """Delete no view."""

    def add_options(self, table: str, column: str, names: Sequence[str]) -> None:
        """Pretend to add options to a select column."""
        self.calls_by_table[table] += 1
        self._structure = self._structure.with_options(table, column, names)

    # Reading

    def read(self, request: ReadRequest) -> TableRead:
        """Read rows of the base; a table that is only pretended has none."""
        if _is_unmade(request.table):
            return TableRead(iter(()), expected=0)
        return self._base.read(replace(request, columns=_existing(request.columns)))

    def find(
        self, table: Table, columns: Sequence[Column], values: Mapping[str, Collection[Any]]
    ) -> Iterator[Sequence[Row]]:
        """Find rows of the base, and those that are only pretended."""
        stored: Iterator[Sequence[Row]] = iter(())
        known = {column.name: column for column in self._columns(table)}
        if not _is_unmade(table) and all(is_made(known[name]) for name in values if name in known):
            stored = self._base.find(table, _existing(columns), values)
        return self._with_changes(table, stored, values)

    def read_all(self, table: Table, columns: Sequence[Column]) -> Iterator[Sequence[Row]]:
        """Read every row of the base, and those that are only pretended."""
        stored: Iterator[Sequence[Row]] = iter(())
        if not _is_unmade(table):
            stored = self._base.read_all(table, _existing(columns))
        return self._with_changes(table, stored, {})

    def _with_changes(
        self,
        table: Table,
        stored: Iterator[Sequence[Row]],
        values: Mapping[str, Collection[Any]],
    ) -> Iterator[Sequence[Row]]:
        rows = self._rows[table.name]
        yield from rows.seen_in(stored)
        yield from rows.added(self._columns(table), values)

    def _columns(self, table: Table) -> Sequence[Column]:
        return self._structure.table(table.name).columns

    def count_rows(self, table: Table, *, may_be_archived: bool) -> int | None:
        """How many rows a table of the base has."""
        if _is_unmade(table):
            return 0
        return self._base.count_rows(table, may_be_archived=may_be_archived)

    def linked_rows(
        self, table: Table, column: Column, rows: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[Row]]:
        """Read linked rows of the base."""
        return self._base.linked_rows(table, column, rows)

    def deleted_rows(self, since: datetime) -> Iterator[DeletedRow]:
        """What the server remembers of rows deleted since then."""
        return self._base.deleted_rows(since)

    def zone(self) -> tzinfo | None:
        """The server's offset from UTC at present."""
        return self._base.zone()

    # Writing

    def append_rows(self, table: str, rows: Sequence[Any]) -> Appended:
        """Pretend to append rows."""
        self.calls_by_table[table] += 1
        ids = tuple(f"{UNMADE}{next(self._numbers)}" for _ in rows)
        self._rows[table].add(dict(zip(ids, rows, strict=True)))
        return Appended(len(rows), ids if self.tells_row_ids else None)

    def update_rows(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Pretend to change rows."""
        self.calls_by_table[table] += 1
        self._count_changed(table, updates)
        self._rows[table].change(updates)

    def _count_changed(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        if not self.finds_by_sql:
            return
        stored = [row_id for row_id in updates if not row_id.startswith(UNMADE)]
        if not stored:
            return
        names = {name for row_id in stored for name in updates[row_id]}
        known = self.before.table(table)
        columns = [column for column in known.columns if column.name in names]
        compared = {column.name: comparable(column) for column in columns}
        for row in rows_with(self, known, columns, "_id", stored):
            for name, cell in updates.get(row["_id"], {}).items():
                if name in compared and compared[name](cell) != compared[name](row.get(name)):
                    self.changed_cells[table][name] += 1

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> int | None:
        """Pretend to delete rows."""
        self.calls_by_table[table] += 1
        self._rows[table].delete(row_ids)
        return len(row_ids)

    def set_links(
        self, table: str, other_table: str, link_id: str, links: Mapping[str, Sequence[str]]
    ) -> None:
        """Pretend to link rows."""
        del other_table, link_id, links
        self.calls_by_table[table] += 1


def _is_unmade(table: Table) -> bool:
    return table.id.startswith(UNMADE)


def is_made(column: Column) -> bool:
    """Whether a column is in the base, and not only pretended."""
    return not column.key.startswith(UNMADE)


def _existing(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if not column.key.startswith(UNMADE)]
