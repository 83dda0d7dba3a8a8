"""A base that takes every change and makes none, to see what a run would do."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from seatable_client.api.base import Base
from seatable_client.api.gateway import Gateway
from seatable_client.metadata import Column, Metadata, NewColumn, Table
from seatable_client.rows.results import Appended, TableRead

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from seatable_client.api.read_request import ReadRequest
    from seatable_client.http.client import Transport

    Row = dict[str, Any]

_UNMADE = "unmade-"
"""How the ids of tables and rows begin that a rehearsal pretends to make."""


def dry_run_of(base: Base) -> Base:
    """The base as it is, with all that is read from it, and without any effect on it."""
    kind = type("Rehearsal", (_DryRun, type(base)), {})
    rehearsing: Any = object.__new__(kind)
    rehearsing.__dict__.update(base.__dict__)
    rehearsing.structure = base.metadata()
    rehearsing.numbers = itertools.count()
    rehearsing.withheld = 0
    return cast("Base", rehearsing)


class _DryRun(Base):
    """Stands before a kind of base and keeps changes from it; what it overrides is said there."""

    structure: Metadata
    numbers: Iterator[int]
    withheld: int

    def costs(self) -> str:
        return f"{super().costs()} Loading would take {self.withheld:,} more, to write."

    def count_rows(self, table: Table, *, may_be_archived: bool) -> int | None:
        if table.id.startswith(_UNMADE):
            return 0
        return super().count_rows(table, may_be_archived=may_be_archived)

    def metadata(self) -> Metadata:
        return self.structure

    def create_table(self, name: str, columns: Sequence[NewColumn]) -> Table:
        table = Table(f"{_UNMADE}{next(self.numbers)}", name, ())
        self.withheld += 1
        self.structure = replace(self.structure, tables=(*self.structure.tables, table))
        self._add(name, columns)
        return self.structure.table(name)

    def add_columns(self, table: str, columns: Sequence[NewColumn]) -> None:
        self.withheld += 1
        self._add(table, columns)

    def _add(self, table: str, columns: Sequence[NewColumn]) -> None:
        new = [
            Column(f"{_UNMADE}{next(self.numbers)}", one.name, one.type, one.data or {})
            for one in columns
        ]
        self.structure = self.structure.with_columns(table, lambda known: (*known, *new))

    def add_column(self, table: str, column: NewColumn) -> None:
        data = column.data or {}
        if column.type == "link":
            # The other table gets a column, too, and both tell which tables they link.
            other = str(data["other_table"])
            ends = {"table_id": self._id(table), "other_table_id": self._id(other)}
            column = replace(column, data={**data, **ends})
            if other != table:
                self._add(other, [NewColumn(self._free(other, table), "link", ends)])
        self.add_columns(table, [column])

    def _id(self, table: str) -> str:
        return self.structure.table(table).id

    def _free(self, table: str, name: str) -> str:
        """A name that the table does not have yet, beginning with this one."""
        taken = self.structure.table(table).by_name
        names = itertools.chain([name], (f"{name} ({n})" for n in itertools.count(1)))
        return next(one for one in names if one not in taken)

    def rename_column(self, table: str, column: str, new_name: str) -> None:
        self.withheld += 1
        self.structure = self.structure.with_columns(
            table,
            lambda known: tuple(
                replace(one, name=new_name) if one.name == column else one for one in known
            ),
        )

    def add_options(self, table: str, column: str, names: Sequence[str]) -> None:
        self.withheld += 1
        self.structure = self.structure.with_options(table, column, names)

    def read(self, request: ReadRequest) -> TableRead:
        if request.table.id.startswith(_UNMADE):
            return TableRead(iter(()), expected=0)
        made = replace(request, columns=_made(request.columns))
        return super().read(made)  # type: ignore[safe-super]

    def find(
        self, table: Table, columns: Sequence[Column], among: Mapping[str, Collection[Any]]
    ) -> Iterator[Sequence[Row]]:
        if table.id.startswith(_UNMADE):
            return iter(())
        return super().find(table, _made(columns), among)  # type: ignore[safe-super]

    def append_rows(self, table: str, rows: Sequence[Any]) -> Appended:
        del table
        self.withheld += 1
        ids = tuple(f"{_UNMADE}{number}" for number, _ in zip(self.numbers, rows, strict=False))
        return Appended(len(rows), ids)

    def update_rows(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        del table, updates
        self.withheld += 1

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> int | None:
        del table
        self.withheld += 1
        return len(row_ids)

    def set_links(self, *args: Any) -> None:
        del args
        self.withheld += 1


def _made(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if not column.key.startswith(_UNMADE)]


class UncreatedBase(Gateway):
    """A base that does not exist yet, as SeaTable would create it: one table of one column.

    For a rehearsal. It answers by itself, because there is nobody to ask.

    Args:
        name: what it would be called.
        transport: the session to the server.
    """

    def __init__(self, name: str, transport: Transport) -> None:  # a token for it cannot be had
        self.name = name
        self.transport = transport.sibling()
        self.rows_moved = 0

    id = ""
    permission = "rw"

    def metadata(self) -> Metadata:
        """What SeaTable puts into a new base."""
        first = Column("0000", "Name", "text", {})
        return Metadata((Table(f"{_UNMADE}table", "Table1", (first,)),))

    def related_users(self) -> list[Row]:
        """Nobody that is known."""
        return []

    def zone(self) -> tzinfo | None:
        """Unknown."""
        return None
