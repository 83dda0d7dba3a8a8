"""Reading and changing the structure of one base: tables, columns, options and views."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from seatable_client.api.requests import BaseRequests, decode_columns
from seatable_client.http import Effect, decode_json
from seatable_client.metadata import Metadata, Table, new_options
from seatable_client.rows import decode_view, decode_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.metadata import Column, NewColumn


class BaseStructure(BaseRequests):
    """A base as tables with columns and views."""

    def metadata(self) -> Metadata:
        """The base's tables, columns and views. One call."""
        return self._call(
            "GET",
            "metadata/",
            "read the structure",
            decode=lambda body: Metadata.parse(decode_json(body)),
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
