"""Decides what to do with each table: skip it, read changed rows, compare all rows, or read it all.

`_mtime` shows rows that were inserted or edited, and nothing else: not links, formulas and lookups
that change with another row, renamed options, restored or deleted rows. The base's operation
counter and its log show what can have happened, without reading a row.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from seatable_client.api import PAGE, read_deleted_rows
from tap_seatable.sync.base_log import BaseLog, Past
from tap_seatable.sync.task import (
    UNFINISHED,
    Action,
    NamedRows,
    TableHistory,
    Task,
    judge,
    reach_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from seatable_client.api import Base
    from seatable_client.metadata import Metadata
    from tap_seatable.state import TableBookmark

log = logging.getLogger(__name__)

_ROLLED_BACK = "the base was put back to an earlier state"
_UNKNOWN_PAST = "the operations log does not show where the last run ended"
_OTHER_RECORDS = "its columns, the selection or settings that filter or map its rows changed"


def plan_tasks(
    base: Base,
    metadata: Metadata,
    histories: Mapping[str, TableHistory],
    *,
    now: datetime,
    full_compare_interval: timedelta,
) -> dict[str, Task]:
    """Decide what to do with each table, by stream name. At most a few calls, for the log.

    Servers without a counter have no log; they are asked for their list of deleted rows.

    Args:
        base: the base.
        metadata: its structure at the start of the run.
        histories: the tables to decide about, by stream name.
        now: the server's clock.
        full_compare_interval: age of the last comparison from which on a table is compared.
    """
    tasks: dict[str, Task] = {}
    in_log: dict[str, TableHistory] = {}
    for stream, history in histories.items():
        bookmark = history.bookmark
        if bookmark is None:
            tasks[stream] = Task(Action.FULL, history.invalid_reason or "first run")
            continue
        is_due = bookmark.is_due(now, full_compare_interval)
        task = _plan_rolled_back(bookmark, history.fingerprint, metadata) or _plan_without_log(
            bookmark,
            history.fingerprint,
            version=metadata.version,
            due="full_compare_interval has passed" if is_due else history.stale_reason,
        )
        if task is not None:
            is_quiet = None is not bookmark.version == metadata.version
            knows_rows = bookmark.fingerprint == history.fingerprint
            tasks[stream] = replace(task, named=NamedRows() if is_quiet and knows_rows else None)
        if (task is None or task.action is Action.COMPARE) and _has_news(bookmark, metadata):
            in_log[stream] = history
    if metadata.version is None:
        _add_deleted_rows(base, histories, tasks)
        return tasks
    log_of_base = BaseLog(base, metadata.version)
    if in_log:
        _plan_by_log(log_of_base, metadata, in_log, tasks)
    for stream, history in histories.items():
        if stream not in in_log:
            tasks[stream] = _check_past(log_of_base, history, tasks[stream], metadata.version)
    if all(
        history.bookmark is not None
        and history.bookmark.version == metadata.version
        and tasks[stream].action is not Action.FULL
        for stream, history in histories.items()
    ):
        return tasks  # their bookmarks keep what they know of the last operation
    last_operation_at = log_of_base.last_operation_at()
    return {
        stream: replace(task, last_operation_at=last_operation_at) for stream, task in tasks.items()
    }


def _plan_rolled_back(bookmark: TableBookmark, fingerprint: str, metadata: Metadata) -> Task | None:
    """The task for a table of a base that was put back to a snapshot; None if it was not.

    A row that was edited and has its old content again looks unchanged to the sketch, which knows
    of an edit only with the next comparison. So all rows are emitted.
    """
    if bookmark.version is None or metadata.version is None or bookmark.version <= metadata.version:
        return None
    if bookmark.cursor is not None and bookmark.fingerprint != fingerprint:
        return None  # all of it is read again in any case
    return Task(Action.COMPARE, _ROLLED_BACK, distrusts_contents=True)


def _check_past(log_of_base: BaseLog, history: TableHistory, task: Task, version: int) -> Task:
    """The task for a comparison without news, of a base that may have been put back meanwhile.

    Its counter may show the old number again. Only edits that the sketch does not know of could
    then be missed, and only these are worth a call.
    """
    bookmark = history.bookmark
    if (
        task.action is not Action.COMPARE
        or bookmark is None
        or bookmark.version != version
        or bookmark.contents_known
        or bookmark.fingerprint != history.fingerprint
    ):
        return task
    return _with_past(task, log_of_base.past_of(bookmark), bookmark)


def _with_past(task: Task, past: Past, bookmark: TableBookmark) -> Task:
    """The task, as far as what became of the last run's last operation changes it."""
    if past is Past.KEPT:
        return task
    task = replace(task, named=None)
    if past is Past.REPLACED:
        return replace(task, action=Action.COMPARE, reason=_ROLLED_BACK, distrusts_contents=True)
    return replace(
        task,
        action=Action.COMPARE,
        reason=task.reason if task.action is Action.COMPARE else _UNKNOWN_PAST,
        distrusts_contents=not bookmark.contents_known,
    )


def _plan_without_log(  # noqa: PLR0911  (a rule a line)
    bookmark: TableBookmark, fingerprint: str, *, version: int | None, due: str
) -> Task | None:
    """The task for a table as far as it is known without the log; None where it is not."""
    if bookmark.cursor is not None and bookmark.fingerprint != fingerprint:
        return Task(Action.FULL, f"{_OTHER_RECORDS} while it was being read")
    if bookmark.fingerprint == UNFINISHED:
        return Task(Action.COMPARE, "the last comparison did not finish")
    if bookmark.fingerprint != fingerprint:
        return Task(Action.COMPARE, _OTHER_RECORDS)
    if due:
        return Task(Action.COMPARE, due)
    if bookmark.version is None or version is None:
        return Task(Action.COMPARE, "this server has no operation counter")
    if bookmark.version == version:
        return Task(Action.SKIP, "no operations in the base since the last run")
    return None


def _has_news(bookmark: TableBookmark, metadata: Metadata) -> bool:
    return bookmark.version is not None and bookmark.version < (metadata.version or 0)


def _plan_by_log(
    log_of_base: BaseLog,
    metadata: Metadata,
    histories: Mapping[str, TableHistory],
    tasks: dict[str, Task],
) -> None:
    """Decide by the log what is not decided yet, and take the deleted rows from it."""
    since, max_calls = _affordable_range(histories.values(), metadata.version or 0)
    operations = log_of_base.read(since, max_calls) if max_calls else None
    reach = reach_of(metadata.tables)
    for stream, history in histories.items():
        bookmark = history.bookmark
        if bookmark is None:
            continue
        known_until = bookmark.version or 0
        if operations is None or known_until < since:
            by_log = Task(Action.COMPARE, "the operations log does not reach back")
            past = Past.KEPT if bookmark.contents_known else log_of_base.past_of(bookmark)
        else:
            news = [operation for operation in operations if operation.number > known_until]
            by_log = judge(history, news, reach)
            past = log_of_base.past_of(bookmark)
        by_log = _with_past(by_log, past, bookmark)
        task = tasks.setdefault(stream, by_log)
        reason = task.reason
        if reason == _OTHER_RECORDS and by_log.action is Action.COMPARE:
            reason = f"{_OTHER_RECORDS}: {by_log.reason}"
        tasks[stream] = replace(
            task,
            reason=reason,
            deleted=by_log.deleted,
            named=by_log.named if bookmark.fingerprint == history.fingerprint else None,
            distrusts_contents=by_log.distrusts_contents,
        )


def _add_deleted_rows(
    base: Base, histories: Mapping[str, TableHistory], tasks: dict[str, Task]
) -> None:
    """Add the rows that a server without a log lists as deleted since the last run.

    The comparison itself finds which rows are gone of those in the state. The list has the time,
    and rows that a killed run emitted and left in no state.
    """
    since = {
        stream: history.bookmark.compared_at
        for stream, history in histories.items()
        if history.bookmark and tasks[stream].action is Action.COMPARE
    }
    rows = read_deleted_rows(base, since=min(since.values())) if since else []
    for stream, compared_at in since.items():
        deleted = {
            row.row_id: row.deleted_at
            for row in rows
            if row.table_id == histories[stream].table.id and row.deleted_at >= compared_at
        }
        tasks[stream] = replace(tasks[stream], deleted=deleted)


def _affordable_range(histories: Iterable[TableHistory], up_to: int) -> tuple[int, int]:
    """From which version on the log is worth reading, and in how many calls; 0 calls for none.

    At most as many calls as reading the tables that it decides about would take. A table that is
    further behind, because it failed for long, is compared and does not hold up the others. The
    last operation that a bookmark knows counts, too: it must still be the same.
    """
    since = calls = worth = 0
    bookmarks = [history.bookmark for history in histories if history.bookmark]
    for bookmark in sorted(bookmarks, key=lambda known: known.version or 0, reverse=True):
        worth += 2 + (bookmark.rows or 0) // 10_000
        if -(-(up_to - (bookmark.version or 0) + 1) // PAGE) <= worth:
            since, calls = bookmark.version or 0, worth
    return since, calls
