"""The request for rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from seatable_client.settings import MAX_PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from seatable_client.metadata import Column, Table, View


@dataclass(frozen=True)
class ReadRequest:
    """Which rows of a table to read, which of their cells, and how many at a time.

    `start`, `where` and `view` say which rows count at all: the others are part of no count and no
    horizon. `changed_since` and `after` say which of those to send.

    Attributes:
        table: the table.
        columns: columns of the table and of `metadata.SYSTEM_COLUMNS`. `_id` and `_mtime` always
            come; other system columns are missing on servers without SQL.
        start: only rows changed at or after this moment count.
        where: only rows that meet this condition in SQL count.
        view: only rows that this view shows count, and only its columns come. The server decides
            which they are, so rows are listed, even where it answers SQL.
        changed_since: only rows changed at or after this moment. More may come, none is missing.
        after: only rows with a greater id, to continue an interrupted read. Servers without SQL
            have no order to continue in and send all rows.
        page_size: rows to ask for in one call.
        one_page: whether to ask for a page first, and not for the number of rows. If the page is
            not full and the server has no more, one answer shows everything as of one moment.
            Otherwise the rows are counted, and read from the start if something has changed.
        leaves_end_open: whether not to ask if rows follow such a page; `TableRead.has_open_end`.
        lag: how long after its time stamp a change may become visible.
    """

    table: Table
    columns: Sequence[Column] = ()
    start: datetime | None = None
    where: str = ""
    view: View | None = None
    changed_since: datetime | None = None
    after: str = ""
    page_size: int = MAX_PAGE
    one_page: bool = False
    leaves_end_open: bool = False
    lag: timedelta = timedelta()

    @property
    def earliest_change(self) -> datetime | None:
        """The moment before which no change is asked for; None for rows of any age."""
        return max((moment for moment in (self.start, self.changed_since) if moment), default=None)
