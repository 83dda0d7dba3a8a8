"""The streams of a run's files."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError
from singer_seatable.contract import TOMBSTONE_COLUMNS
from tabular_files.open_tables import open_tables
from tabular_files.table import FileSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tabular_files.table import Table

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileStream:
    """One or more tables with the same columns, as one stream.

    Attributes:
        name: of the stream.
        tables: whose rows it has, one after the other.
        keys: the columns that tell its rows apart; empty for none.
    """

    name: str
    tables: Sequence[Table]
    keys: tuple[str, ...]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the records."""
        return {"type": "object", "properties": dict(self.tables[0].properties)}

    @property
    def row_count(self) -> int:
        """The number of records."""
        return sum(table.row_count for table in self.tables)

    def records(self) -> Iterator[dict[str, Any]]:
        """Every record."""
        for table in self.tables:
            yield from table.rows()


def file_streams(
    files: Iterable[str | Mapping[str, Any]],
    *,
    keys_of: Callable[[str], Sequence[str]] = lambda _: (),
) -> list[FileStream]:
    """Look at all files and give each table its stream.

    Args:
        files: the setting `files`.
        keys_of: the columns that tell the rows of a stream apart, if the setting names none.

    Raises:
        ConfigError: two streams have one name, or a key is not a column.
        SeaTableError: a file cannot be read.
    """
    streams: dict[str, FileStream] = {}
    for entry in files:
        given = {"path": entry} if isinstance(entry, str) else dict(entry)
        tables = open_tables(_file_settings(given), given.get("format"))
        groups: dict[str, list[Table]] = {}
        for table in tables:
            groups.setdefault(given.get("stream") or table.name, []).append(table)
        for name, group in groups.items():
            if name in streams:
                raise ConfigError(
                    f"Both {streams[name].tables[0].place} and {group[0].place} would be the "
                    f"stream {name!r}. Take them one after the other, or set stream for one of "
                    "them in the setting files."
                )
            _check_name(name)
            keys = tuple(given.get("keys") or keys_of(name))
            _check_columns(name, group, keys)
            if not keys:
                for table in group:
                    table.check_keys()
            streams[name] = FileStream(name, group, keys or group[0].keys)
    _tell_empty(streams.values())
    _tell_tombstones(streams.values())
    return list(streams.values())


def _tell_empty(streams: Iterable[FileStream]) -> None:
    """Warn of files without rows: nothing else tells that a run has loaded nothing of them."""
    empty = [table.place for stream in streams for table in stream.tables if not table.row_count]
    if empty:
        log.warning(
            "Nothing was read from %s, which has columns and no rows. Check the file, or its "
            "export.",
            ", ".join(empty),
        )


def _tell_tombstones(streams: Iterable[FileStream]) -> None:
    """Warn of columns whose values take rows away, as files of a warehouse have them."""
    for stream in streams:
        for name in sorted(TOMBSTONE_COLUMNS.intersection(stream.tables[0].properties)):
            log.warning(
                "Column %r of %s marks rows as deleted: a row with a value in it is deleted or "
                "marked, not stored. Rename the column to load such rows.",
                name,
                ", ".join(table.place for table in stream.tables),
            )


def _file_settings(given: Mapping[str, Any]) -> FileSettings:
    return FileSettings(
        path=given["path"],
        encoding=given.get("encoding"),
        delimiter=given.get("delimiter"),
        skip_rows=int(given.get("skip_rows") or 0),
        sheets=tuple(given.get("sheets") or ()),
        hidden_rows=given.get("hidden_rows") is not False,
    )


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ConfigError(
            f"The stream would have the name of its file, and {name!a} is not valid UTF-8. Rename "
            "the file, or set stream."
        ) from None


def _check_columns(name: str, tables: Sequence[Table], keys: Sequence[str]) -> None:
    first = tables[0]
    for other in tables[1:]:
        if other.properties != first.properties:
            raise ConfigError(
                f"The stream {name!r} would have the rows of {first.place} and {other.place}, "
                "whose columns differ. Give them streams of their own."
            )
    for key in keys:
        if key not in first.properties:
            raise ConfigError(
                f"The key {key!r} of stream {name!r} is not a column of {first.place}, whose "
                f"columns are {', '.join(map(repr, first.properties))}. Correct the key."
            )
