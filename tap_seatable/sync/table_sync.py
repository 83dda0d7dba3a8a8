"""Bringing one stream up to date: the three ways of reading a table, and what each one remembers.

All of them read the table as it was at one moment, the *horizon*: the latest change known before
the first page. A row inserted after it is left to the next run, whenever it is met, so the rows
that a memory holds are exactly those created up to its horizon, and the next run can tell new rows
from known ones by `_ctime` alone. Where that fails (restored rows, clocks that go back) the number
of rows is not the expected one, and the table is compared.

A run can be killed between any two messages, and the next one starts from the last state that the
loader kept. So what will be known of a page is in the state *before* it goes out: a state may
hold ids that were never emitted, which does no harm, but no emitted id is missing from it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol

from singer_seatable.gc_tuning import without_gc
from tap_seatable.errors import MissingRowsError
from tap_seatable.state.bookmark import TableBookmark, one_version_later
from tap_seatable.state.row_sketches import Changes, Sketches, changes_between, content_digest
from tap_seatable.sync.planner import UNFINISHED, Action
from tap_seatable.sync.prefetch import read_ahead
from tap_seatable.sync.row_count_check import check_row_count
from tap_seatable.sync.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seatable_client.rows.results import TableRead
    from tap_seatable.records.encoder import Page
    from tap_seatable.records.writer import RecordOutput
    from tap_seatable.state.bookmark import BookmarkBuilder
    from tap_seatable.sync.planner import Task
    from tap_seatable.sync.table_reader import Scope

log = logging.getLogger(__name__)

CURSOR_ROWS = 50_000
"""Rows from which on a full read notes with every page how far it has come."""


class Outlet(Protocol):
    """Where a sync's results go: the stream."""

    @property
    def name(self) -> str:
        """What the stream is called."""

    def open(self, version: int) -> RecordOutput:
        """Records of this version of the stream."""

    def count(self, records: int) -> None:
        """So many records went out."""

    def remember(self, memory: TableBookmark) -> None:
        """Put a memory into the state and write the state out."""

    def forget(self, version: int) -> None:
        """Put into the state, and write out, that nothing is known but the stream's version."""

    def bury(self, output: RecordOutput, deleted: Mapping[str, datetime]) -> None:
        """Say that rows were deleted, each at its time."""

    def activate(self, version: int) -> None:
        """Say that all rows of other versions are gone."""


class TableSync:
    """One run over one table.

    Args:
        scope: what to read.
        remembering: what to remember.
        outlet: where results go.
        deletes: `tombstones`, `versions` or `off`.
    """

    def __init__(
        self, scope: Scope, remembering: BookmarkBuilder, outlet: Outlet, *, deletes: str
    ) -> None:
        self._scope = scope
        self._new = remembering
        self._outlet = outlet
        self._deletes = deletes

    def run(self, task: Task, memory: TableBookmark | None) -> None:
        """Do what the task says."""
        log.info("Stream %r: %s, because %s.", self._outlet.name, task.action.value, task.because)
        with without_gc():
            self._do(task, memory)

    def _do(self, task: Task, memory: TableBookmark | None) -> None:
        if task.action is Action.FULL or memory is None:
            self._full()
            return
        if self._deletes == "off":
            memory = replace(memory, silent=True)
        if memory.cursor is not None:
            memory = self._resume(memory)
        if task.distrust:
            memory = replace(memory, fingerprint=UNFINISHED)
        if task.action is Action.SKIP:
            self._outlet.remember(self._up_to_now(memory))
        elif task.action is Action.COMPARE:
            self._compare(memory, task.deleted)
        elif not self._changed(memory, task):
            log.info(
                "Stream %r: its number of rows is not the expected one or not known, so all are "
                "compared.",
                self._outlet.name,
            )
            self._compare(memory, task.deleted)

    # The three ways

    def _full(self) -> None:
        """Emit all rows under a new version."""
        read = self._scope.read()
        memory = TableBookmark(
            base=self._new.base,
            table=self._new.table,
            version=self._new.version,
            seen_at=self._new.now,
            stream_version=one_version_later(self._new.last_version),
            fingerprint=self._new.fingerprint,
            columns=self._new.columns_kept,
            horizon=read.horizon,
            compared_at=self._new.now,
            rows=0,
            sketches=Sketches.of_capacity(self._new.capacity(read.expected)),
            silent=self._deletes == "off",
        )
        self._read_on(memory, read)

    def _resume(self, memory: TableBookmark) -> TableBookmark:
        """Finish a full read that stopped; its memory, which is that of the moment it began at."""
        log.info("Stream %r: continuing after row %s.", self._outlet.name, memory.cursor)
        return self._read_on(memory, self._scope.read(after=memory.cursor or ""))

    def _read_on(self, memory: TableBookmark, read: TableRead) -> TableBookmark:
        """Emit what is left of a full read."""
        horizon = memory.horizon
        output = self._outlet.open(memory.stream_version)
        rows, last, ahead = memory.rows or 0, memory.cursor or "", memory.ahead or ""
        for page in self._pages(read, horizon):
            new = page.only([row_id > ahead for row_id in page.ids])
            memory.sketches.add(new.contents)
            rows += len(new)
            if last and rows >= CURSOR_ROWS and read.expected is not None:
                self._outlet.remember(
                    replace(memory, rows=rows, cursor=last, ahead=max(ahead, page.ids[-1]))
                )
            self._emit(output, page)
            last = page.ids[-1]
        try:
            self._check_row_count(read, rows, horizon or read.horizon, resumed=bool(memory.cursor))
        except MissingRowsError:
            # Or the next run would continue behind the gap.
            self._outlet.forget(memory.stream_version)
            raise
        if self._deletes != "off":
            self._outlet.activate(memory.stream_version)
        memory = replace(
            memory, horizon=horizon or read.horizon, rows=rows, cursor=None, ahead=None
        )
        self._outlet.remember(memory)
        return memory

    def _changed(self, memory: TableBookmark, task: Task) -> bool:
        """Emit the rows changed since the last run; False if that cannot have been all."""
        since = None
        if memory.horizon:
            reached = min(memory.horizon, task.since or memory.horizon)
            since = reached.replace(microsecond=0) - self._scope.lookback
        read = self._scope.read(since=since)
        in_doubt = task.restored if read.expected is None else memory.rows is None
        if in_doubt:
            return False
        output = self._outlet.open(memory.stream_version)
        known_until = _stamp(memory.horizon)
        new_rows = 0
        for page in self._pages(read, read.horizon):
            # Servers that do not tell when a row was created get it added again: a sketch shows
            # that as a difference, which the comparison then sees to be none.
            new = page.only([created is None or created > known_until for created in page.created])
            if len(new):
                memory.sketches.add_ids(new.ids)
                self._outlet.remember(replace(memory, rows=None))
            self._emit(output, page)
            memory.sketches.add_contents(new.contents)
            new_rows += len(new)
        if read.expected is not None:
            if memory.rows is None or memory.rows + new_rows != read.expected:
                return False
            memory = replace(memory, rows=read.expected)
        self._outlet.remember(
            replace(
                self._up_to_now(memory),
                horizon=_later(memory.horizon, read.horizon),
            )
        )
        return True

    def _compare(self, memory: TableBookmark, deleted: Mapping[str, datetime]) -> None:
        """Read all rows and emit those that differ from the last run, however they came to."""
        read = self._scope.read()
        now = Sketches.of_capacity(memory.sketches.capacity)
        capacity = self._new.capacity(read.expected)
        kept = now if capacity == now.capacity else Sketches.of_capacity(capacity)
        rows = 0
        with Spool() as spool:
            for page in self._pages(read, read.horizon):
                spool.add(page)
                now.add(page.contents)
                if kept is not now:
                    kept.add(page.contents)
                rows += len(page)
            self._check_row_count(read, rows, read.horizon)
            version = self._emit_differences(memory, now, spool, deleted)
        self._outlet.remember(
            replace(
                self._up_to_now(memory),
                stream_version=version,
                fingerprint=self._new.fingerprint,
                columns=self._new.columns_kept,
                horizon=_later(memory.horizon, read.horizon),
                compared_at=self._new.now,
                rows=rows if read.expected is not None else None,
                sketches=kept,
                cursor=None,
            )
        )

    def _emit_differences(
        self, memory: TableBookmark, now: Sketches, spool: Spool, deleted: Mapping[str, datetime]
    ) -> int:
        """Emit what differs; the stream's version after that."""
        changes, absent = _confirmed(changes_between(memory.sketches, now, deleted), deleted, spool)
        if changes is None:
            log.warning(
                "Stream %r: too many rows were deleted or restored to tell which. All rows are "
                "emitted again as a new version of the stream. A loader that does not act on "
                "ACTIVATE_VERSION may keep up to %s rows that are gone.",
                self._outlet.name,
                "an unknown number of" if memory.rows is None else f"{memory.rows:,}",
            )
        buried = absent | (changes.removed if changes else frozenset())
        if changes is None or (buried and self._deletes == "versions"):
            version = one_version_later(memory.stream_version)
            self._outlet.forget(version)
            output = self._outlet.open(version)
            self._emit_all(output, spool)
            self._bury(output, buried, deleted)  # a loader may not act on versions
            if self._deletes != "off":
                self._outlet.activate(version)
            return version
        # What goes out now and then comes back to what the state holds (a link added and removed
        # again, a row deleted and restored) would look unchanged to a run that starts from that
        # state. If this one does not finish, the next shall believe nothing about contents.
        memory.sketches.add_ids(changes.added)
        self._outlet.remember(replace(memory, fingerprint=UNFINISHED))
        output = self._outlet.open(memory.stream_version)
        if changes.contents is None or memory.fingerprint != self._new.fingerprint:
            self._emit_all(output, spool)
        elif changes.added or changes.contents:
            self._emit_some(output, spool, changes)
        self._bury(output, buried, deleted)
        return memory.stream_version

    def _bury(
        self, output: RecordOutput, row_ids: Iterable[str], deleted: Mapping[str, datetime]
    ) -> None:
        """Emit tombstones, where deletions are told so, with the times that the log tells."""
        if self._deletes == "tombstones" and (
            times := {row_id: deleted.get(row_id, self._new.now) for row_id in row_ids}
        ):
            self._outlet.bury(output, times)

    # Their parts

    def _up_to_now(self, memory: TableBookmark) -> TableBookmark:
        """The memory, with nothing unknown of what happened until the run began."""
        return replace(memory, version=self._new.version, seen_at=self._new.now)

    def _check_row_count(
        self, read: TableRead, rows: int, horizon: datetime | None, *, resumed: bool = False
    ) -> None:
        name = self._scope.table.name
        check_row_count(read, name, rows=rows, horizon=horizon, resumed=resumed)

    def _pages(self, read: TableRead, horizon: datetime | None) -> Iterator[Page]:
        """The pages of a read, shaped, without rows created after the horizon."""
        limit = _stamp(horizon)
        for rows in read_ahead(read.pages):
            page = self._scope.shape(rows)
            del rows  # further pages are on their way already
            if limit:
                page = page.only([created is None or created <= limit for created in page.created])
            if len(page):
                yield page

    def _emit(self, output: RecordOutput, page: Page) -> None:
        output.write(page.encoded)
        self._outlet.count(len(page))

    def _emit_all(self, output: RecordOutput, spool: Spool) -> None:
        for page in spool.pages():
            self._emit(output, page)

    def _emit_some(self, output: RecordOutput, spool: Spool, changes: Changes) -> None:
        contents = changes.contents or frozenset()
        ids = changes.added | {row_id for row_id, _ in contents}
        for page in spool.pages():
            self._emit(
                output,
                page.only(
                    [
                        row_id in ids
                        and (
                            row_id in changes.added or (row_id, content_digest(content)) in contents
                        )
                        for row_id, content in page.contents
                    ]
                ),
            )


def _confirmed(
    changes: Changes | None, deleted: Iterable[str], spool: Spool
) -> tuple[Changes | None, frozenset[str]]:
    """The changes as the rows confirm them, and which rows that the log calls deleted are gone.

    A sketch may hold an id twice, or not, after a run that was killed. For the same reason a row
    can be in the warehouse that no sketch knows: loaders may store records and lose the states
    around them. Then the log alone tells of its end.
    """
    named = frozenset(deleted)
    candidates = named | (changes.removed | changes.added if changes else frozenset())
    present: set[str] = set()
    for ids in spool.ids() if candidates else ():
        present.update(candidates.intersection(ids))
    if changes is not None:
        changes = replace(changes, removed=changes.removed - present, added=changes.added & present)
    return changes, named - present


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two horizons: one that was reached stays reached when its row is deleted."""
    return max((moment for moment in (one, other) if moment), default=None)


def _stamp(moment: datetime | None) -> str:
    """A moment in the form of `_ctime`, so that text order is time order; empty for none."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds") if moment else ""
