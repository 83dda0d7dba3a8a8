"""Storing rows by the load methods: append-only and upsert."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.errors import SeaTableError
from target_seatable.keys import AmbiguousKey, RowIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from seatable_client.base import Base
    from target_seatable.layout import Layout

    Record = Mapping[str, Any]
    Row = dict[str, Any]
    Reject = Callable[[Record, Exception], None]


@dataclass
class Outcome:
    """What became of the records of one stream.

    Attributes:
        reject: sets a record aside.
        added, changed, unchanged: rows.
        merged: records that a later record of the same batch changed again.
    """

    reject: Reject
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    merged: int = 0

    def __str__(self) -> str:
        return f"{self.added:,} added, {self.changed:,} changed, {self.unchanged:,} unchanged"


class Load(ABC):
    """Brings the rows of one stream into its table.

    Args:
        base: the base.
        layout: which table, which columns.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
    """

    def __init__(self, base: Base, layout: Layout, outcome: Outcome, *, batch_size: int) -> None:
        self.layout = layout
        self.outcome = outcome
        self._base = base
        self._batch_size = batch_size

    @abstractmethod
    def store(self, rows: Sequence[tuple[Row, Record]]) -> None:
        """Store rows, each with the record that it was made from. All of them are safe after."""

    def _append(self, rows: Sequence[Row]) -> list[str | None]:
        """Append rows; returns their ids, None where the server does not tell.

        Raises:
            SeaTableError: the server stored fewer rows than it was sent.
        """
        table = self.layout.table.name
        ids: list[str | None] = []
        for chunk in _chunks(rows, self._batch_size):
            self._add_options(chunk)
            appended = self._base.append_rows(table, [self.layout.for_append(one) for one in chunk])
            if appended.count != len(chunk):
                raise SeaTableError(
                    f"Table {table!r}: {len(chunk)} rows were sent and {appended.count} stored. "
                    "A column may have been renamed or removed meanwhile. No state was written "
                    "for these rows; run again."
                )
            ids += appended.row_ids or [None] * len(chunk)
            self.outcome.added += len(chunk)
        return ids

    def _update(self, updates: Mapping[str, Row]) -> None:
        """Change rows, given by their ids."""
        for chunk in _chunks(list(updates.items()), self._batch_size):
            self._add_options([row for _, row in chunk])
            self._base.update_rows(self.layout.table.name, dict(chunk))
            self.outcome.changed += len(chunk)

    def _add_options(self, rows: Sequence[Row]) -> None:
        """Add the options that rows use and the base does not have: one call per column."""
        for column, names in self.layout.new_options(rows).items():
            self._base.add_options(self.layout.table.name, column, names)
            self.layout.options[column].update(names)


class AppendOnly(Load):
    """Every record becomes a row of its own."""

    def store(self, rows: Sequence[tuple[Row, Record]]) -> None:
        """Append the rows."""
        self._append([row for row, _ in rows])


class Upsert(Load):
    """A record changes the row that has its key, or becomes a new one.

    Args:
        base: the base.
        layout: which table, which columns, which key.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
        is_new: whether the table was just made, so that no row has to be looked for.
        skip_unchanged: whether rows that hold the record's values already are left alone.
    """

    def __init__(
        self,
        base: Base,
        layout: Layout,
        outcome: Outcome,
        *,
        batch_size: int,
        is_new: bool,
        skip_unchanged: bool,
    ) -> None:
        super().__init__(base, layout, outcome, batch_size=batch_size)
        self._index = RowIndex(base, layout, complete=is_new)
        self._skip_unchanged = skip_unchanged

    def store(self, rows: Sequence[tuple[Row, Record]]) -> None:
        """Change the rows that exist, append the others."""
        latest = self._merged(rows)
        self._index.learn(latest)
        new: dict[Hashable, Row] = {}
        changed: dict[str, tuple[Hashable, Row]] = {}
        unchanged = 0
        for key, (row, record) in latest.items():
            try:
                row_id = self._index.row_id(key)
            except AmbiguousKey as error:
                self.outcome.reject(record, error)
                continue
            if row_id is None:
                new[key] = row
            elif self._is_unchanged(key, row):
                unchanged += 1
            else:
                changed[row_id] = (key, row)
        self.outcome.unchanged += unchanged
        self._index.note_unchanged(unchanged, len(latest))
        self._change(changed)
        self._add(new)

    def _merged(self, rows: Sequence[tuple[Row, Record]]) -> dict[Hashable, tuple[Row, Record]]:
        """One row per key: what later records say wins, what they do not mention stays."""
        latest: dict[Hashable, tuple[Row, Record]] = {}
        for row, record in rows:
            key = self.layout.key(row)
            if key in latest:
                self.outcome.merged += 1
                latest[key] = ({**latest[key][0], **row}, {**latest[key][1], **record})
            else:
                latest[key] = (row, record)
        return latest

    def _is_unchanged(self, key: Hashable, row: Row) -> bool:
        return (
            self._skip_unchanged
            and self.layout.is_whole(row)
            and self._index.holds(key, self.layout.content(row))
        )

    def _change(self, changed: Mapping[str, tuple[Hashable, Row]]) -> None:
        self._update({row_id: row for row_id, (_, row) in changed.items()})
        for row_id, (key, row) in changed.items():
            whole = self.layout.is_whole(row)
            self._index.put(key, row_id, self.layout.content(row) if whole else None)

    def _add(self, new: Mapping[Hashable, Row]) -> None:
        ids = self._append(list(new.values()))
        told = {key: row_id for key, row_id in zip(new, ids, strict=True) if row_id is not None}
        for key, row_id in told.items():
            self._index.put(key, row_id, self.layout.content(new[key]))
        if len(told) < len(new):
            self._index.forget_ids(new.keys() - told.keys())


def _chunks(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
