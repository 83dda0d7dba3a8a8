"""Checks that a read of a whole table has seen all of its rows.

Pages are asked for by `_id > last ORDER BY _id`, and an empty one ends them. If a server ordered
ids in another way than it compares them, or lost a page, rows would be skipped silently: the
warehouse would lack them, or be told that they were deleted.

Rows that were counted before the first page and not seen can also have been deleted meanwhile. So
the server is asked once more: a row that was there at the horizon, still is and was not edited, was
there all the time and must have been seen.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from seatable_client.errors import RequestRejected
from tap_seatable.errors import MissingRowsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from seatable_client.rows import TableRead
    from tap_seatable.state import Changes, TableBookmark
    from tap_seatable.sync.spool import Spool

log = logging.getLogger(__name__)


def check_row_count(
    read: TableRead, table: str, *, rows: int, horizon: datetime | None, resumed: bool = False
) -> None:
    """Check that a read has seen every row. One call, where counted rows are missing.

    Rows that were restored during the read can look like missing ones; then the table is read again
    without need. So can rows that were added, where the server refuses the condition that leaves
    them out. Missing rows do not show where as many others were edited during the read, or in a
    read of changed rows only; the next comparison finds them.

    Args:
        read: the read, whose pages are exhausted.
        table: the table's name.
        rows: how many rows created up to the horizon it has seen.
        horizon: the latest moment known before the first page.
        resumed: whether its count is younger than its first page, and so proves nothing.

    Raises:
        MissingRowsError: the table has more rows than the read has seen.
    """
    if read.count is None or horizon is None or (rows >= (read.expected or 0) and not resumed):
        return
    try:
        present = read.count(horizon)
    except RequestRejected as error:
        if read.count_again is None:
            raise
        log.info("Table %r: all rows are counted, because the server refuses: %s", table, error)
        present = read.count_again()
    if present > rows:
        raise MissingRowsError(
            f"Table {table!r} was not read completely: the server sent {rows:,} of its rows and "
            f"counts {present:,}. No row is treated as deleted, and the next run reads the whole "
            "table again. If this happens again, set read_method to rows and report it."
        )


def check_disappearance(
    table: str, *, rows: int, known: int | None, ask: Callable[[], int]
) -> None:
    """See that rows are gone before most of a table, or all of it, is reported as deleted.

    Nothing is known of the rows that a server has wrongly not counted. So where fewer than half of
    the known rows are left it is asked once more. Rows added meanwhile do not matter, unless they
    make up for those that are gone.

    Args:
        table: the table's name.
        rows: how many rows the read has seen.
        known: how many rows were emitted; None where that is not known.
        ask: counts the rows once more. One call; on servers that do not count, a read of the table.

    Raises:
        MissingRowsError: the rows are there.
    """
    if known is not None and 2 * rows >= known:
        return
    present = ask()
    if present > rows and 2 * present >= (known or 0):
        raise MissingRowsError(
            f"Table {table!r}: the server sent {rows:,} rows and counts {present:,} a moment "
            "later. No row is treated as deleted. Run again when nobody fills the table."
        )


def known_rows(
    bookmark: TableBookmark, rows: int, changes: Changes | None, absent: frozenset[str]
) -> int | None:
    """How many rows have been emitted and not reported as deleted; None where that is unknown.

    More than the sketches hold are gone where they do not show which. A table that has more left is
    not worth another read on servers that do not count.
    """
    if bookmark.rows is not None:
        return bookmark.rows
    if changes is not None:
        return rows - len(changes.added) + len(changes.removed | absent)
    return None if rows < bookmark.emitted.capacity else 0


def lose_rows(changes: Changes | None, absent: frozenset[str]) -> bool:
    """Whether rows of the last run are gone, or may be."""
    return bool(changes is None or changes.removed or absent)


def confirm_changes(
    changes: Changes | None, deleted: Iterable[str], spool: Spool
) -> tuple[Changes | None, frozenset[str]]:
    """Check changes against the rows; also return which rows are gone of those the log names.

    A sketch may hold an id twice, or not, after a run that was killed. For the same reason a row
    can be in the warehouse that no sketch knows: loaders may store records and lose the states
    around them. Then only the log shows that it was deleted.
    """
    named = frozenset(deleted)
    candidates = named | (changes.removed | changes.added if changes else frozenset())
    present: set[str] = set()
    for ids in spool.ids() if candidates else ():
        present.update(candidates.intersection(ids))
    if changes is not None:
        changes = replace(changes, removed=changes.removed - present, added=changes.added & present)
    return changes, named - present
