"""Writing rows to a table: in full batches, each row once, and past rows that the server refuses.

SeaTable refuses a batch as a whole. The batch is then halved until the bad row is alone; that row
is rejected, and the others are stored. Where the answer to an append is lost, the rows are read
back, and only those that are missing are sent again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from seatable_client.api import DELETE_LIMIT
from seatable_client.errors import AmbiguousWriteError, NotFound, RequestRejected, SeaTableError
from target_seatable.keys import Acknowledged, rows_with
from target_seatable.load_methods.row_changes import Item
from target_seatable.rows import is_empty
from target_seatable.tables import (
    MAX_WRITE_ATTEMPTS,
    explain_refusal,
    is_server_failure,
    poll_until_stable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from target_seatable.results import StreamStats
    from target_seatable.rows import Layout
    from target_seatable.tables import StreamTables

log = logging.getLogger(__name__)

Change = TypeVar("Change")
Result = TypeVar("Result")

CLOCK_MARGIN = timedelta(seconds=2)
"""The server's clock is known by the second, from the header of its last answer."""

_TICK = timedelta(seconds=1)

MAX_REFUSED = 5
"""Rows refused one after the other before the run ends.

It ends where the server has not taken a single row yet, or fails at each: the cause is not a row.
"""

_TABLE_IS_FULL = ("rows limit", "row limit", "size exceeds", "exceeds the limit", "quota")


class StoredRowsLookup(Protocol):
    """Reads back which rows of an append are in the table, where its answer was lost."""

    def __call__(self, items: Sequence[Item], since: datetime | None) -> Sequence[str | None]:
        """The id of each row, None where it is not there; it was sent after `since`."""


class BatchWriter:
    """Writes to one table.

    Args:
        tables: the tables of the base.
        layout: which table, which columns.
        stats: where to count rows and reject records.
        batch_size: rows to write in one call.

    Attributes:
        stored: how many rows were appended so far.
    """

    def __init__(
        self, tables: StreamTables, layout: Layout, stats: StreamStats, *, batch_size: int
    ) -> None:
        self.layout = layout
        self._tables = tables
        self._base = tables.base
        self._stats = stats
        self._batch_size = batch_size
        self.stored = 0
        self._changed = 0
        self._refused = 0
        self._failed = 0
        self._acknowledged = Acknowledged()

    def known_since(self, moment: datetime) -> Callable[[str], bool]:
        """Tells whether an id is one of a row that this run has added since then.

        Args:
            moment: by the server's clock.
        """
        return self._acknowledged.since(moment - CLOCK_MARGIN)

    def append(
        self, items: Sequence[Item], find_stored: StoredRowsLookup
    ) -> list[tuple[Item, str | None]]:
        """Append rows.

        Args:
            items: the rows.
            find_stored: reads back which of them are stored already.

        Returns:
            The items stored, each with its row's id where the server tells it.

        Raises:
            SeaTableError: the server refuses them, or which of them are stored is unknown.
        """
        if not items:
            return []
        calls = -(-len(items) // self._batch_size)
        row_limit, table = self._tables.row_limit, self.layout.table.name
        stored: list[tuple[Item, str | None]] = []
        with row_limit.room_for(table, len(items), calls) as note_stored:
            for chunk in chunks(items, self._batch_size):
                stored += self._append_batch(chunk, find_stored)
            note_stored(len(stored))
        self._stats.added += len(stored)
        return stored

    def update(self, changes: Mapping[str, Item]) -> tuple[dict[str, Item], list[Item]]:
        """Change rows, given by their ids.

        Returns:
            What was changed, and the items of rows that are gone.

        Raises:
            QuotaExhausted: too few calls are left for longer than is waited; none was sent.
            SeaTableError: the server does not take them.
        """
        changed: dict[str, Item] = {}
        gone: list[Item] = []
        self._check_calls(len(changes), self._batch_size, "change")
        for chunk in chunks(list(changes.items()), self._batch_size):
            changed.update(self._update_batch(chunk, gone))
        marked = sum(self.layout.is_marked(item.row) for item in changed.values())
        self._stats.marked += marked
        self._stats.changed += len(changed) - marked
        return changed, gone

    def delete(self, row_ids: Sequence[str]) -> None:
        """Delete rows; those that are gone already count as deleted.

        Raises:
            QuotaExhausted: too few calls are left for longer than is waited; none was sent.
            SeaTableError: rows are still there afterwards.
        """
        self._check_calls(len(row_ids), DELETE_LIMIT, "delete")
        unproved: list[str] = []
        for chunk in chunks(row_ids, DELETE_LIMIT):
            if not self._delete_batch(chunk):
                unproved += chunk
            if self._base.finds_by_sql:
                self._check_gone(unproved)
                unproved = []
            self._tables.row_limit.added(self.layout.table.name, -len(chunk))
            self._stats.deleted += len(chunk)
        # Without SQL, to look sends every row of the table: once for all of them.
        self._check_gone(unproved)

    def _delete_batch(self, chunk: Sequence[str]) -> bool:
        """Delete rows in one call; whether the answer proves that all of them are gone."""
        table = self.layout.table.name
        try:
            deleted = self._base.delete_rows(table, chunk)
        except RequestRejected as refusal:
            # Old servers delete none if one of them is gone.
            existing = self._existing(chunk)
            if len(existing) == len(chunk):
                raise
            log.info("Some rows to delete were gone already: %s", refusal)
            if not existing:
                return True
            deleted = self._base.delete_rows(table, existing)
        return deleted is not None and deleted >= len(chunk)

    def _check_gone(self, row_ids: Sequence[str]) -> None:
        if row_ids and (left := self._existing(row_ids)):
            raise SeaTableError(
                f"Table {self.layout.table.name!r}: {len(left)} rows were to be deleted and "
                f"are still there, {left[0]!r} for one. They may be locked; unlock them, or "
                "leave them out of what is loaded."
            )

    def _check_calls(self, rows: int, rows_per_call: int, verb: str) -> None:
        purpose = f"{verb} {rows:,} rows of table {self.layout.table.name!r}"
        self._tables.row_limit.check_calls(-(-rows // rows_per_call), purpose)

    def _existing(self, row_ids: Sequence[str]) -> list[str]:
        ids = set(row_ids)
        pages = self._base.find(self.layout.table, (), {"_id": row_ids})
        return [row["_id"] for page in pages for row in page if row["_id"] in ids]

    # One batch

    def _append_batch(
        self, chunk: Sequence[Item], find_stored: StoredRowsLookup
    ) -> list[tuple[Item, str | None]]:
        stored: list[tuple[Item, str | None]] = []
        lost: Exception | None = None
        for _ in range(MAX_WRITE_ATTEMPTS):
            since = self._base.transport.server_time
            try:
                return [*stored, *zip(chunk, self._post(chunk), strict=True)]
            except AmbiguousWriteError as unknown:
                lost = unknown
            except RequestRejected as refusal:
                if not is_server_failure(refusal):
                    return stored + self._bisect(
                        chunk, refusal, lambda half: self._append_batch(half, find_stored)
                    )
                lost = refusal
            ids = poll_until_stable(lambda: find_stored(chunk, since), all)  # noqa: B023  (called at once)
            self._acknowledge([row_id for row_id in ids if row_id])
            self.stored += len([row_id for row_id in ids if row_id])
            stored += [(item, row_id) for item, row_id in zip(chunk, ids, strict=True) if row_id]
            chunk = [item for item, row_id in zip(chunk, ids, strict=True) if not row_id]
            if not chunk:
                return stored
            if isinstance(lost, RequestRejected):
                return stored + self._bisect(
                    chunk, lost, lambda half: self._append_batch(half, find_stored)
                )
        raise lost or AssertionError

    def _post(self, chunk: Sequence[Item]) -> Sequence[str | None]:
        """Append rows; returns their ids, None where the server does not return them."""
        self._add_options(chunk)
        table = self.layout.table.name
        rows = self.layout.for_append([item.row for item in chunk])
        appended = self._base.append_rows(table, rows)
        self._note_written()
        self.stored += appended.count
        self._failed = 0
        known = appended.count if appended.row_ids is None else len(appended.row_ids)
        if not len(rows) == appended.count == known:
            raise SeaTableError(
                f"Table {table!r}: {len(rows)} rows were sent, {appended.count} stored, and "
                f"{known} ids returned. A column may have been renamed or removed meanwhile. No "
                "state was written for these rows; run again."
            )
        if missing := self.layout.missing_columns(appended.first, rows[0]):
            raise SeaTableError(
                f"Table {table!r}: rows were stored without their cells of "
                f"{', '.join(map(repr, missing))}. These columns may have been renamed or removed "
                "meanwhile. No state was written for these rows; run again."
            )
        if appended.row_ids is None:
            return [None] * len(rows)
        self._acknowledge(appended.row_ids)
        return appended.row_ids

    def _acknowledge(self, row_ids: Sequence[str]) -> None:
        """Note rows that are known to be stored, as long as a read-back may find them."""
        # An append is read back from a margin before it was sent, and clocks differ by another.
        now = self._base.transport.server_time
        self._acknowledged.add(row_ids, now, keep=2 * CLOCK_MARGIN + _TICK)

    def _update_batch(
        self, chunk: Sequence[tuple[str, Item]], gone: list[Item]
    ) -> list[tuple[str, Item]]:
        chunk = self._fill_only(chunk)
        if not chunk:
            return []
        self._add_options([item for _, item in chunk])
        try:
            self._base.update_rows(
                self.layout.table.name, {row_id: item.row for row_id, item in chunk}
            )
        except (RequestRejected, NotFound) as refusal:
            is_gone = isinstance(refusal, NotFound) or "not exist" in refusal.server_message
            if len(chunk) == 1 and is_gone:
                gone.append(chunk[0][1])
                return []
            return self._bisect(chunk, refusal, lambda half: self._update_batch(half, gone))
        self._note_written()
        self._changed += len(chunk)
        self._failed = 0
        return list(chunk)

    def _note_written(self) -> None:
        self._tables.written.note(self.layout.table, self.layout.columns)

    def _fill_only(self, chunk: Sequence[tuple[str, Item]]) -> Sequence[tuple[str, Item]]:
        """The changes without cells that people may have filled, as the table is right now."""
        filled = self.layout.policies.filled
        columns = [field.column for field in filled]
        names = {column.name for column in columns}
        ids = [row_id for row_id, item in chunk if not names.isdisjoint(item.row)]
        if not ids:
            return chunk
        stored, wanted = {}, set(ids)
        for row in rows_with(self._base, self.layout.table, columns, "_id", ids):
            if row["_id"] in wanted:
                stored[row["_id"]] = row
            if len(stored) == len(wanted):
                break  # at once: what people type from now on is not seen
        left: list[tuple[str, Item]] = []
        for row_id, item in chunk:
            kept = {
                field.column.name
                for field in filled
                if row_id in stored and not is_empty(field, stored[row_id])
            }
            row = {name: cell for name, cell in item.row.items() if name not in kept}
            if kept and self.layout.is_bare(row):
                self._stats.unchanged += 1
            else:
                left.append((row_id, Item(row, item.source, item.is_new)))
        return left

    def _bisect(
        self,
        chunk: Sequence[Change],
        refusal: RequestRejected | NotFound,
        store: Callable[[Sequence[Change]], list[Result]],
    ) -> list[Result]:
        """Store the halves of a batch that was refused; reject a row that is refused alone."""
        message = refusal.server_message.lower() if isinstance(refusal, RequestRejected) else ""
        if any(words in message for words in _TABLE_IS_FULL):
            raise refusal
        if len(chunk) > 1:
            half = len(chunk) // 2
            return store(chunk[:half]) + store(chunk[half:])
        self._refused += 1
        self._failed = self._failed + 1 if is_server_failure(refusal) else 0
        none_stored = not self.stored + self._changed
        if none_stored:
            refusal = explain_refusal(refusal, self._base)
        if self._failed >= MAX_REFUSED or (none_stored and self._refused >= MAX_REFUSED):
            raise refusal
        (change,) = chunk
        item = change if isinstance(change, Item) else change[1]  # type: ignore[index]
        self._stats.reject(item.record, refusal)
        return []

    def _add_options(self, items: Sequence[Item]) -> None:
        """Add the options that rows use and the base does not have: one call per column."""
        for column, names in self.layout.new_options([item.row for item in items]).items():
            self._tables.base_tables.add_options(self.layout.table.name, column, names)
            self.layout.options[column].update(names)


def chunks(items: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    """The items in their order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
