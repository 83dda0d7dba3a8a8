"""Base: what both connectors do with a base, the same on every server generation.

    BaseRequests              `requests.py`: sends requests about one base
    └── Base                  what can be done with a base
        └── ListingReader     `listing.py`: lists rows, as every server can
            ├── SqlReader     `sql_reader.py`: reads by SQL
            │   ├── Gateway   `gateway.py`: servers 4.4 and newer
            │   └── V1SqlApi  `v1.py`: dtable-server v1 with dtable-db
            └── V1Api         `v1.py`: dtable-server v1

Rows go in and out keyed by column names. Cells are as the server sends them: `codec.reader` and
`codec.writer` turn them into values and back.
"""

from __future__ import annotations

import itertools
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from seatable_client.api.operation_log import decode_log_page
from seatable_client.api.requests import BOOKS, BaseRequests, decode_columns
from seatable_client.errors import ApiNotAvailable
from seatable_client.http import Effect, decode_json
from seatable_client.metadata import Metadata, NewColumn, Table, new_options
from seatable_client.rows import (
    Appended,
    TableRead,
    decode_comments,
    decode_deleted_rows,
    decode_users,
    decode_view,
    decode_written,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from seatable_client.api.read_request import ReadRequest
    from seatable_client.auth import BaseAuth
    from seatable_client.http import Transport
    from seatable_client.metadata import Column
    from seatable_client.rows import AppendAnswer, DeletedRow, Row


DELETE_LIMIT = 1_000
"""Rows deleted at a time. The engine takes 10,000, the developer manual says 1,000."""

DELETED_ROWS_PAGE = 100
"""Entries of the list of deleted rows to ask for in one call."""


class Base(BaseRequests):
    """One base on one server.

    Args:
        transport: the session to the server.
        auth: access to the base.
        read_method: `auto`, or what to read with although something better may be there: `sql`,
            `filtered-rows` or `rows`.
    """

    generation: ClassVar[str]

    read_method = "auto"

    finds_by_sql = False
    """Whether `find` asks for the rows alone, by SQL; else it reads the whole table."""

    reports_locks = False
    """Whether a row tells, in `_locked`, whether it is locked."""

    tells_row_ids = False
    """Whether an append is answered with the ids of its rows."""

    takes_big_data = False
    """Whether rows can be added straight to the base's big data storage."""

    appends_to_big_data = False
    """Whether `append_rows` adds rows there, where they count for no limit of the base."""

    asks_for_links = True
    """Whether the server can be asked for linked rows that a cell does not hold."""

    def __init__(self, transport: Transport, auth: BaseAuth, *, read_method: str = "auto") -> None:
        super().__init__(transport, auth)
        self.read_method = read_method
        self.longest_link_cell = {False: 0, True: 0}
        """How many linked rows the longest link cell met held: of a table, and of a view."""

    def longest_link_cell_among(self, lengths: Sequence[int], *, in_view: bool) -> int:
        """Note link cells of these lengths; returns the length of the longest met so far."""
        with BOOKS:
            longest = max(self.longest_link_cell[in_view], *lengths, 0)
            self.longest_link_cell[in_view] = longest
        return longest

    # Structure

    def metadata(self) -> Metadata:
        """The base's tables, columns and views. One call."""
        return self._call(
            "GET",
            "metadata/",
            "read the structure",
            decode=lambda body: Metadata.parse(decode_json(body)),
        )

    def operations(self, page: int) -> list[dict[str, Any]]:
        """One page of the log of operations, newest first; see `history.read_log`. One call."""
        return self._call(
            "GET",
            "operations/",
            "list the operations",
            params={"page": page},
            decode=decode_log_page,
        )

    def related_users(self) -> list[dict[str, Any]]:
        """Who can see the base: `email` is a person's id, `contact_email` their own. One call."""
        return self._call("GET", "related-users/", "list the users", decode=decode_users)

    def comments(self) -> list[dict[str, Any]]:
        """The comments on all rows, as far back as SeaTable exists. One call."""
        return self._call(
            "GET",
            "comments-within-days/",
            "list the comments",
            params={"days": 10_000},  # that is 27 years
            decode=decode_comments,
        )

    def create_table(self, name: str, columns: Sequence[NewColumn]) -> Table:
        """Create a table with these columns, the first of a type that may be first. One call."""
        return self._call(
            "POST",
            "tables/",
            f"create table {name!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={"table_name": name, "columns": [column.as_request() for column in columns]},
            decode=lambda body: Table.parse(decode_json(body)),
        )

    def delete_table(self, name: str) -> None:
        """Delete a table; SeaTable refuses to delete the last of a base. One call."""
        self._call(
            "DELETE",
            "tables/",
            f"delete table {name!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={"table_name": name},
            decode=decode_written,
        )

    @abstractmethod
    def add_columns(self, table: str, columns: Sequence[NewColumn]) -> tuple[Column, ...]:
        """Add columns to a table; returns them as far as the server tells of them."""

    def add_column(self, table: str, column: NewColumn) -> tuple[Column, ...]:
        """Add one column of any type: links and formulas, too, which are not added together.

        Returns:
            The column, if the server tells of it.
        """
        return self._call(
            "POST",
            "columns/",
            f"add column {column.name!r} to table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={"table_name": table, **column.as_request()},
            decode=decode_columns,
        )

    def rename_column(self, table: str, column: str, new_name: str) -> tuple[Column, ...]:
        """Give a column another name; returns the column, if the server tells of it."""
        return self._call(
            "PUT",
            "columns/",
            f"rename column {column!r} of table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={
                "op_type": "rename_column",
                "table_name": table,
                "column": column,
                "new_column_name": new_name,
            },
            decode=decode_columns,
        )

    def resize_column(self, table: str, column: str, width: int) -> None:
        """Give a column another width, in pixels. One call."""
        self._draw_column(table, column, "resize_column", new_column_width=width)

    def freeze_column(self, table: str, column: str) -> None:
        """Keep a column where it is while people scroll. One call."""
        self._draw_column(table, column, "freeze_column", frozen=True)

    def _draw_column(self, table: str, column: str, operation: str, **setting: Any) -> None:
        self._call(
            "PUT",
            "columns/",
            f"{operation.partition('_')[0]} column {column!r} of table {table!r}",
            effect=Effect.REPEATABLE,
            json={"op_type": operation, "table_name": table, "column": column, **setting},
            decode=decode_written,
        )

    def add_options(self, table: str, column: str, names: Sequence[str]) -> None:
        """Add options to a select column. One call."""
        self._call(
            "POST",
            "column-options/",
            f"add options to column {column!r} of table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={
                "table_name": table,
                "column": column,
                "options": new_options(names),
            },
            decode=decode_written,
        )

    def add_view(self, table: str, name: str) -> None:
        """Add a view that shows the whole table. One call."""
        self._call(
            "POST",
            "views/",
            f"add view {name!r} to table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            params={"table_name": table},
            json={"name": name, "type": "table"},
            decode=decode_view,
        )

    def change_view(self, table: str, name: str, settings: Mapping[str, Any]) -> None:
        """Change settings of a view, named as in the API reference ("Update View"). One call."""
        self._call(
            "PUT",
            f"views/{quote(name, safe='')}/",
            f"change view {name!r} of table {table!r}",
            effect=Effect.NON_IDEMPOTENT if "name" in settings else Effect.REPEATABLE,
            params={"table_name": table},
            json=dict(settings),
            decode=decode_view,
        )

    def delete_view(self, table: str, name: str) -> None:
        """Delete a view; SeaTable refuses to delete the last of a table. One call."""
        self._call(
            "DELETE",
            f"views/{quote(name, safe='')}/",
            f"delete view {name!r} of table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            params={"table_name": table},
            decode=decode_written,
        )

    # Reading

    @abstractmethod
    def read(self, request: ReadRequest) -> TableRead:
        """Read rows of a table.

        Raises:
            SeaTableError: the rows cannot be read, or not in the way that is asked for.
        """

    @abstractmethod
    def find(
        self, table: Table, columns: Sequence[Column], values: Mapping[str, Collection[Any]]
    ) -> Iterator[Sequence[Row]]:
        """Read the rows whose cells are among these, column by column.

        More rows may come: SQL compares text as the server likes, and servers without SQL send
        all rows. None is missing.

        Args:
            table: the table.
            columns: the columns wanted; the system columns come with them.
            values: texts or numbers by the name of their column.
        """

    def read_all(self, table: Table, columns: Sequence[Column]) -> Iterator[Sequence[Row]]:
        """Read every row, to its end: no count from before says where that is.

        Args:
            table: the table.
            columns: the columns wanted; the system columns come with them.

        Raises:
            ServerUnavailable: the server counts rows that it does not send.
        """
        return self.find(table, columns, {})

    def count_rows(self, table: Table, *, may_be_archived: bool) -> int | None:
        """How many rows a table has in normal storage. One call; None where servers do not count.

        Args:
            table: the table.
            may_be_archived: whether it may have others in big data storage.

        Raises:
            RequestRejected: the server does not tell which rows those are.
        """
        del table, may_be_archived
        return None

    def linked_rows(
        self, table: Table, column: Column, rows: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[Row]]:
        """Read some linked rows of rows, oldest first. One call.

        `link_cells.read_all_links` reads all.

        Args:
            table: the table.
            column: its link column.
            rows: of which rows: `row_id`, `offset` and `limit`.

        Returns:
            By row id, `{row_id, display_value}` of each linked row.

        Raises:
            ApiNotAvailable: the server cannot be asked for them.
        """
        raise ApiNotAvailable(
            f"Linked rows of table {table.name!r} cannot be asked for, because this server has no "
            f"call for it ({column.name!r}, {len(rows)} rows)."
        )

    def deleted_rows(self, since: datetime) -> Iterator[DeletedRow]:
        """What the server remembers of rows deleted since then, newest first. Some calls.

        The list forgets after 7 days and leaves out much (see the documentation on deletes); the
        calls end where older entries begin, or nothing is new.

        Raises:
            ApiNotAvailable: the server keeps no such list, as from 5.3 on.
        """
        seen: set[DeletedRow] = set()
        for page in itertools.count(1):
            rows = self._call(
                "GET",
                "deleted-rows/",
                "list the deleted rows",
                params={"page": page, "per_page": DELETED_ROWS_PAGE},
                decode=decode_deleted_rows,
            )
            new = [row for row in rows if row not in seen]
            seen.update(new)
            yield from (row for row in new if row.deleted_at >= since)
            if not new or any(row.deleted_at < since for row in new):
                return

    @abstractmethod
    def zone(self) -> tzinfo | None:
        """The server's offset from UTC at present; None where nothing shows it."""

    # Writing

    @abstractmethod
    def append_rows(self, table: str, rows: Sequence[Any]) -> Appended:
        """Append up to `APPEND_LIMIT` rows. One call.

        Servers do not tell the ids of rows that they add to big data storage.

        Raises:
            AmbiguousWriteError: the rows may or may not have been stored.
        """

    @abstractmethod
    def update_rows(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Change cells of up to `APPEND_LIMIT` rows, given by row id."""

    @abstractmethod
    def delete_rows(self, table: str, row_ids: Sequence[str]) -> int | None:
        """Delete up to `DELETE_LIMIT` rows; how many were deleted, where the server tells."""

    @abstractmethod
    def set_links(
        self, table: str, other_table: str, link_id: str, links: Mapping[str, Sequence[str]]
    ) -> None:
        """Make these rows (by id) link to exactly these rows of the other table."""

    @staticmethod
    def _changes(table: str, updates: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Changes of cells, by row id, as every server takes many of them."""
        changes = [{"row_id": row_id, "row": row} for row_id, row in updates.items()]
        return {"table_name": table, "updates": changes}

    def _note_appended(self, answer: AppendAnswer) -> Appended:
        """What the answer to an append says; ids count only where there is one for every row."""
        ids = tuple(entry.row_id for entry in answer.row_ids or ())
        count = answer.inserted_row_count
        self._note_moved(count)
        return Appended(count, ids if len(ids) == count else None, answer.first_row or {})
