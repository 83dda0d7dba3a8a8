"""Reading by SQL, wherever a server has it: in large pages, in an order that can be continued."""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from seatable_client.api import select
from seatable_client.api.listing import ListingReader
from seatable_client.api.requests import NOTES_LOCK
from seatable_client.errors import ApiNotAvailable, ServerUnavailable
from seatable_client.rows import Selected, TableRead, decode_rows, moments_of, row_ids_of
from seatable_client.timestamps import fixed_offset, latest_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from seatable_client.api.read_request import ReadRequest
    from seatable_client.metadata import Column, Table
    from seatable_client.rows import Row

log = logging.getLogger(__name__)

_CLOCKS_TRIED = 5


class SqlReader(ListingReader):
    """A base whose server answers SQL. It lists rows, too, where `read_method` says so."""

    finds_by_sql = True

    lists_without_sql: ClassVar[bool] = False
    """Whether rows are listed if the server turns out to answer no SQL."""

    _clock: str | None = None
    _largest_page = 0
    _answers_sql = True

    @abstractmethod
    def query(self, statement: str, purpose: str) -> Sequence[Any]:
        """Send one SELECT; rows keyed by column names, options by name.

        The one row of an `Aggregate` is an object of its type.
        """

    def _rows_decoder(self, statement: str, purpose: str) -> Callable[[bytes], Selected]:
        """What is made of an answer's body."""
        return partial(decode_rows, purpose=f"{purpose} of base {self.name!r}", statement=statement)

    def read(self, request: ReadRequest) -> TableRead:
        """Read rows of a table by SQL, in the order of their ids, or list them, as views are."""
        if self._by_sql and request.view is None:
            try:
                return self._select(request)
            except ApiNotAvailable as error:
                self._do_without_sql(error)
        return super().read(request)

    def _select(self, request: ReadRequest) -> TableRead:
        table = request.table
        purpose = f"read table {table.name!r}"

        def query(statement: str) -> Sequence[Row]:
            return self.query(statement, purpose)

        bounds = select.all_of(request.where, _changed_since(request.start))
        read_pages = partial(
            select.read_pages,
            query,
            table.name,
            select.column_list(table, request.columns),
            where=select.all_of(request.where, _changed_since(request.earliest_change)),
            page_size=request.page_size,
            after=request.after,
        )

        def count_again() -> int:
            return select.query_count(query, table.name, bounds)

        began, pages, first = time.monotonic(), read_pages(), None
        if request.one_page:
            first = next(pages, ())
            read = self._select_one_page(request, query, first)
            if read is not None:
                read.count_again = count_again
                return read
        extent = select.query_extent(query, table.name, bounds)
        self._clock = extent.now or self._clock
        if first is not None:
            since = timedelta(seconds=time.monotonic() - began) + request.lag
            pages = chain([first], pages) if extent.is_older_than(since) else read_pages()
        if not request.after and request.changed_since is None:
            pages = select.end_with(pages, extent.rows)
        return TableRead(
            self._count_rows(pages),
            horizon=extent.horizon,
            expected=extent.rows,
            count=lambda moment: select.query_count(
                query, table.name, select.all_of(bounds, _up_to(moment))
            ),
            count_again=count_again,
        )

    def _select_one_page(
        self, request: ReadRequest, query: Callable[[str], Sequence[Any]], page: Sequence[Row]
    ) -> TableRead | None:
        """The rows of the first page, if that is all of them; else None."""
        if len(page) >= request.page_size:
            return None
        if page and not request.leaves_end_open:
            where = select.all_of(request.where, _changed_since(request.earliest_change))
            last = row_ids_of(page)[-1]
            if select.query_first_after(query, request.table.name, where, last):
                return None
        try:
            horizon = latest_instant(moments_of(page))
        except ValueError as error:
            raise ServerUnavailable(
                f"Reading table {request.table.name!r}, the server sent an invalid time ({error})."
            ) from None
        return TableRead(
            self._count_rows(iter([page] if page else [])),
            horizon=horizon,
            expected=len(page) if request.changed_since is None else None,
            has_open_end=request.leaves_end_open,
        )

    def find(
        self, table: Table, columns: Sequence[Column], wanted_values: Mapping[str, Collection[Any]]
    ) -> Iterator[Sequence[Row]]:
        """Read the rows whose cells are among these values. One call per 10,000 rows found."""
        purpose = f"look up rows of table {table.name!r}"
        if self._by_sql:
            pages = select.read_pages(
                lambda statement: self.query(statement, purpose),
                table.name,
                select.column_list(table, columns),
                where=" AND ".join(
                    select.is_one_of(name, values) for name, values in wanted_values.items()
                ),
                full_page=self._largest_page,
            )
            if "_id" in wanted_values:
                pages = select.take_rows(pages, len(set(wanted_values["_id"])))
            try:
                yield from self._count_rows(pages)
            except ApiNotAvailable as error:  # with the first page, so nothing comes twice
                self._do_without_sql(error)
            else:
                return
        yield from super().find(table, columns, wanted_values)

    def read_all(self, table: Table, columns: Sequence[Column]) -> Iterator[Sequence[Row]]:
        """Read every row, in the order of their ids. One call per 10,000 rows, and one to count.

        Raises:
            ServerUnavailable: the server counts rows that it does not send.
        """
        if not self._by_sql:
            yield from super().read_all(table, columns)
            return
        purpose = f"read table {table.name!r}"
        began, total = self.transport.server_time, 0
        counts: list[int] = []

        def query(statement: str) -> Sequence[Row]:
            return self.query(statement, purpose)

        def count() -> int:
            counts.append(select.query_count(query, table.name, None))
            return counts[-1]

        pages = select.read_pages(
            query,
            table.name,
            select.column_list(table, columns),
            full_page=self._largest_page,
            count=count,
        )
        try:
            for page in self._count_rows(pages):
                total += len(page)
                yield page
                del page  # see `select.read_pages`
        except ApiNotAvailable as error:  # with the first page, so nothing comes twice
            self._do_without_sql(error)
            yield from super().read_all(table, columns)
            return
        if began and counts and counts[-1] > total:  # rows were added behind the reader, or missed
            present = select.query_count(query, table.name, _up_to(began))
            if present > total:
                raise ServerUnavailable(
                    f"Table {table.name!r} was not read completely: the server sent {total:,} of "
                    f"its rows and counts {present:,}. Nothing was changed; run again. If this "
                    "happens again, report it."
                )

    def count_rows(self, table: Table, *, may_be_archived: bool) -> int | None:
        """How many rows a table has that are not in big data storage."""
        if not self._by_sql:
            return None
        purpose = f"count the rows of table {table.name!r}"
        return select.query_count(
            lambda statement: self.query(statement, purpose),
            table.name,
            "`_archived` IS NOT TRUE" if may_be_archived else None,
        )

    def zone(self) -> tzinfo | None:
        """The offset that the server's `now()` shows."""
        try:
            return self._zone_of_clock() if self._by_sql else None
        except ApiNotAvailable as error:
            self._do_without_sql(error)
            return None

    @property
    def _by_sql(self) -> bool:
        return self._answers_sql and self.read_method in {"auto", "sql"}

    def _do_without_sql(self, error: ApiNotAvailable) -> None:
        """Go on by listing rows, where that is allowed.

        Raises:
            ApiNotAvailable: read_method demands SQL, or rows cannot be listed without it.
        """
        if not self.lists_without_sql or self.read_method == "sql":
            raise error
        log.info("Listing rows, because this server answers no SQL: %s", error)
        self._answers_sql = False

    def _zone_of_clock(self) -> tzinfo | None:
        if self._clock is None:
            for table in self.metadata().tables[:_CLOCKS_TRIED]:  # an empty one shows nothing
                self._clock = select.query_extent(
                    lambda statement: self.query(statement, "ask the server's clock"),
                    table.name,
                    where=None,
                ).now
                if self._clock:
                    break
        return fixed_offset(self._clock) if self._clock else None

    def _count_rows(self, pages: Iterator[Sequence[Row]]) -> Iterator[Sequence[Row]]:
        for page in pages:
            self._note_moved(len(page))
            with NOTES_LOCK:
                self._largest_page = max(self._largest_page, len(page))
            yield page
            del page  # see `select.read_pages`


def _changed_since(moment: datetime | None) -> str | None:
    return f"`_mtime` >= {select.quote_moment(moment)}" if moment else None


def _up_to(moment: datetime) -> str:
    constant = select.quote_moment(moment)
    return f"`_ctime` <= {constant} AND `_mtime` <= {constant}"
