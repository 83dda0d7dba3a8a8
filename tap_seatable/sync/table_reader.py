"""Reads a table by the page, as encoded records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from typing import TYPE_CHECKING

from seatable_client.api import ReadRequest
from seatable_client.errors import QuotaExhausted
from tap_seatable.sync.concurrent_reads import BegunRead
from tap_seatable.sync.prefetch import read_ahead
from tap_seatable.sync.spool import Spool
from tap_seatable.sync.view_check import check_options, check_view, names_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from seatable_client.api import Base
    from seatable_client.metadata import Column
    from seatable_client.rows import TableRead
    from singer_seatable.run_log import RunProgress
    from tap_seatable.catalog import RowFilter
    from tap_seatable.records import Page, Row
    from tap_seatable.sync.concurrent_reads import ConcurrentReads


@dataclass(frozen=True)
class TableReader:
    """What is read of a table, and how.

    Attributes:
        base: the base.
        row_filter: the table, and which of its rows count.
        columns: the columns to read; `_ctime`, which shows new rows, among them.
        encode: turns rows into records.
        lookback: how far before the last horizon changed rows are asked for.
        page_size: rows to ask for at a time.
        stream: whose read it is.
        begun: reads that have begun before their turn; None where each begins when it is due.
        progress: shows how far reads are; None for none.
    """

    base: Base
    row_filter: RowFilter
    columns: tuple[Column, ...]
    encode: Callable[[Sequence[Row]], Page]
    lookback: timedelta
    page_size: int
    stream: str = ""
    begun: ConcurrentReads | None = None
    progress: RunProgress | None = None

    def read(self, request: ReadRequest | None = None) -> TableRead:
        """Read the table, or what is asked for of it."""
        request = request or self.request()
        begun = self.begun.take(self.stream, request) if self.begun is not None else None
        return begun or self.base.read(request)

    def request(
        self,
        *,
        since: datetime | None = None,
        after: str = "",
        one_page: bool = False,
        leaves_end_open: bool = False,
    ) -> ReadRequest:
        """What is asked for to read the table, or what changed since then or follows a row."""
        return ReadRequest(
            self.row_filter.table,
            self.columns,
            start=self.row_filter.start_date,
            where=self.row_filter.where,
            view=self.row_filter.view,
            changed_since=since,
            after=after,
            page_size=self.page_size,
            one_page=one_page,
            leaves_end_open=leaves_end_open,
            lag=self.lookback,
        )

    def pages(
        self,
        read: TableRead,
        horizon: datetime | None,
        *,
        total: int | None = None,
        before: int = 0,
    ) -> Iterator[Page]:
        """The records of a read, without rows created after the horizon and without empty pages.

        Those of a view come when all of it was read and the view is still there. One call.

        Args:
            read: the read.
            horizon: the latest change known before the first page.
            total: rows that there are to read, for the progress; None where that is not known.
            before: those of them that an earlier run has read.

        Raises:
            NotFound: the view is gone, or has another name.
        """
        if self.progress is None:
            yield from self._checked_pages(read, horizon)
            return
        self.progress.begin(self.stream, total=total, before=before)
        try:
            yield from self._checked_pages(read, horizon)
        finally:
            self.progress.end(self.stream)

    def check_condition(self) -> None:
        """Check that the options in the condition have kept their names. One call, if there are.

        Raises:
            MissingRowsError: an option was renamed or deleted.
        """
        table, where = self.row_filter.table, self.row_filter.where
        if where and names_options(table, where):
            check_options(self.base.metadata(), table, where)

    def _checked_pages(self, read: TableRead, horizon: datetime | None) -> Iterator[Page]:
        view = self.row_filter.view
        if view is None:
            yield from self._pages(read, horizon)
            return
        with Spool() as spool:
            for page in self._pages(read, horizon):
                spool.add(page)
            check_view(self.base.metadata(), self.row_filter.table, view)
            yield from spool.pages()

    def _pages(self, read: TableRead, horizon: datetime | None) -> Iterator[Page]:
        limit = format_ctime(horizon)
        for rows in read.pages if isinstance(read, BegunRead) else read_ahead(read.pages):
            page = self.encode(rows)
            if self.progress is not None:
                self.progress.advance(self.stream, len(rows))
            del rows  # further pages are on their way already
            if limit:
                page = page.only([created is None or created <= limit for created in page.created])
            if len(page):
                yield page


class CallLimit:
    """Catches that the calls are used up, so that what was read can be kept first.

    Attributes:
        error: that they are; None as long as they are not.
    """

    def __init__(self) -> None:
        self.error: QuotaExhausted | None = None

    def __enter__(self) -> None:
        """Begin to make calls."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Keep the error, if it is that one."""
        if isinstance(error, QuotaExhausted):
            self.error = error
        return self.error is not None and self.error is error

    def pages_until(self, pages: Iterator[Page]) -> Iterator[Page]:
        """Yield pages, until one needs a call that is not left."""
        with self:
            yield from pages


def are_later(page: Page, moment: str) -> list[bool]:
    """Which rows were created after a moment, as far as the server tells; see `format_ctime`."""
    return [created is None or created > moment for created in page.created]


def format_ctime(moment: datetime | None) -> str:
    """A moment in the form of `_ctime`, so that text order is time order; empty for none."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds") if moment else ""


def ids_of(pages: Iterable[Page]) -> set[str]:
    """The ids of the rows of pages."""
    return {row_id for page in pages for row_id in page.ids}


def later_horizon(former: datetime | None, current: datetime | None) -> datetime | None:
    """The later of two horizons: a horizon stays reached when its row is deleted."""
    return max((moment for moment in (former, current) if moment), default=None)
