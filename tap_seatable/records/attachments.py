"""Attachments: what becomes of the files that cells refer to, as records go out.

A record is compared with the last run's, and remembered, without what is added here: links change
with every run, and a file need not be fetched to see that its row is as it was. Only records that
go out have their files signed or downloaded.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

import fsspec  # type: ignore[import-untyped]

from seatable_client.errors import (
    ConfigError,
    NotFound,
    RequestRejected,
    ServerUnavailable,
)
from seatable_client.files.download import is_asset
from seatable_client.formatting import format_count
from tap_seatable.catalog.attachment_policy import ADDED_PROPERTIES
from tap_seatable.errors import FileUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.files.download import Files
    from seatable_client.metadata import Column
    from tap_seatable.catalog.attachment_policy import Attachments

    Record = dict[str, Any]

log = logging.getLogger(__name__)


class Store:
    """The folder that files are downloaded to.

    Raises:
        ConfigError: it cannot be used.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder.rstrip("/") or folder
        try:
            self._system, self._root = fsspec.core.url_to_fs(self.folder)
        except (ValueError, ImportError, OSError) as error:
            raise self._unusable(error) from error

    def size(self, place: str) -> int | None:
        """How large a stored file is; None where there is none."""
        try:
            found = self._system.info(self._path(place))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        return int(found["size"]) if found["type"] == "file" else None

    def save(self, place: str, download: Any) -> int:
        """Store a file: whole under its own name, or not at all.

        Args:
            place: below the folder.
            download: is called with what opens the place to write to, perhaps several times, and
                returns the size.
        """
        path = self._path(place)
        part = f"{path}.part"

        def open_part() -> IO[bytes]:
            return cast("IO[bytes]", self._system.open(part, "wb"))

        try:
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            size: int = download(open_part)
            self._system.mv(part, path)
        except OSError as error:
            raise self._unusable(error) from error
        return size

    def _path(self, place: str) -> str:
        return f"{self._root.rstrip('/')}/{place}"

    def _unusable(self, error: Exception) -> ConfigError:
        return ConfigError(f"attachments_path {self.folder!r} cannot be used: {error}.")


@dataclass
class Completion:
    """Adds to records what can be done with their files.

    Attributes:
        files: of the base.
        properties: those that hold files.
        store: where to download to; None where links are wanted.
        unavailable: how many files there were that the server does not give, by property.
        different: how many were of another size than their cell says.
        reason: why the first was not given.
    """

    files: Files
    properties: list[str]
    store: Store | None
    unavailable: Counter[str] = field(default_factory=Counter)
    different: Counter[str] = field(default_factory=Counter)
    reason: str = ""

    def __call__(self, record: Record) -> Record:
        """The record, completed."""
        for name in self.properties:
            if cell := record.get(name):
                record[name] = [self._entry(name, entry) for entry in cell]
        return record

    def report(self, stream: str) -> None:
        """Say what is missing, once per column."""
        for name, count in self.unavailable.items():
            log.warning(
                "Stream %r: %s of column %r could not be had; the %s is null. The first reason: %s",
                stream,
                format_count(count, "file"),
                name,
                "path" if self.store else "download_url",
                self.reason,
            )
        for name, count in self.different.items():
            log.warning(
                "Stream %r: %s of column %r %s of another size than the cells say. They are stored "
                "as the server has them.",
                stream,
                format_count(count, "file"),
                name,
                "is" if count == 1 else "are",
            )

    def _entry(self, name: str, entry: Any) -> Record:
        known: Record = {"url": entry} if isinstance(entry, str) else entry
        address = str(known.get("url") or "")
        try:
            path = self.files.path(address)
            if self.store is None:
                is_open = address.startswith(("http://", "https://")) and not is_asset(address)
                link = address if is_open else None
                link = self.files.download_link(path) if path else link
                return {**known, "download_url": link}
            place = self._stored(name, path, known.get("size")) if path else None
        except (NotFound, RequestRejected) as error:
            self.unavailable[name] += 1
            self.reason = self.reason or str(error)
            return {**known, ADDED_PROPERTIES["download" if self.store else "signed"]: None}
        except ServerUnavailable as error:
            raise FileUnavailable(str(error)) from error
        return {**known, "path": place}

    def _stored(self, name: str, path: str, size: int | None) -> str:
        """Where the file is stored, fetched if it is not there yet."""
        store = cast("Store", self.store)
        place = f"{self.files.base_id}{path}"
        there = store.size(place)
        if there is None or (size and there != size):
            got = store.save(place, lambda target: self._fetched(path, target, size))
            if size and got != size:
                self.different[name] += 1
        return f"{store.folder}/{place}"

    def _fetched(self, path: str, target: Any, size: int | None) -> int:
        got = self.files.download(path, target)
        # An answer that does not tell its length may have broken off unseen.
        return got if not size or got == size else self.files.download(path, target)


def completion(
    policy: Attachments, files: Files, properties: Mapping[str, Column]
) -> Completion | None:
    """What completes the records of a stream; None where there is nothing to complete.

    Raises:
        ConfigError: files cannot be downloaded with this credential, or to this folder.
    """
    names = [name for name, column in properties.items() if policy.concern(column)]
    if not names:
        return None
    files.check_downloads()
    store = Store(policy.folder) if policy.mode == "download" else None
    return Completion(files, names, store)
