"""Whether a read of a whole table met all of its rows.

Pages are asked for by `_id > last ORDER BY _id`, and an empty one ends them. If a server ordered
ids in another way than it compares them, or lost a page on the way, rows would be passed over
without a word: the warehouse would lack them, or be told that they were deleted.

Rows counted before the first page and not met can also have been deleted meanwhile. So the server
is asked once more: a row that was there at the horizon, still is and was not edited, was there all
the time and must have been met.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.errors import RequestRejected
from tap_seatable.errors import MissingRowsError

if TYPE_CHECKING:
    from datetime import datetime

    from seatable_client.rows.results import TableRead

log = logging.getLogger(__name__)


def check_row_count(
    read: TableRead, table: str, *, rows: int, horizon: datetime | None, resumed: bool = False
) -> None:
    """See that a read that has ended met every row. One call, where rows counted are missing.

    Rows that were restored during the read can look like missed ones; then the table is read anew
    without need. As many missed rows as others were edited during the read do not show, and none
    do in a read of changed rows only, until the next comparison.

    Args:
        read: the read, whose pages are exhausted.
        table: the table's name.
        rows: how many rows it met that were created up to the horizon.
        horizon: the latest moment known before the first page.
        resumed: whether its count is younger than its first page, so that it does not tell.

    Raises:
        MissingRowsError: it did not.
    """
    if read.count is None or horizon is None or (rows >= (read.expected or 0) and not resumed):
        return
    try:
        there = read.count(horizon)
    except RequestRejected as error:
        log.info("Table %r: its rows could not be counted again: %s", table, error)
        return
    if there > rows:
        raise MissingRowsError(
            f"Table {table!r} was not read whole: the server sent {rows:,} of its rows and says "
            f"that {there:,} are there. Nothing is taken for deleted, and the next run reads all "
            "of it again. If this comes back, set read_method to rows and report it."
        )
