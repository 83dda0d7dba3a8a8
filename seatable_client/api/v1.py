"""dtable-server v1: servers up to 5.2, with SQL through dtable-db (2.4 and newer) or without.

The oldest of them, of 2020 and 2021, list a table's rows only through a view, whole, in one answer;
"no view" means the table's first view there, with its filters and hidden columns.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from seatable_client.api import select
from seatable_client.api.gateway import GATEWAY, QUERY_LINKS, first_pages
from seatable_client.api.listing import ListingReader, unrestricted_view
from seatable_client.api.sql_reader import SqlReader
from seatable_client.errors import ApiNotAvailable, ConfigError, Redirected, RequestRejected
from seatable_client.http import Effect
from seatable_client.rows import (
    decode_appended,
    decode_row_list,
    decode_written,
    links_decoder,
    row_ids_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seatable_client.auth import BaseAccess
    from seatable_client.metadata import Column, NewColumn, Table
    from seatable_client.rows import Appended, Row

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

LIST_ROWS = "rows/list"
"""List rows as an endpoint: `rows/` means it where it is read, and one row where it is written."""

SQL = "sql/"

INSERT_ARCHIVED = "insert-rows/"
UPDATE_ARCHIVED = "update-rows/"
DELETE_ARCHIVED = "delete-rows/"
"""dtable-db's own endpoints for rows in big data storage, which dtable-server does not know."""


class V1Api(ListingReader):
    """A base behind dtable-server v1 (`/dtable-server/api/v1/dtables/…`)."""

    generation: ClassVar[str] = "dtable-server v1"

    _updates_in_batches = True
    _reads_at_gateway = False

    def add_columns(self, table: str, columns: Sequence[NewColumn]) -> tuple[Column, ...]:
        """Add columns to a table, one call each: the oldest servers have no batch."""
        return tuple(made for column in columns for made in self.add_column(table, column))

    def append_rows(self, table: str, rows: Sequence[Any]) -> Appended:
        """Append up to 1,000 rows. One call."""
        answer = self._call(
            "POST",
            INSERT_ARCHIVED if self.appends_to_big_data else "batch-append-rows/",
            f"append rows to table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={"table_name": table, "rows": rows},
            decode=decode_appended,
        )
        return self._note_appended(answer)

    def update_rows(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Change cells of rows: in one call, or one call each on servers without a batch."""
        if self._updates_in_batches:
            try:
                self._call(
                    "PUT",
                    "batch-update-rows/",
                    f"update rows of table {table!r}",
                    effect=Effect.REPEATABLE,
                    json=self._changes(table, updates),
                    decode=decode_written,
                )
            except ApiNotAvailable:
                log.info("This server updates rows one by one.")
                self._updates_in_batches = False
            else:
                self._note_moved(len(updates))
                return
        for row_id, row in updates.items():
            self._call(
                "PUT",
                "rows/",
                f"update row {row_id!r} of table {table!r}",
                effect=Effect.REPEATABLE,
                json={"table_name": table, "row_id": row_id, "row": row},
                decode=decode_written,
            )
            self._note_moved(1)

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> int | None:
        """Delete rows. Old servers fail if one of them is missing, and then delete none."""
        self._call(
            "DELETE",
            "batch-delete-rows/",
            f"delete rows of table {table!r}",
            effect=Effect.REPEATABLE,
            json={"table_name": table, "row_ids": list(row_ids)},
            decode=decode_written,
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
                decode=decode_written,
            )

    def _view(self, table: Table) -> str:
        """The oldest of these servers list rows only through a view.

        Raises:
            ConfigError: no view shows everything, or the rows' own fields are hidden.
        """
        for column in table.columns:
            if column.name in {"_id", "_mtime"} and column.key != column.name:
                raise ConfigError(
                    f"Table {table.name!r} has a column {column.name!r}, which this server shows "
                    f"in place of the row's own {column.name}.",
                    hint="Rename it in the base.",
                )
        return unrestricted_view(table)

    def _page(self, table: Table, view: str, start: int, limit: int) -> list[Row]:
        params = {"table_name": table.name, "view_name": view, "start": start, "limit": limit}
        return self._read_call(
            "GET",
            LIST_ROWS,
            f"read table {table.name!r}",
            # Which of them a server knows depends on its age, and on whether it redirects.
            params={**params, "convert_link_id": "true", "convert_keys": "true"},
            decode=decode_row_list,
        )

    def _read_call(
        self,
        method: str,
        endpoint: str,
        purpose: str,
        *,
        decode: Callable[[bytes], Answer],
        **details: Any,
    ) -> Answer:
        """A call that reads rows; at the gateway, if the server wants it there.

        A redirect is not followed, since that would turn a POST into a GET: the call is made anew.
        Of calls that are sent at once, each may be redirected.
        """
        sent_to_gateway = self._reads_at_gateway
        try:
            return self._call(method, endpoint, purpose, decode=decode, **details)
        except Redirected as error:
            if sent_to_gateway or not error.path.startswith(GATEWAY):
                raise
            log.info("Reading through the API gateway, to which this server redirects.")
            self._reads_at_gateway = True
            return self._call(method, endpoint, purpose, decode=decode, **details)

    def _path(self, access: BaseAccess, endpoint: str) -> str:
        if endpoint in {SQL, LIST_ROWS, QUERY_LINKS}:
            name = "rows/" if endpoint == LIST_ROWS else endpoint
            if self._reads_at_gateway:
                return f"{GATEWAY}{access.uuid}/{name}"
            endpoint = name
        root = access.dtable_server or "/dtable-server"
        return f"{root}/api/v1/dtables/{access.uuid}/{endpoint}"


class V1SqlApi(SqlReader, V1Api):
    """A base behind dtable-server v1 that reads by SQL through dtable-db (servers 2.4 to 5.2)."""

    generation: ClassVar[str] = "dtable-server v1 with SQL"

    takes_big_data = True

    # dtable-db is a service of its own; a server of its time may run without it.
    lists_without_sql: ClassVar[bool] = True

    def query(self, statement: str, purpose: str) -> Sequence[Any]:
        """Send one SELECT; rows keyed by column names, options by name.

        Raises:
            RequestRejected: also where the server reports a failure inside a success.
        """
        answer = self._read_call(
            "POST",
            SQL,
            purpose,
            json={"sql": str(statement), "convert_keys": True},
            decode=self._rows_decoder(statement, purpose),
        )
        if answer.error:
            message = self.transport.scrub(answer.error)
            raise RequestRejected(
                f"Could not {purpose} of base {self.name!r}: the server said {message!r}.",
                status=200,
                server_message=message,
            )
        return answer.rows

    def linked_rows(
        self, table: Table, column: Column, rows: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[Row]]:
        """Read linked rows of some rows, oldest first. One call."""
        return self._read_call(
            "POST",
            QUERY_LINKS,
            f"read links in column {column.name!r} of table {table.name!r}",
            # The gateway calls the column otherwise than dtable-db does.
            json={
                "table_id": table.id,
                "link_column": column.key,
                "link_column_key": column.key,
                "rows": rows,
            },
            decode=links_decoder(first_pages(rows)),
        )

    def update_rows(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Change cells of rows. To dtable-server rows in big data storage do not exist."""
        try:
            super().update_rows(table, updates)
        except RequestRejected as refusal:
            if "not exist" not in refusal.server_message:
                raise
            try:
                archived = self._archived(table, updates)
            except RequestRejected:
                raise refusal from None
            if not archived:
                raise
            if others := {key: row for key, row in updates.items() if key not in archived}:
                self.update_rows(table, others)
            self._call(
                "PUT",
                UPDATE_ARCHIVED,
                f"update rows of table {table!r} in big data storage",
                effect=Effect.REPEATABLE,
                json=self._changes(table, {key: updates[key] for key in sorted(archived)}),
                decode=decode_written,
            )
            self._note_moved(len(archived))

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> int | None:
        """Delete rows, wherever they are stored; 0 where none of them may have been."""
        try:
            archived = self._archived(table, row_ids)
        except RequestRejected as refusal:
            if "_archived" in refusal.server_message:  # a server before big data storage
                archived = set()
            else:
                super().delete_rows(table, row_ids)
                return 0  # some of them may be in big data storage still
        if others := [row_id for row_id in row_ids if row_id not in archived]:
            super().delete_rows(table, others)
        if archived:
            self._call(
                "DELETE",
                DELETE_ARCHIVED,
                f"delete rows of table {table!r} in big data storage",
                effect=Effect.REPEATABLE,
                json={"table_name": table, "row_ids": sorted(archived)},
                decode=decode_written,
            )
        return None

    def _archived(self, table: str, row_ids: Iterable[str]) -> set[str]:
        """Which of these rows are in big data storage; none where the server has no SQL.

        One call, and another one where the server may have cut the answer off.

        Raises:
            RequestRejected: the server does not tell, as one without such a storage.
        """
        purpose = f"look for rows of table {table!r} in big data storage"
        pages = select.read_pages(
            lambda statement: self.query(statement, purpose),
            table,
            "`_id`",
            where=select.archived_among(list(row_ids)),
            full_page=self._largest_page,
        )
        try:
            return {row_id for page in pages for row_id in row_ids_of(page)}
        except ApiNotAvailable:
            return set()

    def _path(self, access: BaseAccess, endpoint: str) -> str:
        if endpoint in {INSERT_ARCHIVED, UPDATE_ARCHIVED, DELETE_ARCHIVED}:
            return f"{access.dtable_db or '/dtable-db'}/api/v1/{endpoint}{access.uuid}/"
        if not self._reads_at_gateway:
            database = f"{access.dtable_db or '/dtable-db'}/api/v1"
            if endpoint == SQL:
                return f"{database}/query/{access.uuid}/"
            if endpoint == QUERY_LINKS:
                return f"{database}/linked-records/{access.uuid}"
        return super()._path(access, endpoint)
