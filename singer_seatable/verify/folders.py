"""Folders of JSON lines and Parquet files, as warehouses.

Loaders append to one file per stream, or write one per run. So the newest row of a key counts:
files by the time of their last change, rows by their order.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from singer_seatable.verify.canonical import decode
from singer_seatable.verify.warehouse import Warehouse, WarehouseTable, match_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

_LINES = {".jsonl", ".ndjson", ".singer"}
_PARQUET = {".parquet", ".pq"}
_RUN = re.compile(r"[-_.]\d{4}-?\d{2}-?\d{2}(?:[T_.-]?\d{2}[-:_.]?\d{2}.*|[-_.].*)?$", re.ASCII)
"""What loaders add to the name of a stream for each run."""


class Folder(Warehouse):
    """A folder with files of one format or both, directly or in a folder per stream.

    Raises:
        ConfigError: the folder holds no file of these formats.
    """

    def __init__(self, path: Path) -> None:
        self._files: dict[str, list[Path]] = {}
        endings = _LINES | _PARQUET
        found = [file for file in path.rglob("*") if file.suffix.lower() in endings]
        for file in sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.name)):
            direct = file.parent == path
            name = _RUN.sub("", file.stem) if direct else file.relative_to(path).parts[0]
            self._files.setdefault(name, []).append(file)
        if not self._files:
            raise ConfigError(
                f"The folder {path} has no file with one of the endings "
                f"{', '.join(sorted(endings))}."
            )

    def tables(self) -> list[str]:
        """The names of all tables."""
        return list(self._files)

    def find(self, stream: str) -> WarehouseTable | None:
        """The files of a stream.

        Raises:
            ConfigError: several tables may be the stream's.
        """
        name = match_names([stream], self._files, owner="The folder").get(stream)
        return FolderTable(name, self._files[name]) if name is not None else None


class FolderTable(WarehouseTable):
    """The rows of some files."""

    newest_wins = True

    def __init__(self, name: str, files: Sequence[Path]) -> None:
        self.place = name if len(files) > 1 else files[0].name
        self._files = files

    @cached_property
    def columns(self) -> Sequence[str]:  # type: ignore[override]
        """The names in any of the rows."""
        names: dict[str, None] = {}
        for file in self._files:
            if file.suffix.lower() in _PARQUET:
                names |= dict.fromkeys(_parquet(file).schema_arrow.names)
            else:
                for row in _lines(file):
                    names |= dict.fromkeys(row)
        return list(names)

    @cached_property
    def doubles(self) -> Collection[str]:  # type: ignore[override]
        """The columns that a Parquet file keeps as doubles."""
        parquet = [file for file in self._files if file.suffix.lower() in _PARQUET]
        fields = (field for file in parquet for field in _parquet(file).schema_arrow)
        return {field.name for field in fields if str(field.type) in {"double", "float"}}

    def rows(self, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The rows of all files, oldest first.

        Raises:
            SeaTableError: a file cannot be read in the format of its ending.
        """
        for file in self._files:
            if file.suffix.lower() in _PARQUET:
                opened = _parquet(file)
                known = [name for name in columns if name in opened.schema_arrow.names]
                for batch in opened.iter_batches(columns=known):
                    yield from batch.to_pylist()
            else:
                yield from _lines(file)


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = decode(line)
            except msgspec.DecodeError as error:
                raise _damaged(file, f"line {number}: {error}") from None
            if not isinstance(row, dict):
                raise _damaged(file, f"line {number} is not an object")
            yield row


def _parquet(file: Path) -> Any:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415  (an extra)
    except ImportError:
        raise ConfigError(
            "Parquet files need the package pyarrow: install singer-seatable[parquet]."
        ) from None
    try:
        return parquet.ParquetFile(file)
    except (ArrowException, OSError) as error:
        raise _damaged(file, str(error)) from None


def _damaged(file: Path, why: str) -> SeaTableError:
    return SeaTableError(
        f"The file {file} cannot be read: {' '.join(why.split()).rstrip('.')}. Take it out of the "
        "folder, or load it again.",
        kind=ErrorKind.DATA,
    )
