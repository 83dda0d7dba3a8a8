"""From paths and patterns to the tables in them."""

from __future__ import annotations

import glob
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError
from tabular_files.readers import read_csv, read_excel, read_json_lines, read_parquet, read_sqlite
from tabular_files.table import FileSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tabular_files.table import Table

log = logging.getLogger(__name__)

_SUFFIXES: Mapping[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}
"""The format of a file by the ending of its name."""

_LOCK = "~$"
"""How the name begins of the file by which Excel tells that a workbook beside it is open."""

READERS: Mapping[str, Callable[[FileSettings], Sequence[Table]]] = {
    "csv": lambda settings: [read_csv(settings)],
    "excel": read_excel,
    "jsonl": lambda settings: [read_json_lines(settings)],
    "parquet": lambda settings: [read_parquet(settings)],
    "sqlite": read_sqlite,
}
"""What reads each format."""

_FORMATS_OF: Mapping[str, Sequence[str]] = {
    "encoding": ["csv", "jsonl"],
    "delimiter": ["csv"],
    "skip_rows": ["csv", "excel", "jsonl"],
    "sheets": ["excel", "sqlite"],
    "hidden_rows": ["excel"],
}
"""The formats that each of the `FileSettings` is for."""

_DEFAULTS = FileSettings("")


def open_tables(settings: FileSettings, file_format: str | None = None) -> list[Table]:
    """Look at the tables in the files that a path names.

    Args:
        settings: `path` may be a file, a folder, or a pattern with `*`, `?` or `**`. Hidden files
            and the locks of open workbooks are left out, unless they are named.
        file_format: one of `READERS`; by the ending of each file's name if not given.

    Raises:
        ConfigError: no file matches, or a file's ending does not name a known format.
        FileError: a file cannot be read without losing something of it.
        MissingReader: what reads a format is not installed.
    """
    formats = {path: file_format or _format_of(path) for path in _files(settings.path)}
    _tell_unused(settings, formats)
    tables: list[Table] = []
    for path, found in formats.items():
        tables += READERS[found](replace(settings, path=path))
    return tables


def _tell_unused(settings: FileSettings, formats: Mapping[str, str]) -> None:
    """Warn of settings that none of the files, with their formats, takes."""
    for name, known in _FORMATS_OF.items():
        is_given = getattr(settings, name) != getattr(_DEFAULTS, name)
        if is_given and not set(known).intersection(formats.values()):
            log.warning(
                "%s has no effect on %s, because it is for %s. Leave it out, or correct the path.",
                name,
                ", ".join(formats),
                ", ".join(known),
            )


def _files(path: str) -> list[str]:
    place = Path(path).expanduser()
    if place.is_dir():
        found = [
            str(file)
            for file in place.iterdir()
            if file.suffix.lower() in _SUFFIXES and not file.name.startswith((".", _LOCK))
        ]
        if not found:
            raise ConfigError(
                f"The folder {path} has no file with one of the endings {', '.join(_SUFFIXES)}."
            )
        return sorted(found)
    if place.exists():
        return [str(place)]
    if not glob.has_magic(path):
        raise ConfigError(f"There is no file {path}. Check the path and the folder.")
    matches = glob.iglob(str(place), recursive=True)  # noqa: PTH207  (a pattern may be absolute)
    files = map(Path, matches)
    found = sorted(
        str(file) for file in files if file.is_file() and not file.name.startswith(_LOCK)
    )
    if not found:
        raise ConfigError(f"No file matches {path}. Check the pattern and the folder.")
    return found


def _format_of(path: str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix == ".xls":
        raise ConfigError(f"{path} is in the format of Excel before 2007. Save it as .xlsx.")
    if suffix not in _SUFFIXES:
        raise ConfigError(
            f"The ending of {path} does not name a known format. Give it one of "
            f"{', '.join(_SUFFIXES)}, or set format in the setting files to one of "
            f"{', '.join(READERS)}."
        )
    return _SUFFIXES[suffix]
