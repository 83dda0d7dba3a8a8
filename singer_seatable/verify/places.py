"""From what a user names to the warehouse that it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError
from singer_seatable.verify.databases import Database
from singer_seatable.verify.folders import Folder

if TYPE_CHECKING:
    from singer_seatable.verify.warehouse import Warehouse


def open_warehouse(place: str, *, schema: str | None = None) -> Warehouse:
    """Open the place that a URL or a path names.

    Args:
        place: an SQLAlchemy URL, or the path of a folder of JSON lines and Parquet files.
        schema: the only schema of a database to look into.

    Raises:
        ConfigError: the place does not exist, or cannot be read.
    """
    if "://" in place:
        return Database(place, schema=schema)
    if not Path(place).expanduser().is_dir():
        raise ConfigError(
            f"There is no folder {place!r}. Name a folder of JSON lines or Parquet files, or the "
            "URL of a database, such as postgresql://user:password@host/database."
        )
    return Folder(Path(place).expanduser())
