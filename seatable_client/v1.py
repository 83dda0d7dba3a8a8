"""dtable-server v1: servers up to 5.2, with SQL through dtable-db (2.4 and newer) or without.

The oldest of them, of 2020 and 2021, list a table's rows only through a view, whole, in one answer;
"no view" means the table's first view there, with its filters and hidden columns.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from seatable_client import sql
from seatable_client.base import Appended, Base, NewColumn, SqlBase, TableRead
from seatable_client.errors import GenerationMissing, NotFound, RequestRefused, SettingError
from seatable_client.reading import parse_instant
from seatable_client.transport import Effect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from seatable_client.auth import BaseAccess
    from seatable_client.base import DeletedRow
    from seatable_client.metadata import Column, Table

    Row = dict[str, Any]

log = logging.getLogger(__name__)

ROWS_LIMIT = 1_000
"""Rows that list-rows returns for one call on servers that page."""


class V1Base(Base):
    """A base behind dtable-server v1 (`/dtable-server/api/v1/dtables/…`)."""

    generation: ClassVar[str] = "dtable-server v1"

    _updates_in_batches = True

    def read(
        self,
        table: Table,
        columns: Sequence[Column],
        *,
        scope: datetime | None = None,
        since: datetime | None = None,
        after: str = "",
        page_size: int = sql.MAX_PAGE,
    ) -> TableRead:
        """Read rows through a view that hides nothing, changed ones by filtered-rows if possible.

        filtered-rows compares days, in the server's zone, on a column of type mtime; a base of
        5,000 rows or more refuses it. Where it does not help, all rows are listed and the old ones
        left out here.

        Raises:
            SettingError: every view of the table hides rows or columns.
        """
        del columns  # these servers send all of them
        del after
        since = max((at for at in (scope, since) if at), default=None)
        read = TableRead(iter(()))
        view = _whole_view(table)
        pages = self._filtered(table, view, since) if since else None
        if pages is None:
            pages = self._listed(table, view, min(page_size, ROWS_LIMIT))
        read.pages = self._since(pages, since, read)
        return read

    def find(
        self, table: Table, columns: Sequence[Column], among: Mapping[str, Collection[Any]]
    ) -> Iterator[list[Row]]:
        """All rows: these servers cannot be asked for some."""
        del among
        return self.read(table, columns).pages

    def _since(
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
            changed = [parse_instant(row["_mtime"]) if "_mtime" in row else None for row in page]
            if None in changed:
                dated = False
                if since is not None:
                    raise NotFound(
                        "The server sends rows without _mtime; such a server's tables can only be "
                        "read whole."
                    )
            latest = max((at for at in (latest, *changed) if at), default=None)
            # Without a clock in the headers, the first page shows how late it was by then.
            began = began or latest
            rows = [
                row
                for row, at in zip(page, changed, strict=True)
                if since is None or (at and at >= since)
            ]
            self.rows_moved += len(rows)
            if rows:
                yield rows
        read.horizon = min(latest, began) if latest and began and dated else None

    def _filtered(self, table: Table, view: str, since: datetime) -> Iterator[list[Row]] | None:
        """Rows changed on the day before `since` or later; None where that cannot be asked."""
        column = next((column.name for column in table.columns if column.type == "mtime"), None)
        if column is None:
            return None
        try:
            answer = self._call(
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
            )
        except (RequestRefused, NotFound, GenerationMissing) as error:
            log.info("Listing all rows of table %r instead: %s", table.name, error)
            return None
        rows = answer.get("rows") or []
        return iter([rows] if rows else [])

    def _listed(self, table: Table, view: str, limit: int) -> Iterator[list[Row]]:
        """All rows that are there throughout, each once, whatever writers do meanwhile.

        Pages are counted from the first row, so that a row deleted before the reader shifts what
        follows. Every page therefore begins with a row already met; where one does not, the reader
        steps back. Servers before paging send all rows at once, whatever is asked.
        """
        met: set[str] = set()
        before: list[str] = []
        start = largest = 0
        overlaps = False
        while True:
            page = self._page(table, view, start, limit)
            ids = [row["_id"] for row in page]
            if start and overlaps and (not ids or ids[0] not in met):
                start, before = max(start - largest, 0), []
                continue
            new = [row for row in page if row["_id"] not in met]
            if new:
                yield new
                met.update(ids)
            everything = len(ids) > limit or ids == before
            if not ids or everything or (start and overlaps and len(ids) == 1):
                return
            before, largest, overlaps = ids, max(largest, len(ids)), len(ids) > 1
            start += len(ids) - 1 if overlaps else 1

    def _page(self, table: Table, view: str, start: int, limit: int) -> list[Row]:
        answer = self._call(
            "GET",
            "rows/",
            f"read table {table.name!r}",
            params={"table_name": table.name, "view_name": view, "start": start, "limit": limit},
        )
        return answer.get("rows") or []

    def deleted_rows(self, since: datetime) -> Iterator[DeletedRow]:
        """Rows deleted since then, as far as the server remembers."""
        return self._deleted_rows(since)

    def zone(self) -> tzinfo | None:
        """Nothing in these servers' answers shows it."""
        return None

    def add_columns(self, table: str, columns: Sequence[NewColumn]) -> None:
        """Add columns to a table, one call each: the oldest servers have no batch."""
        for column in columns:
            self._call(
                "POST",
                "columns/",
                f"add column {column.name!r} to table {table!r}",
                effect=Effect.ONCE,
                json={"table_name": table, **column.as_request()},
            )

    def append_rows(self, table: str, rows: Sequence[Mapping[str, Any]]) -> Appended:
        """Append up to 1,000 rows. One call."""
        answer = self._call(
            "POST",
            "batch-append-rows/",
            f"append rows to table {table!r}",
            effect=Effect.ONCE,
            json={"table_name": table, "rows": rows},
        )
        return self._appended(answer)

    def update_rows(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Change cells of rows: in one call, or one call each on servers without a batch."""
        if self._updates_in_batches:
            try:
                self._call(
                    "PUT",
                    "batch-update-rows/",
                    f"update rows of table {table!r}",
                    effect=Effect.REPEATABLE,
                    json={
                        "table_name": table,
                        "updates": [{"row_id": key, "row": row} for key, row in updates.items()],
                    },
                )
            except GenerationMissing:
                log.info("This server updates rows one by one.")
                self._updates_in_batches = False
            else:
                self.rows_moved += len(updates)
                return
        for row_id, row in updates.items():
            self._call(
                "PUT",
                "rows/",
                f"update row {row_id!r} of table {table!r}",
                effect=Effect.REPEATABLE,
                json={"table_name": table, "row_id": row_id, "row": row},
            )
            self.rows_moved += 1

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> int | None:
        """Delete rows. Old servers fail if one of them is missing, and then delete none."""
        self._call(
            "DELETE",
            "batch-delete-rows/",
            f"delete rows of table {table!r}",
            effect=Effect.REPEATABLE,
            json={"table_name": table, "row_ids": list(row_ids)},
        )
        return None

    def set_links(
        self, table: str, other_table: str, link_id: str, links: Mapping[str, Sequence[str]]
    ) -> None:
        """Replace the links of these rows, one call each."""
        for row_id, others in links.items():
            self._call(
                "PUT",
                "links/",
                f"link row {row_id!r} of table {table!r} to {other_table!r}",
                effect=Effect.REPEATABLE,
                json={
                    "table_name": table,
                    "other_table_name": other_table,
                    "link_id": link_id,
                    "row_id": row_id,
                    "other_rows_ids": list(others),
                },
            )

    def _path(self, access: BaseAccess, endpoint: str) -> str:
        root = access.dtable_server or "/dtable-server"
        return f"{root}/api/v1/dtables/{access.uuid}/{endpoint}"


class V1SqlBase(SqlBase, V1Base):
    """A base behind dtable-server v1 that reads by SQL through dtable-db (servers 2.4 to 5.2)."""

    generation: ClassVar[str] = "dtable-server v1 with SQL"

    _answers_sql = True

    def read(
        self,
        table: Table,
        columns: Sequence[Column],
        *,
        scope: datetime | None = None,
        since: datetime | None = None,
        after: str = "",
        page_size: int = sql.MAX_PAGE,
    ) -> TableRead:
        """Read rows by SQL, or by listing them where the server turns out to have none.

        dtable-db is a service of its own; a server of its time may run without it.
        """
        wanted: dict[str, Any] = {"scope": scope, "since": since, "page_size": page_size}
        if self._answers_sql:
            try:
                return SqlBase.read(self, table, columns, after=after, **wanted)
            except GenerationMissing as error:
                log.info("Listing rows, because this server answers no SQL: %s", error)
                self._answers_sql = False
        return V1Base.read(self, table, columns, after=after, **wanted)

    def zone(self) -> tzinfo | None:
        """The offset that `now()` shows in SQL, where the server answers it."""
        try:
            return SqlBase.zone(self) if self._answers_sql else None
        except GenerationMissing:
            self._answers_sql = False
            return None

    def query(self, statement: str, purpose: str) -> list[Row]:
        """Send one SELECT; rows keyed by column names, options by name.

        Raises:
            RequestRefused: also where the server reports a failure inside a success.
        """
        answer = self._call("POST", "sql", purpose, json={"sql": statement, "convert_keys": True})
        if not answer.get("success", True):
            words = self.transport.scrub(str(answer.get("error_message") or "nothing"))
            raise RequestRefused(
                f"Could not {purpose} of base {self.name!r}: the server said {words!r}.",
                status=200,
                words=words,
            )
        return answer.get("results") or []

    def _path(self, access: BaseAccess, endpoint: str) -> str:
        if endpoint == "sql":
            return f"{access.dtable_db or '/dtable-db'}/api/v1/query/{access.uuid}/"
        return super()._path(access, endpoint)


def _whole_view(table: Table) -> str:
    """A view that shows every row and column, if possible in an order that edits do not change."""
    whole = [view for view in table.views if not view.restricts]
    if not whole:
        raise SettingError(
            f"Every view of table {table.name!r} hides rows or columns, and this server lists rows "
            "only through a view. Add a view without filters and hidden columns to the table."
        )
    return next((view.name for view in whole if not view.sorts), whole[0].name)
