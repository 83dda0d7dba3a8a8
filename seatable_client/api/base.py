"""Base: what both connectors do with a base, the same on every server generation.

    BaseRequests                  `requests.py`: sends requests about one base
    └── BaseStructure             `structure.py`: tables, columns and views
        └── Base                  what can be done with a base: rows, too
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

from seatable_client.api.operation_log import decode_log_page
from seatable_client.api.requests import NOTES_LOCK
from seatable_client.api.structure import BaseStructure
from seatable_client.errors import ApiNotAvailable
from seatable_client.rows import (
    Appended,
    TableRead,
    decode_comments,
    decode_deleted_rows,
    decode_users,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from seatable_client.api.read_request import ReadRequest
    from seatable_client.auth import BaseAuth
    from seatable_client.http import Transport
    from seatable_client.metadata import Column, Table
    from seatable_client.rows import AppendAnswer, DeletedRow, Row


DELETE_LIMIT = 1_000
"""Rows deleted at a time. The engine takes 10,000, the developer manual says 1,000."""

DELETED_ROWS_PAGE = 100
"""Entries of the list of deleted rows to ask for in one call."""


class Base(BaseStructure):
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
        with NOTES_LOCK:
            longest = max(self.longest_link_cell[in_view], *lengths, 0)
            self.longest_link_cell[in_view] = longest
        return longest

    @property
    def skipped_calls(self) -> int:
        """How many calls were left out; a dry run leaves out those that write."""
        return 0

    # Reading

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
            ApiNotAvailable: the server has no call for linked rows.
        """
        raise ApiNotAvailable(
            f"Linked rows of table {table.name!r} cannot be requested, because this server has no "
            f"call for them ({column.name!r}, {len(rows)} rows)."
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


CAPABILITIES = tuple(name for name, value in vars(Base).items() if isinstance(value, bool))
"""The attributes of a base that say what its server can do."""
