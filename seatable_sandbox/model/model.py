"""A base's structure: tables, columns, views. Rows are in the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from seatable_sandbox.model.errors import column_not_exist, table_not_exist

SYSTEM_KEYS = {
    "creator": "_creator",
    "ctime": "_ctime",
    "last-modifier": "_last_modifier",
    "mtime": "_mtime",
}
"""Columns of these types show a system field, whose name is their key."""


@dataclass
class Column:
    """One column; `extra` has what matters to clients only, such as its width."""

    key: str
    name: str
    type: str
    data: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {"key": self.key, "type": self.type, "name": self.name}
        document.update(self.extra)
        if self.data is not None or self.key != "0000" or "colorbys" in self.extra:
            document["data"] = self.data
        return document

    def setting(self, name: str, default: Any = None) -> Any:
        """An entry of `data`, which is null for many types."""
        return (self.data or {}).get(name, default)

    @property
    def options(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.setting("options") or []
        return found

    @property
    def physical(self) -> str:
        """The column of the SQLite table that holds the values."""
        return self.key if self.key in SYSTEM_KEYS.values() else "k_" + self.key


@dataclass
class Table:
    """One table; `used_keys` has the keys of deleted columns, too: no key is reused."""

    id: str
    name: str
    columns: list[Column]
    views: list[dict[str, Any]]
    physical: str
    used_keys: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "_id": self.id,
            "name": self.name,
            "is_header_locked": False,
            "header_settings": {},
            "summary_configs": {},
            "columns": [column.as_json() for column in self.columns],
            "views": self.views,
        }

    def column_by_name(self, name: object) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def column_by_key(self, key: object) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)

    def column(self, name_or_key: object) -> Column:
        found = self.column_by_name(name_or_key) or self.column_by_key(name_or_key)
        if found is None:
            raise column_not_exist()
        return found


@dataclass
class Base:
    """One base ("dtable")."""

    number: int
    uuid: str
    name: str
    workspace_id: int
    version: int = 0
    created_ms: int = 0
    updated_ms: int = 0
    big_data: bool = False
    """Whether big data storage is enabled, as a person does it in the base's menu."""
    tables: list[Table] = field(default_factory=list)
    used_keys: list[str] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        settings: dict[str, Any] = {"date_settings": {"first_day_of_week": "Monday"}}
        if self.big_data:
            settings["enable_archive"] = True
        return {
            "tables": [table.as_json() for table in self.tables],
            "version": self.version,
            "format_version": 9,
            "settings": settings,
        }

    def table_by_name(self, name: object) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)

    def table_by_id(self, table_id: object) -> Table | None:
        return next((table for table in self.tables if table.id == table_id), None)

    def table(self, name: object = None, table_id: object = None) -> Table:
        """The table that a request names; an id counts before a name.

        Raises:
            OperationError: There is no such table.
        """
        found = self.table_by_id(table_id) if table_id else self.table_by_name(name)
        if found is None:
            raise table_not_exist(table_id or name)
        return found

    def link_column(self, table: Table, link_id: object) -> Column | None:
        for column in table.columns:
            if column.type == "link" and column.setting("link_id") == link_id:
                return column
        return None


def other_table_id(table: Table, column: Column) -> str:
    """The table at the other end of a link column, whichever side it was made from."""
    first, second = column.setting("table_id"), column.setting("other_table_id")
    return str(second if first == table.id else first)
