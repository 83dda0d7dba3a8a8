"""The rows that a dry run would have stored, put into what is read of the base.

A run reads rows that it has written: to find the rows of older versions, elements that are gone, or
the row of a key that comes again. A dry run that read the base alone would count other rows than
the run does.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import comparable
from seatable_client.rows import row_ids_of

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

    from seatable_client.metadata import Column

    Row = dict[str, Any]
    Index = defaultdict[Hashable, set[str]]


class UnwrittenRows:
    """What a dry run would have written to the rows of one table."""

    def __init__(self) -> None:
        self._added: dict[str, Any] = {}
        self._changed: dict[str, Row] = {}
        self._deleted: set[str] = set()
        self._indexes: dict[str, tuple[Column, Index]] = {}

    def add(self, rows: Mapping[str, Any]) -> None:
        """Note added rows by their ids."""
        self._added.update(rows)
        self._index(rows)

    def change(self, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Note cells that would have been written to rows, given by their ids."""
        for row_id, cells in updates.items():
            self._changed.setdefault(row_id, {}).update(cells)
        self._index(updates)

    def delete(self, row_ids: Iterable[str]) -> None:
        """Note rows that would have been deleted."""
        for row_id in row_ids:
            if self._added.pop(row_id, None) is None:
                self._deleted.add(row_id)
            self._changed.pop(row_id, None)

    def seen_in(self, pages: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
        """Rows of the base as the run would find them."""
        for page in pages:
            ids = row_ids_of(page)
            if self._deleted.isdisjoint(ids) and self._changed.keys().isdisjoint(ids):
                yield page
                continue
            yield [
                {**row, **self._changed.get(row["_id"], {})}
                for row in page
                if row["_id"] not in self._deleted
            ]

    def added(
        self, columns: Sequence[Column], values: Mapping[str, Collection[Any]]
    ) -> Iterator[Sequence[Row]]:
        """Added rows, and perhaps more of them, whose cells are among these; all if none is named.

        Args:
            columns: of the table.
            values: texts or numbers by the name of their column, or ids by `_id`.
        """
        found: Iterable[str] = self._added
        name = next(iter(values), None)
        if name == "_id":
            found = [row_id for row_id in values[name] if row_id in self._added]
        elif name is not None:
            column = next(column for column in columns if column.name == name)
            index, compare = self._index_of(column), comparable(column)
            keys = {compare(value) for value in values[name]}
            ids = (row_id for key in keys for row_id in index.get(key, ()))
            found = [row_id for row_id in dict.fromkeys(ids) if row_id in self._added]
        names = [column.name for column in columns]
        page = [self._row(row_id, names) for row_id in found]
        if page:
            yield page

    def _row(self, row_id: str, names: Sequence[str]) -> Row:
        added = self._added[row_id]
        cells = {name: added.get(name) for name in names}
        return {**cells, **self._changed.get(row_id, {}), "_id": row_id}

    def _index_of(self, column: Column) -> Index:
        """The ids of added rows by the cells that they have, or have had, in a column."""
        if column.name not in self._indexes:
            self._indexes[column.name] = column, defaultdict(set)
            self._note(column.name, self._added)
            self._note(column.name, self._changed)
        return self._indexes[column.name][1]

    def _index(self, rows: Mapping[str, Any]) -> None:
        for name in self._indexes:
            self._note(name, rows)

    def _note(self, name: str, rows: Mapping[str, Any]) -> None:
        column, index = self._indexes[name]
        compare = comparable(column)
        for row_id, row in rows.items():
            if row_id in self._added:
                index[compare(row.get(name))].add(row_id)
