"""Reading by lists of rows: `rows/`, which every server has, and `filtered-rows/` of the old ones.

A list has no order to continue in and no row count, and it can be filtered by whole days only. Its
rows are the same as by SQL, as far as the server sends them.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from seatable_client.api.base import Base
from seatable_client.api.read_request import ReadRequest
from seatable_client.column_types import type_of
from seatable_client.errors import ApiNotAvailable, ConfigError, NotFound, RequestRejected
from seatable_client.metadata import SYSTEM_COLUMNS
from seatable_client.rows import TableRead, decode_row_list
from seatable_client.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from seatable_client.metadata import Column, Table
    from seatable_client.rows import Row

log = logging.getLogger(__name__)

ROWS_LIMIT = 1_000
"""Rows that list-rows returns for one call on servers that page."""

_SHOWN_BY = {column.type: column.name for column in SYSTEM_COLUMNS if column.name != "_id"}
"""Types of columns that show what every row has, and under which name it is otherwise sent."""


class ListingReader(Base):
    """A base whose server lists the rows of a table."""

    def read(self, request: ReadRequest) -> TableRead:
        """List rows with all their cells, changed ones by filtered-rows if possible.

        filtered-rows compares days, in the server's zone, on a column of type mtime; a base of
        5,000 rows or more refuses it. Where it does not help, all rows are listed and the old ones
        left out here.

        Raises:
            ConfigError: every view of the table hides rows or columns, and there has to be one;
                or there is a condition, which a list cannot be asked for.
        """
        table, since = request.table, request.earliest_change
        if request.where:
            raise ConfigError(
                f"Rows of table {table.name!r} cannot be read by the condition {request.where!r}, "
                "because that takes SQL, which this server does not have or read_method rules out."
            )
        read = TableRead(iter(()))
        view = request.view.name if request.view else self._view(table)
        pages = self._read_filtered(table, view, since) if since else None
        if pages is None:
            pages = self._list_pages(table, view, max(min(request.page_size, ROWS_LIMIT), 2))
        read.pages = self._drop_older_rows(map(_completer(table), pages), since, read)
        return read

    def find(
        self, table: Table, columns: Sequence[Column], values: Mapping[str, Collection[Any]]
    ) -> Iterator[Sequence[Row]]:
        """All rows: none can be asked for by their cells."""
        del values
        return self.read(ReadRequest(table, columns)).pages

    def zone(self) -> tzinfo | None:
        """Nothing in a list of rows shows it."""
        return None

    def _view(self, table: Table) -> str:
        """The view to list a table through; empty for the table itself."""
        del table
        return ""

    def _drop_older_rows(
        self, pages: Iterator[list[Row]], since: datetime | None, read: TableRead
    ) -> Iterator[list[Row]]:
        """The pages without rows older than `since`; notes how far the read has come.

        The horizon is the latest change met, but not later than the server's clock before the first
        page: a row that changes behind the reader while later pages are read has to come again.
        """
        began = self.transport.server_time
        latest: datetime | None = None
        dated = True
        for page in pages:
            changed = [
                parse_instant(moment) if (moment := row.get("_mtime")) else None for row in page
            ]
            if None in changed:
                dated = False
                if since is not None:
                    raise NotFound(
                        "The server sends rows without _mtime, so its tables can only be "
                        "read whole."
                    )
            latest = max((moment for moment in (latest, *changed) if moment), default=None)
            # Without a clock in the headers, the first page shows how late it was by then.
            began = began or latest
            rows = [
                row
                for row, moment in zip(page, changed, strict=True)
                if since is None or (moment and moment >= since)
            ]
            self._note_moved(len(rows))
            if rows:
                yield rows
        read.horizon = min(latest, began) if latest and began and dated else None

    def _read_filtered(
        self, table: Table, view: str, since: datetime
    ) -> Iterator[list[Row]] | None:
        """Rows changed on the day before `since` or later; None where that cannot be asked."""
        changed = (column.name for column in table.columns if type_of(column).tells_last_change)
        column = next(changed, None)
        if column is None or self.read_method == "rows":
            return None
        if any(type_of(column).is_link for column in table.columns):
            return None  # it may show links in another way than lists of rows do
        try:
            rows = self._call(
                "GET",
                "filtered-rows/",
                f"read the changed rows of table {table.name!r}",
                params={"table_name": table.name, "view_name": view},
                json={
                    "filters": [
                        {
                            "column_name": column,
                            "filter_predicate": "is_on_or_after",
                            "filter_term": f"{since - timedelta(days=1):%Y-%m-%d}",
                            "filter_term_modifier": "exact_date",
                        }
                    ],
                    "filter_conjunction": "And",
                },
                decode=decode_row_list,
            )
        except (RequestRejected, NotFound, ApiNotAvailable) as error:
            log.info("Listing all rows of table %r instead: %s", table.name, error)
            return None
        return iter([rows] if rows else [])

    def _list_pages(self, table: Table, view: str, limit: int) -> Iterator[list[Row]]:
        """All rows that are there throughout, each once, whatever writers do meanwhile.

        Pages are counted from the first row, so that a row deleted before the reader shifts what
        follows. Every page therefore begins with a row already met, which takes pages of two rows
        at least; where one does not, the reader steps back. Servers before paging send all rows at
        once, whatever is asked.
        """
        seen: set[str] = set()
        before: list[str] = []
        start = largest = 0
        overlaps = False
        while True:
            page = self._page(table, view, start, limit)
            ids = [row["_id"] for row in page]
            if start and overlaps and (not ids or ids[0] not in seen):
                start, before = max(start - largest, 0), []
                continue
            new = [row for row in page if row["_id"] not in seen]
            if new:
                yield new
                seen.update(ids)
            everything = len(ids) > limit or ids == before
            if not ids or everything or (start and overlaps and len(ids) == 1):
                return
            before, largest, overlaps = ids, max(largest, len(ids)), len(ids) > 1
            start += len(ids) - 1 if overlaps else 1

    def _page(self, table: Table, view: str, start: int, limit: int) -> list[Row]:
        """One page of a table's rows, keyed by column names. One call."""
        params = {"table_name": table.name, "start": start, "limit": limit, "convert_keys": "true"}
        return self._call(
            "GET",
            "rows/",
            f"read table {table.name!r}",
            params={**params, **({"view_name": view} if view else {})},
            decode=decode_row_list,
        )


def _completer(table: Table) -> Callable[[list[Row]], list[Row]]:
    """Gives rows the system fields that the server sends only where a column shows them."""
    sources = [
        (_SHOWN_BY[column.type], column.name)
        for column in table.columns
        if column.type in _SHOWN_BY
    ]

    def complete(rows: list[Row]) -> list[Row]:
        for name, source in sources:
            for row in rows:
                if name not in row and source in row:
                    row[name] = row[source]
        return rows

    return complete


def unrestricted_view(table: Table) -> str:
    """A view that shows every row and column, if possible in an order that edits do not change.

    Raises:
        ConfigError: every view hides rows or columns.
    """
    whole = [view for view in table.views if not view.restricts]
    if not whole:
        raise ConfigError(
            f"Every view of table {table.name!r} hides rows or columns, and this server lists rows "
            "only through a view.",
            hint="Add a view without filters and hidden columns to the table.",
        )
    return next((view.name for view in whole if not view.sorts), whole[0].name)
