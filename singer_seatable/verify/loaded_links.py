"""Links of a base in the terms of what was loaded: the ids or keys by which values name rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seatable_client.api import row_id_of
from seatable_client.column_types import Reading, codec
from seatable_client.errors import ConfigError
from seatable_client.metadata import other_end
from seatable_client.rows import CellReader, row_ids_of
from singer_seatable.verify.canonical import UNORDERED
from singer_seatable.verify.warehouse import WarehouseTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatable_client.connection import Connection
    from seatable_client.metadata import Column, Table


@dataclass(frozen=True)
class LinkedRows:
    """The rows that a link column may name.

    Attributes:
        schema: JSON Schema of a list of what names them.
        names: what names each row, by its id; None if the ids do.
    """

    schema: Mapping[str, Any]
    names: Mapping[str, Any] | None

    def named(self, cell: Sequence[Any] | None) -> list[Any]:
        """What names the rows of a link cell; the id where nothing else does."""
        ids = [row_id_of(link) for link in cell or ()]
        return ids if self.names is None else [self.names.get(row_id, row_id) for row_id in ids]


def read_linked_rows(
    connection: Connection,
    tables: Sequence[Table],
    table: Table,
    columns: Mapping[str, Column],
    links_by: Mapping[str, str],
) -> dict[str, LinkedRows]:
    """Read what names the rows that link columns may link to, each other table once.

    Args:
        connection: the base.
        tables: all tables of the base.
        table: that of the columns.
        columns: the link columns by the properties that go into them.
        links_by: by property, the column of the other table whose values name its rows; without
            one, their ids do.

    Raises:
        ConfigError: the other table has no such column.
        SeaTableError: the other table cannot be read.
    """
    keys: dict[str, tuple[Table, Column]] = {}
    wanted: defaultdict[str, dict[str, Column]] = defaultdict(dict)
    for name, column in columns.items():
        if name in links_by:
            other, key = keys[name] = _key_column(tables, table, column, links_by[name])
            wanted[other.id][key.name] = key
    read = {
        other: _read_names(
            connection, next(found for found in tables if found.id == other), [*named.values()]
        )
        for other, named in wanted.items()
    }
    by_id = LinkedRows(_list_of({"type": ["string", "null"]}), None)
    return dict.fromkeys(columns, by_id) | {
        name: LinkedRows(_list_of(codec.schema(key)), read[other.id][key.name])
        for name, (other, key) in keys.items()
    }


def _key_column(
    tables: Sequence[Table], table: Table, column: Column, by: str
) -> tuple[Table, Column]:
    """The other table of a link, and the column that names its rows."""
    other_id = other_end(column.data, table.id)
    other = next((found for found in tables if found.id == other_id), None)
    if other is None or by not in other.by_name:
        raise ConfigError(
            f"links names column {by!r} for {column.name!r} of table {table.name!r}, and the table "
            "that it links to does not have it. Name the column that the load used."
        )
    return other, other.by_name[by]


def _read_names(
    connection: Connection, other: Table, keys: Sequence[Column]
) -> dict[str, dict[str, Any]]:
    """By column, the value of each row of a table."""
    reading = Reading(zone=lambda: connection.zone() or timezone.utc)
    reader = CellReader(keys, reading)
    names: dict[str, dict[str, Any]] = {key.name: {} for key in keys}
    for page in connection.base.read_all(other, keys):
        ids, cells = row_ids_of(page), reader.cells(page)
        for name, values in names.items():
            values.update(zip(ids, reader.values(name, cells[name]), strict=True))
    return names


def _list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": items, UNORDERED: True}


class LinkedSource(WarehouseTable):
    """A source whose values for links are lists of what names the rows, each once.

    Args:
        source: what was loaded.
        links: its columns that became links.
    """

    def __init__(self, source: WarehouseTable, links: Sequence[str]) -> None:
        self.place = source.place
        self.columns = source.columns
        self.doubles = source.doubles
        self.keys = source.keys
        self.schemas = source.schemas
        self.newest_wins = source.newest_wins
        self._source = source
        self._links = links

    def rows(self, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The rows of the source."""
        for row in self._source.rows(columns):
            yield {**row, **{name: _names(row.get(name)) for name in self._links}}


def _names(value: Any) -> list[Any]:
    """What a value names, as a load takes it: one row, a list of them, or objects with an id."""
    items = value if isinstance(value, (list, tuple)) else [] if value in {None, ""} else [value]
    names = [row_id_of(item) for item in items]
    is_plain = all(isinstance(name, (str, int, float, Decimal)) for name in names)
    return list(dict.fromkeys(names)) if is_plain else names
