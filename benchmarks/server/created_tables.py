"""The tables that targets create during a run."""

from __future__ import annotations

import threading
from typing import Any

import msgspec


class _Column(msgspec.Struct):
    name: str = msgspec.field(name="column_name")
    type: str = msgspec.field(name="column_type")
    data: Any = msgspec.field(name="column_data", default=None)


class _Columns(msgspec.Struct):
    table_name: str
    columns: list[_Column]


class CreatedTables:
    """Tables and their columns, until the next contender starts. Their rows are discarded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: dict[str, dict[str, Any]] = {}

    def forget(self) -> None:
        """Forget all tables."""
        with self._lock:
            self._tables.clear()

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def describe(self) -> list[dict[str, Any]]:
        """The tables, as metadata have them."""
        with self._lock:
            return [{**table, "columns": list(table["columns"])} for table in self._tables.values()]

    def create(self, body: bytes) -> bytes:
        """The answer to a call that creates a table: its metadata."""
        asked = msgspec.json.decode(body, type=_Columns)
        with self._lock:
            number = len(self._tables)
            table: dict[str, Any] = {
                "_id": f"{number:03}N", "name": asked.table_name, "columns": [], "views": [],
            }  # fmt: skip
            self._tables[asked.table_name] = table
            self._add(table, asked.columns)
            return msgspec.json.encode(table)

    def add_columns(self, body: bytes) -> bytes:
        """The answer to a call that adds columns: their metadata."""
        asked = msgspec.json.decode(body, type=_Columns)
        with self._lock:
            added = self._add(self._tables[asked.table_name], asked.columns)
        return msgspec.json.encode({"columns": added})

    @staticmethod
    def _add(table: dict[str, Any], columns: list[_Column]) -> list[dict[str, Any]]:
        start = len(table["columns"])
        added = [
            {
                "key": f"{start + number:04}",
                "name": column.name,
                "type": column.type,
                "data": column.data,
            }
            for number, column in enumerate(columns)
        ]
        table["columns"] += added
        return added
