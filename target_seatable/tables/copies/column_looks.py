"""Looks of the columns of copied tables: their widths, and which are frozen.

The API sets them by a call for each column, so that only those are set that differ from a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import SeaTableError
from seatable_client.metadata import DEFAULT_WIDTH

if TYPE_CHECKING:
    from seatable_client.metadata import Column, Table
    from target_seatable.schema import StreamSchema
    from target_seatable.tables.stream_tables import StreamTables


class CopiedLooks:
    """The widths of the columns that this run makes, and which of them are frozen.

    Args:
        tables: the tables of the streams.

    Attributes:
        refusal: why the server does not take them; empty while it does.
    """

    def __init__(self, tables: StreamTables) -> None:
        self._base = tables.base
        self.refusal = ""

    def set(self, stream: StreamSchema, table: Table) -> None:
        """Give the columns of a table the looks that they have in the source.

        Nothing else depends on them: after the first refusal, the rest is left as it is.
        """
        widths = stream.source.get("widths") or {}
        frozen = set(stream.source.get("frozen") or ())
        for prop in stream.properties:
            key = stream.seatable_column(prop).get("key")
            column = table.by_name.get(stream.column_name(prop))
            if self.refusal or column is None or not key:
                continue
            try:
                self._set(table, column, widths.get(key), is_frozen=key in frozen)
            except SeaTableError as reason:
                self.refusal = str(reason).rstrip(".")

    def _set(self, table: Table, column: Column, width: int | None, *, is_frozen: bool) -> None:
        if width is not None and width != (column.width or DEFAULT_WIDTH):
            self._base.resize_column(table.name, column.name, width)
        if is_frozen and not column.is_frozen:
            self._base.freeze_column(table.name, column.name)
