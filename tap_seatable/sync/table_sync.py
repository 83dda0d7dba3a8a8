"""Syncs one table: the three ways of reading it, and what each one leaves in the state.

All of them read the table as it was at one moment, the *horizon*: the latest change known before
the first page. A row inserted after it is left to the next run, whenever it is seen. So a bookmark
holds exactly the rows created up to its horizon, and the next run knows new rows by `_ctime` alone.
Where that fails (restored rows, clocks that go back) the rows are not those that the log names, or
their number is not the expected one, and the table is compared.

A run can be killed between any two messages, and the next one starts from the last state that the
loader kept. So what will be known of a page is in the state *before* it goes out: a state may hold
ids that were never emitted, which does no harm, but it lacks no emitted id.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from seatable_client.errors import QuotaExhausted
from singer_seatable.gc_tuning import without_gc
from tap_seatable.errors import MissingRowsError
from tap_seatable.state import RowComparison, next_version
from tap_seatable.sync.one_page import (
    changed_since,
    fits_one_page,
    has_all_named,
    has_all_rows,
    request_all,
    request_changes,
)
from tap_seatable.sync.row_count_check import (
    check_disappearance,
    check_row_count,
    confirm_changes,
    known_rows,
    lose_rows,
)
from tap_seatable.sync.row_order import OrderedRows, in_order
from tap_seatable.sync.spool import Spool, changed_rows
from tap_seatable.sync.table_reader import (
    CallLimit,
    are_later,
    format_ctime,
    ids_of,
    later_horizon,
)
from tap_seatable.sync.task import UNFINISHED, Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from seatable_client.rows import TableRead
    from tap_seatable.config import Deletes
    from tap_seatable.records import Page, RecordWriter
    from tap_seatable.state import BookmarkBuilder, Changes, StreamState, TableBookmark
    from tap_seatable.sync.table_reader import TableReader
    from tap_seatable.sync.task import Task

log = logging.getLogger(__name__)

CURSOR_ROWS = 50_000
"""Rows from which on a full sync saves with every page how far it has come."""


_BEGINS_AGAIN = (
    "Stream %r: the calls were used up before it was complete, so the next run begins it again. If "
    "no run completes it, raise the limit, set full_compare_interval higher, or leave it out."
)


class TableSync:
    """One run over one table.

    Args:
        reader: reads the table.
        builder: what every new bookmark of the table contains.
        state: where bookmarks go.
        writer: where records go.
        deletes: how loaders learn of deleted rows.
    """

    def __init__(
        self,
        reader: TableReader,
        builder: BookmarkBuilder,
        state: StreamState,
        writer: RecordWriter,
        *,
        deletes: Deletes,
    ) -> None:
        self._reader = reader
        self._table = reader.row_filter.table.name
        self._builder = builder
        self._state = state
        self._writer = writer
        self._deletes = deletes
        self._can_go_on = False

    def run(self, task: Task, bookmark: TableBookmark | None) -> None:
        """Do what the task says.

        Raises:
            SeaTableError: the table cannot be read; the state says how far its records have gone.
        """
        level = logging.DEBUG if task.is_skip else logging.INFO
        log.log(level, "Stream %r: %s.", self._writer.stream, task)
        try:
            with without_gc():
                self._run(task, bookmark)
        except QuotaExhausted:
            if not self._can_go_on:
                log.warning(_BEGINS_AGAIN, self._writer.stream)
            raise

    def _run(self, task: Task, bookmark: TableBookmark | None) -> None:
        if task.action is Action.FULL or bookmark is None:
            self._sync_fully()
            return
        loaded = bookmark
        if self._builder.deletes_unreported:
            bookmark = replace(bookmark, deletes_unreported=True)
        if bookmark.cursor is not None:
            bookmark = self._resume(bookmark)
        if task.distrusts_contents:
            bookmark = replace(bookmark, fingerprint=UNFINISHED)
        if task.action is Action.COMPARE or bookmark.cursor is not None:
            self._compare(bookmark, task)
        elif task.action is Action.SKIP:
            if (current := self._builder.catch_up(bookmark)) != loaded:
                self._state.save(current)
        elif not self._sync_changes(bookmark, task):
            log.info(
                "Stream %r: full comparison (its rows are not the expected ones).",
                self._writer.stream,
            )
            self._compare(bookmark, task)

    # The three ways

    def _sync_fully(self) -> None:
        """Emit all rows under a new version."""
        read = self._reader.read(request_all(self._reader))
        bookmark = self._builder.start_full_sync(read.horizon)
        self._read_on(bookmark, read)

    def _resume(self, bookmark: TableBookmark) -> TableBookmark:
        """Finish a full sync that stopped; its bookmark is of the moment at which it began.

        It keeps its cursor where a comparison has to finish it. All rows under a new version would
        not do: if the states got lost, the next run would activate the old one without them.
        """
        log.info(
            "Stream %r: full sync continues after row %s.", self._writer.stream, bookmark.cursor
        )
        return self._read_on(
            bookmark, self._reader.read(self._reader.request(after=bookmark.cursor or ""))
        )

    def _read_on(self, bookmark: TableBookmark, read: TableRead) -> TableBookmark:
        """Emit what is left of a full sync."""
        horizon, version = bookmark.horizon, bookmark.stream_version
        rows, last, ahead = bookmark.rows or 0, bookmark.cursor or "", bookmark.ahead or ""
        waiting, limit = OrderedRows(), CallLimit()
        pages = self._reader.pages(read, horizon, total=read.expected, before=rows)
        for page in limit.pages_until(pages):
            new = page.only([row_id > ahead for row_id in page.ids])
            bookmark.emitted.add(new.contents)
            rows += len(new)
            if last and rows >= CURSOR_ROWS and read.expected is not None:
                self._write(waiting.take(), version)
                self._state.save(
                    replace(bookmark, rows=rows, cursor=last, ahead=max(ahead, page.ids[-1]))
                )
            # A cursor says that all rows before it are out, so nothing waits from the first on.
            self._write(waiting.add(page, wait=rows < CURSOR_ROWS), version)
            last = page.ids[-1]
        self._can_go_on = bool(last) and read.expected is not None
        if limit.error and not self._can_go_on:
            raise limit.error
        self._write(waiting.take(), version)
        if not limit.error:
            with limit:
                if not self._has_all_rows(bookmark, read, rows):
                    return replace(bookmark, rows=rows)
        if limit.error:
            if self._can_go_on:  # or, with as few calls again, no run would ever come to the end
                self._state.save(replace(bookmark, rows=rows, cursor=last, ahead=max(ahead, last)))
                log.info("Stream %r: the next run goes on after row %s.", self._writer.stream, last)
            raise limit.error
        if self._deletes.activates_versions:
            self._writer.activate(version)
        bookmark = replace(
            bookmark, horizon=horizon or read.horizon, rows=rows, cursor=None, ahead=None
        )
        self._state.save(bookmark)
        return bookmark

    def _has_all_rows(self, bookmark: TableBookmark, read: TableRead, rows: int) -> bool:
        """Whether a full sync has sent all rows; False if only a read from the start can tell.

        Rows before a cursor may come from the trash, or in the second that an aggregate stands for.
        """
        try:
            horizon, resumed = bookmark.horizon or read.horizon, bool(bookmark.cursor)
            check_row_count(read, self._table, rows=rows, horizon=horizon, resumed=resumed)
            self._reader.check_condition()
            if not rows and self._builder.last_version:
                self._check_disappearance(read, rows, known=None)
        except MissingRowsError:
            # Or the next run would continue behind the gap.
            self._state.reset(bookmark.stream_version)
            if not bookmark.cursor:
                raise
            log.info(
                "Stream %r: full comparison (the server counts more rows before the cursor than "
                "were sent).",
                self._writer.stream,
            )
            return False
        return True

    def _sync_changes(self, bookmark: TableBookmark, task: Task) -> bool:
        """Emit the rows changed since the last run; False if that cannot have been all."""
        found = self._read_changes(bookmark, task)
        if found is None:
            return False
        read, pages = found
        known_until = format_ctime(bookmark.horizon)
        new_rows = 0
        for page in pages:
            # Where servers do not send when a row was created it counts as new: a sketch shows
            # that as a difference, which the comparison then finds to be none.
            is_new = are_later(page, known_until)
            if bookmark.emitted.announce(page.ids, is_new):
                self._state.save(replace(bookmark, rows=None))
            self._writer.write(page.in_order(), bookmark.stream_version)
            bookmark.emitted.complete(page.contents, is_new)
            new_rows += sum(is_new)
        if read.expected is not None:
            if bookmark.rows is None or bookmark.rows + new_rows != read.expected:
                return False
            bookmark = replace(bookmark, rows=read.expected)
        elif read.has_open_end and bookmark.rows is not None:
            bookmark = replace(bookmark, rows=bookmark.rows + new_rows)
        self._state.save(
            replace(
                self._builder.catch_up(bookmark),
                horizon=later_horizon(bookmark.horizon, read.horizon),
            )
        )
        return True

    def _read_changes(
        self, bookmark: TableBookmark, task: Task
    ) -> tuple[TableRead, Iterable[Page]] | None:
        """The rows changed since the last run; None where all rows have to be read."""
        read = self._reader.read(request_changes(self._reader, task, bookmark))
        pages: Iterable[Page] = self._reader.pages(read, read.horizon)
        if read.has_open_end:
            pages = list(pages)
            if has_all_named(task, ids_of(pages)) and self._are_new(bookmark, task, pages):
                return read, pages
            if task.may_have_restored or fits_one_page(self._reader, bookmark):
                return None  # to count rows and then read some is no cheaper than to read them all
            since = changed_since(self._reader, bookmark, task)
            read = self._reader.read(self._reader.request(since=since))
            pages = self._reader.pages(read, read.horizon)
        uncountable = task.may_have_restored if read.expected is None else bookmark.rows is None
        return None if uncountable else (read, pages)

    def _compare(self, bookmark: TableBookmark, task: Task, *, counts: bool = False) -> None:
        """Read all rows and emit those that differ from the last run, for whatever reason.

        `counts` says to count the rows, as one page was not proved to have them all.
        """
        deleted = task.deleted
        read = self._reader.read(None if counts else request_all(self._reader, task, bookmark))
        comparison = RowComparison(bookmark.emitted, self._builder.capacity)
        rows = 0
        with Spool() as spool:
            for page in self._reader.pages(read, read.horizon, total=read.expected):
                spool.add(page)
                comparison.add(page.contents)
                rows += len(page)
            check_row_count(read, self._table, rows=rows, horizon=read.horizon)
            changes = comparison.changes(deleted)
            if read.has_open_end and not has_all_rows(task, chain(*spool.ids()), changes):
                self._compare(bookmark, task, counts=True)
                return
            confirmed = confirm_changes(changes, deleted, spool)
            if lose_rows(*confirmed):
                self._reader.check_condition()
            self._check_disappearance(read, rows, known_rows(bookmark, rows, *confirmed))
            version = self._emit_differences(bookmark, confirmed, spool, deleted)
        if (
            self._deletes.activates_versions
            and bookmark.cursor is not None
            and version == bookmark.stream_version
        ):
            self._writer.activate(version)
        self._state.save(
            replace(
                self._builder.catch_up(bookmark),
                stream_version=version,
                fingerprint=self._builder.fingerprint,
                columns=self._builder.stored_columns,
                horizon=later_horizon(bookmark.horizon, read.horizon),
                compared_at=self._builder.now,
                rows=rows if read.expected is not None else None,
                emitted=comparison.emitted,
                cursor=None,
                ahead=None,
            )
        )

    def _emit_differences(
        self,
        bookmark: TableBookmark,
        confirmed: tuple[Changes | None, frozenset[str]],
        spool: Spool,
        deleted: Mapping[str, datetime],
    ) -> int:
        """Emit what differs, and return the stream's version after that."""
        changes, absent = confirmed
        if changes is None:
            log.warning(
                "Stream %r: too many rows were deleted or restored to identify them. All rows are "
                "emitted again%s. %s may keep up to %s deleted rows.",
                self._writer.stream,
                " as a new version of the stream" if self._deletes.activates_versions else "",
                "A loader that does not act on ACTIVATE_VERSION"
                if self._deletes.activates_versions
                else "Without ACTIVATE_VERSION the loader",
                "an unknown number of" if bookmark.rows is None else f"{bookmark.rows:,}",
            )
        gone = absent | (changes.removed if changes else frozenset())
        if changes is None or (gone and self._deletes.begins_versions):
            version = next_version(bookmark.stream_version)
            self._state.reset(version)
            self._write(in_order(spool.pages()), version)
            self._report_deleted(gone, deleted, version)  # a loader may not act on versions
            if self._deletes.activates_versions:
                self._writer.activate(version)
            return version
        # What goes out now and then comes back to what the state holds (a link added and removed
        # again, a row deleted and restored) would look unchanged to a run that starts from that
        # state. If this run does not finish, the next one must distrust all contents.
        version = bookmark.stream_version
        all_differ = changes.contents is None or bookmark.fingerprint != self._builder.fingerprint
        if not (all_differ or gone or changes.added or changes.contents):
            return version
        bookmark.emitted.announce(changes.added)
        if bookmark.cursor is None:  # or the next run begins anew
            self._state.save(replace(bookmark, fingerprint=UNFINISHED))
        if all_differ:
            self._write(in_order(spool.pages()), version)
        elif changes.added or changes.contents:
            self._write(in_order(changed_rows(spool.pages(), changes)), version)
        self._report_deleted(gone, deleted, version)
        return version

    # Their parts

    def _are_new(self, bookmark: TableBookmark, task: Task, pages: Iterable[Page]) -> bool:
        """Whether no added row looks like a known one, as if a clock was set back."""
        known_until = format_ctime(bookmark.horizon)
        new = ids_of(page.only(are_later(page, known_until)) for page in pages)
        return task.named is not None and task.named.added <= new

    def _report_deleted(
        self, row_ids: Iterable[str], deleted: Mapping[str, datetime], version: int
    ) -> None:
        """Write tombstones, if `deletes` asks for them, with the times that the log has."""
        times = {row_id: deleted.get(row_id, self._builder.now) for row_id in row_ids}
        if times and self._deletes.writes_tombstones:
            self._writer.write_tombstones(times, version)

    def _check_disappearance(self, read: TableRead, rows: int, known: int | None) -> None:
        ask = read.count_again or (lambda: sum(map(len, self._reader.read().pages)))
        check_disappearance(self._table, rows=rows, known=known, ask=ask)

    def _write(self, parts: Iterable[Sequence[bytes]], version: int) -> None:
        for records in parts:
            self._writer.write(records, version)
