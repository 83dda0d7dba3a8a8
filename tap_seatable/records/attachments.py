"""Attachments: files that cells refer to are signed or downloaded as records go out.

Records are compared with the last run's without the links and paths added here: links change with
every run, and an unchanged row needs no download. Only records that go out get them.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

import fsspec  # type: ignore[import-untyped]
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from seatable_client.errors import (
    ConfigError,
    NotFound,
    RequestRejected,
    SeaTableError,
    ServerUnavailable,
)
from seatable_client.files import is_asset
from seatable_client.formatting import format_count, show_path, show_path_error
from singer_seatable.contract import FILE_LINK, FILE_PATH
from tap_seatable.errors import FileUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.files import Files
    from seatable_client.metadata import Column
    from tap_seatable.catalog import AttachmentPolicy

    Record = dict[str, Any]

log = logging.getLogger(__name__)


class Store:
    """The folder that files are downloaded to.

    Raises:
        ConfigError: the folder cannot be used.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder.rstrip("/") or folder
        try:
            self._system, self._root = fsspec.core.url_to_fs(self.folder)
        except Exception as error:  # noqa: BLE001  (a file system may fail in any way)
            raise self._unusable(error) from None

    def size(self, place: str) -> int | None:
        """The bytes of a stored file; None where there is none."""
        try:
            info = self._system.info(self._path(place))
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001
            raise self._unusable(error) from None
        return int(info["size"]) if info["type"] == "file" else None

    def save(self, place: str, download: Any) -> int:
        """Store a file: whole under its own name, or not at all.

        Args:
            place: below the folder.
            download: gets a function that opens the place for writing, may call it several times,
                and returns the size in bytes.
        """
        path = self._path(place)
        part = f"{path}.part"

        def open_part() -> IO[bytes]:
            return cast("IO[bytes]", self._system.open(part, "wb"))

        try:
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            size: int = download(open_part)
            self._rename(part, path)
        except SeaTableError:
            raise
        except Exception as error:  # noqa: BLE001
            raise self._unusable(error) from None
        return size

    def show(self, place: str) -> str:
        """Where a file is, as records tell it."""
        return f"{show_path(self.folder)}/{place}"

    def _rename(self, part: str, path: str) -> None:
        """Give a stored file its name; `mv` would take one with brackets for a pattern."""
        if isinstance(self._system, LocalFileSystem):
            self._system.mv(part, path)
        else:
            self._system.cp_file(part, path)
            self._system.rm_file(part)

    def _path(self, place: str) -> str:
        return f"{self._root.rstrip('/')}/{place}"

    def _unusable(self, error: Exception) -> ConfigError:
        return ConfigError(
            f"attachments_path {show_path(self.folder)!r} cannot be used: "
            f"{show_path_error(error, self.folder)}."
        )


@dataclass
class FileCompleter:
    """Adds a link or a path to each file in records.

    Attributes:
        files: of the base.
        properties: those that hold files.
        store: where to download to; None where links are wanted.
        unavailable: how many files the server did not give, by property.
        different: how many had another size than their cell says, by property.
        reason: why the first one was not given.
    """

    files: Files
    properties: list[str]
    store: Store | None
    unavailable: Counter[str] = field(default_factory=Counter)
    different: Counter[str] = field(default_factory=Counter)
    reason: str = ""

    def __call__(self, record: Record) -> Record:
        """Complete a record in place, and return it."""
        for name in self.properties:
            if cell := record.get(name):
                record[name] = [self._entry(name, entry) for entry in cell]
        return record

    def report(self, stream: str) -> None:
        """Log which files are missing or different, once per column."""
        for name, count in self.unavailable.items():
            log.warning(
                "Stream %r: %s of column %r could not be downloaded; %s %s is null. "
                "First reason: %s",
                stream,
                format_count(count, "file"),
                name,
                "its" if count == 1 else "their",
                FILE_PATH if self.store else FILE_LINK,
                self.reason,
            )
        for name, count in self.different.items():
            log.warning(
                "Stream %r: %s of column %r %s another size than the cells say. They are stored as "
                "the server has them.",
                stream,
                format_count(count, "file"),
                name,
                "has" if count == 1 else "have",
            )

    def _entry(self, name: str, entry: Any) -> Record:
        file: Record = {"url": entry} if isinstance(entry, str) else entry
        url = str(file.get("url") or "")
        try:
            path = self.files.path(url)
            if self.store is None:
                is_open = url.startswith(("http://", "https://")) and not is_asset(url)
                link = url if is_open else None
                link = self.files.download_link(path) if path else link
                return {**file, FILE_LINK: link}
            place = self._store(name, path, file.get("size")) if path else None
        except (NotFound, RequestRejected) as error:
            self.unavailable[name] += 1
            self.reason = self.reason or str(error)
            return {**file, FILE_PATH if self.store else FILE_LINK: None}
        except ServerUnavailable as error:
            raise FileUnavailable(str(error)) from error
        return {**file, FILE_PATH: place}

    def _store(self, name: str, path: str, size: int | None) -> str:
        """Store the file if it is not there yet, and return where it is."""
        store = cast("Store", self.store)
        place = f"{self.files.base_id}{path}"
        stored_size = store.size(place)
        if stored_size is None or (size and stored_size != size):
            saved_size = store.save(place, lambda target: self._fetch(path, target, size))
            if size and saved_size != size:
                self.different[name] += 1
        return store.show(place)

    def _fetch(self, path: str, target: Any, size: int | None) -> int:
        received = self.files.download(path, target)
        # An answer without a length may have broken off unseen.
        return received if not size or received == size else self.files.download(path, target)


def make_completer(
    policy: AttachmentPolicy, files: Files, properties: Mapping[str, Column]
) -> FileCompleter | None:
    """Make the completer of a stream's records; None where no property needs one.

    Raises:
        ConfigError: files cannot be downloaded with this credential, or to this folder.
    """
    names = [name for name, column in properties.items() if policy.applies_to(column)]
    if not names:
        return None
    files.check_downloads()
    store = Store(policy.folder) if policy.mode == "download" else None
    return FileCompleter(files, names, store)
