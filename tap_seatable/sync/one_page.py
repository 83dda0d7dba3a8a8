"""Reads of a whole table in one page, and the proof that the page was all of it.

One answer shows a table at one moment: its rows, their number and the newest change. But servers
cap pages silently, and nothing says that a cap is the same for each table and in each run. So a
page that is shorter than what was asked for is the end only if

* the server is asked for a row behind it and has none, or
* the page has every row that there can be: those that the state holds, without those that the log
  says were deleted, and all that it names as added or edited. It has no others: where one has come
  that nothing names, more may have.

The second takes no call. It needs a log that names every row, or no operation since the last run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_seatable.sync.task import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from seatable_client.api import ReadRequest
    from tap_seatable.state import Changes, TableBookmark
    from tap_seatable.sync.table_reader import TableReader
    from tap_seatable.sync.task import Task


def first_request(
    reader: TableReader, task: Task, bookmark: TableBookmark | None
) -> ReadRequest | None:
    """What `TableSync` asks for first; None if it does not read the table."""
    if task.action is Action.FULL or bookmark is None:
        return request_all(reader)
    if bookmark.cursor is not None:
        return reader.request(after=bookmark.cursor)
    if task.action is Action.SKIP:
        return None
    if task.action is Action.COMPARE:
        return request_all(reader, task, bookmark)
    return request_changes(reader, task, bookmark)


def request_all(
    reader: TableReader, task: Task | None = None, bookmark: TableBookmark | None = None
) -> ReadRequest:
    """What to ask for to read a table, given what is known of it."""
    if bookmark is not None and not fits_one_page(reader, bookmark):
        return reader.request()
    return reader.request(
        one_page=True,
        leaves_end_open=task is not None and task.named is not None and _reads_all_rows(reader),
    )


def request_changes(reader: TableReader, task: Task, bookmark: TableBookmark) -> ReadRequest:
    """What to ask for to read the rows changed since the last run.

    Where the log does not show each change, the rows have to be counted.
    """
    since = changed_since(reader, bookmark, task)
    in_one_page = (
        task.named is not None
        and len(task.named.added | task.named.edited) < reader.page_size
        and bookmark.rows is not None
        and _reads_all_rows(reader)
    )
    return reader.request(since=since, one_page=in_one_page, leaves_end_open=in_one_page)


def changed_since(reader: TableReader, bookmark: TableBookmark, task: Task) -> datetime | None:
    """From when on rows may have changed that the last run has not seen; None for any time."""
    if not bookmark.horizon:
        return None
    reached = min(bookmark.horizon, task.first_change or bookmark.horizon)
    return reached.replace(microsecond=0) - reader.lookback


def fits_one_page(reader: TableReader, bookmark: TableBookmark) -> bool:
    """Whether the table fitted into one page when it was read last, or may have."""
    return bookmark.rows is None or bookmark.rows < reader.page_size


def has_all_named(task: Task, ids: Iterable[str]) -> bool:
    """Whether a page has every row that the log names as added or edited."""
    named = task.named
    return named is not None and (named.added | named.edited).issubset(ids)


def has_all_rows(task: Task, ids: Iterable[str], changes: Changes | None) -> bool:
    """Whether a page has every row that there can be, and no other.

    Args:
        task: what is known of the table.
        ids: the page's rows.
        changes: from the rows that the state holds to those of the page; None where too many
            differ.
    """
    if task.named is None or changes is None or not has_all_named(task, ids):
        return False
    return changes.removed <= task.deleted.keys() and changes.added <= task.named.added


def _reads_all_rows(reader: TableReader) -> bool:
    """Whether nothing but a deletion takes rows out of what is read."""
    row_filter = reader.row_filter
    return not (row_filter.can_drop_rows or row_filter.start_date)
