"""Compares the messages of a tap, stream by stream, with a warehouse or with another base."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import type_named
from seatable_client.errors import ConfigError
from singer_seatable.contract import FILE_PROPERTIES, SCHEMA_EXTENSION
from singer_seatable.verify.canonical import IGNORED, MEMBER, UNORDERED, decode, encode
from singer_seatable.verify.comparison import Comparison, TableResult
from singer_seatable.verify.warehouse import IterableTable, Warehouse, WarehouseTable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import tzinfo
    from typing import IO

    from seatable_client.column_types import ColumnType
    from singer_seatable.settings import KeyOption

_OWN_TO_A_BASE = ("_id", "_ctime", "_mtime", "_creator", "_last_modifier")
"""System columns whose values a copy of a base does not share."""


class RecordedStreams(Warehouse):
    """The streams of a base, kept in files until they are compared.

    Args:
        folder: for the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._columns: dict[str, list[str]] = {}
        self._files: dict[str, IO[bytes]] = {}

    def take(self, message: Mapping[str, Any]) -> None:
        """Take a message of the tap."""
        stream = message.get("stream", "")
        if message["type"] == "SCHEMA" and stream not in self._files:
            self._columns[stream] = list(message["schema"]["properties"])
            self._files[stream] = (self._folder / str(len(self._files))).open("wb")
        elif message["type"] == "RECORD":
            self._files[stream].write(encode(message["record"]) + b"\n")

    def close(self) -> None:
        """Close the files for reading."""
        for file in self._files.values():
            file.close()

    def tables(self) -> list[str]:
        """The names of the streams."""
        return list(self._columns)

    def find(self, stream: str) -> WarehouseTable | None:
        """The stream of this name."""
        if stream not in self._columns:
            return None
        path = Path(self._files[stream].name)

        def rows() -> Iterator[Mapping[str, Any]]:
            with path.open("rb") as lines:
                yield from map(decode, lines)

        return IterableTable(stream, self._columns[stream], rows)


class StreamComparisons:
    """Compares all streams of a run.

    Args:
        warehouse: what to compare them with.
        zone: the zone of date-times that the warehouse keeps without one.
        keys: for two bases, the key columns; None for a warehouse.
    """

    def __init__(self, warehouse: Warehouse, zone: tzinfo, keys: KeyOption | None) -> None:
        self._warehouse = warehouse
        self._zone = zone
        self._keys = keys
        self._comparisons: dict[str, Comparison] = {}

    def take(self, message: Mapping[str, Any]) -> None:
        """Take a message of the tap.

        Raises:
            ConfigError: several tables or columns may be the one to compare.
        """
        stream = message.get("stream", "")
        if message["type"] == "SCHEMA" and stream not in self._comparisons:
            self._comparisons[stream] = self._begin(stream, message)
        elif message["type"] == "RECORD":
            self._comparisons[stream].add(message["record"])

    def close(self) -> None:
        """Give up the temporary files."""
        for comparison in self._comparisons.values():
            comparison.close()

    def finish(self, *, without: Collection[str]) -> list[TableResult]:
        """The results, in the order of the streams.

        Args:
            without: streams that were not read to their ends.

        Raises:
            SeaTableError: the warehouse cannot be read.
        """
        return [
            comparison.finish()
            for stream, comparison in self._comparisons.items()
            if stream not in without
        ]

    def _begin(self, stream: str, message: Mapping[str, Any]) -> Comparison:
        between_bases = self._keys is not None
        properties: dict[str, Mapping[str, Any]] = message["schema"]["properties"]
        keys: Sequence[str] = message["key_properties"]
        excluded: Sequence[str] = ()
        if self._keys is not None:
            keys = self._keys.columns(stream)
            if unknown := [key for key in keys if key not in properties]:
                raise ConfigError(
                    f"--key names {unknown[0]!r}, and stream {stream!r} has no such column. Where "
                    "tables have different keys, write --key TABLE=COLUMN for each."
                )
            own = [name for name, schema in properties.items() if _is_own(name, schema)]
            excluded = [name for name in own if name not in keys]
        properties = {
            name: _comparable(schema, between_bases=between_bases)
            for name, schema in properties.items()
        }
        return Comparison(
            stream,
            properties,
            keys,
            self._warehouse.find(stream),
            zone=self._zone,
            excluded=excluded,
        )


def _type_of(schema: Mapping[str, Any]) -> ColumnType:
    return type_named(str(schema.get(SCHEMA_EXTENSION, {}).get("type", "")))


def _is_own(name: str, schema: Mapping[str, Any]) -> bool:
    return name in _OWN_TO_A_BASE or _type_of(schema).once_per_table


def _comparable(schema: Mapping[str, Any], *, between_bases: bool) -> Mapping[str, Any]:
    """The schema of a property without what both sides cannot share.

    Args:
        schema: of the property.
        between_bases: whether a base is compared with its copy, where ids of rows and addresses of
            files differ, and so may the order of links.
    """
    column_type, items = _type_of(schema), schema.get("items") or {}
    if column_type.holds_addresses_only:
        return {**schema, "items": {**items, MEMBER: "url"}}
    ignored: tuple[str, ...] = FILE_PROPERTIES if column_type.holds_files else ()
    if between_bases:
        ignored += column_type.base_parts
    comparable = {**schema, "items": {**items, IGNORED: ignored}} if ignored else {**schema}
    if between_bases and column_type.is_connection:
        comparable[UNORDERED] = True
    return comparable
