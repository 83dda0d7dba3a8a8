"""The API gateway: servers 4.4 and newer, SeaTable Cloud among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import ValidationError

from seatable_client.api.requests import decode_columns
from seatable_client.api.sql_reader import SqlReader
from seatable_client.http import Effect
from seatable_client.rows import decode_appended, decode_written, links_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.auth import BaseAccess
    from seatable_client.metadata import Column, NewColumn, Table
    from seatable_client.rows import Appended, Row, Selected


GATEWAY = "/api-gateway/api/v2/dtables/"
"""Where the gateway has its bases."""

QUERY_LINKS = "query-links/"


def first_pages(requests: Sequence[Mapping[str, Any]]) -> set[str]:
    """The rows whose linked rows are asked for from the first one on: they have some."""
    return {request["row_id"] for request in requests if not request["offset"]}


class Gateway(SqlReader):
    """A base behind the API gateway (`/api-gateway/api/v2/dtables/…`)."""

    generation: ClassVar[str] = "API gateway"

    reports_locks = True
    tells_row_ids = True
    takes_big_data = True

    def query(self, statement: str, purpose: str) -> Sequence[Any]:
        """Send one SELECT; rows keyed by column names, options by name.

        The gateway reports errors with a status of their own (API reference, "SQL"). One inside a
        success is no answer.
        """
        decode = self._rows_decoder(statement, purpose)

        def decode_success(body: bytes) -> Selected:
            selected = decode(body)
            if selected.error:
                raise ValidationError("Expected `true` at `$.success`")
            return selected

        return self._call(
            "POST",
            "sql/",
            purpose,
            json={"sql": str(statement), "convert_keys": True},
            decode=decode_success,
        ).rows

    def linked_rows(
        self, table: Table, column: Column, rows: Sequence[Mapping[str, Any]]
    ) -> dict[str, list[Row]]:
        """Read linked rows of some rows, oldest first. One call."""
        return self._call(
            "POST",
            QUERY_LINKS,
            f"read links in column {column.name!r} of table {table.name!r}",
            json={"table_id": table.id, "link_column_key": column.key, "rows": rows},
            decode=links_decoder(first_pages(rows)),
        )

    def add_columns(self, table: str, columns: Sequence[NewColumn]) -> tuple[Column, ...]:
        """Add columns to a table. One call."""
        return self._call(
            "POST",
            "batch-append-columns/",
            f"add columns to table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={"table_name": table, "columns": [column.as_request() for column in columns]},
            decode=decode_columns,
        )

    def append_rows(self, table: str, rows: Sequence[Any]) -> Appended:
        """Append up to 1,000 rows. One call."""
        answer = self._call(
            "POST",
            "add-archived-rows/" if self.appends_to_big_data else "rows/",
            f"append rows to table {table!r}",
            effect=Effect.NON_IDEMPOTENT,
            json={"table_name": table, "rows": rows},
            decode=decode_appended,
        )
        return self._note_appended(answer)

    def update_rows(self, table: str, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Change cells of up to 1,000 rows. One call; a single unknown id refuses all of it."""
        self._call(
            "PUT",
            "rows/",
            f"update rows of table {table!r}",
            effect=Effect.REPEATABLE,
            json=self._changes(table, updates),
            decode=decode_written,
        )
        self._note_moved(len(updates))

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> int | None:
        """Delete rows; unknown ids are ignored by the server."""
        return self._call(
            "DELETE",
            "rows/",
            f"delete rows of table {table!r}",
            effect=Effect.REPEATABLE,
            json={"table_name": table, "row_ids": list(row_ids)},
            decode=decode_written,
        ).deleted_rows

    def set_links(
        self, table: str, other_table: str, link_id: str, links: Mapping[str, Sequence[str]]
    ) -> None:
        """Replace the links of these rows. One call."""
        self._call(
            "PUT",
            "links/",
            f"link rows of table {table!r} to {other_table!r}",
            effect=Effect.REPEATABLE,
            json={
                "table_name": table,
                "other_table_name": other_table,
                "link_id": link_id,
                "other_rows_ids_map": {row_id: list(others) for row_id, others in links.items()},
            },
            decode=decode_written,
        )

    def _path(self, access: BaseAccess, endpoint: str) -> str:
        return f"{GATEWAY}{access.uuid}/{endpoint}"
