"""Attachments: files that records refer to, sent to the base, and the cells that refer to them.

Nothing is read or fetched by itself. A record is somebody else's text: one that names a file of
this machine, or an address inside its network, must not make the loader send it to a base that
others can read. So both take a setting that says where files may come from, and what no setting
allows is stored as given, or refused where a column cannot hold it.

The same content is sent once. The address of an uploaded file carries the digest of its content,
so what the table has already is known from its cells, also in the next run.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from seatable_client.api.read_request import ReadRequest
from seatable_client.column_types.registry import type_of
from seatable_client.errors import (
    ConfigError,
    InvalidValueError,
    QuotaExhausted,
    RequestRejected,
    SeaTableError,
    ServerUnavailable,
)
from seatable_client.files.content import Content, digest_of_address
from seatable_client.files.download import Files, is_asset
from seatable_client.files.upload import Uploads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seatable_client.api.base import Base
    from seatable_client.column_types.writers import Writer
    from seatable_client.metadata import Column, Table

IN_MEMORY = 1 << 20
"""Bytes of a download that are kept in memory; more go to a temporary file."""


_ELSEWHERE = ("path", "download_url")
"""What tap-seatable adds to a file that it has downloaded or signed."""


class Attachments:
    """What records of a run refer to, and what the base has of it.

    Args:
        base: where to upload to.
        config: values of `ATTACHMENT_SETTINGS`.
        rehearses: whether nothing is to be fetched and uploaded.
    """

    def __init__(self, base: Base, config: Mapping[str, Any], *, rehearses: bool = False) -> None:
        self._rehearses = rehearses
        self._base = base
        self._files = Files(base)
        self._uploads = Uploads(base)
        self._hosts = [host.lower() for host in config.get("attachment_hosts") or ()]
        self._folders = [_folder(path) for path in config.get("attachment_paths") or ()]
        self._most = int(config.get("max_attachment_bytes") or 100 * 1024 * 1024)
        self._uploaded: dict[tuple[str, str], str] = {}
        self._fetched: dict[tuple[str, str], tuple[str, int]] = {}
        self._down: dict[str, str] = {}
        self._learned: set[tuple[str, str]] = set()

    def writer(self, table: Table, column: Column, write: Writer) -> Writer:
        """A column's writer, with files that may be had uploaded first."""
        if not type_of(column).holds_files:
            return write

        def upload_and_write(value: Any) -> Any:
            entries = value if isinstance(value, list) else [value]
            cells = [self._cell(table, column, entry) for entry in entries]
            same = all(cell is entry for cell, entry in zip(cells, entries, strict=True))
            return write(value if same else cells)

        return upload_and_write

    def _cell(self, table: Table, column: Column, entry: Any) -> Any:
        """What refers to a file of the base; the entry itself where it is to be stored as given."""
        known = entry if isinstance(entry, dict) else {"url": entry}
        path, address = self._source(known)
        if path is None and address is None:
            if isinstance(entry, dict) and any(part in entry for part in _ELSEWHERE):
                plain = {part: one for part, one in entry.items() if part not in _ELSEWHERE}
                return plain.get("url") if column.type == "image" else plain
            return entry
        url, size = self._stored(table, column, known, path, address)
        if known.get("size") not in {None, size}:
            raise InvalidValueError(
                f"the file has {size:,} bytes, and the record says {known['size']} of it"
            )
        if column.type == "image":
            return url
        return {"name": _name(known, path, address), "size": size, "type": "file", "url": url}

    def _source(self, known: Mapping[str, Any]) -> tuple[Path | None, str | None]:
        """Where a file is to be had: its path, or its address; neither where it stays as it is.

        Raises:
            InvalidValueError: it names a file that may not be read.
        """
        if isinstance(path := known.get("path"), str) and self._folders:
            return self._allowed(path), None
        for part in ("download_url", "url"):
            if isinstance(address := known.get(part), str) and self._may_fetch(address):
                return None, address
        url = known.get("url")
        if isinstance(url, str) and url and self._folders and _is_path(url):
            return self._allowed(url), None
        return None, None

    def _may_fetch(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or not host or is_asset(address):
            return False
        names = {host, f"{host}:{port}"} if port else {host}
        return any(fnmatchcase(name, allowed) for allowed in self._hosts for name in names)

    def _allowed(self, path: str) -> Path:
        """The file that a path means, if it is in one of the folders, links followed.

        Raises:
            InvalidValueError: it is not.
        """
        try:
            found = Path(path).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            found = None
        inside = found is not None and any(map(found.is_relative_to, self._folders))
        if found is None or not inside:
            # Whether something is there is nobody's business outside of the folders.
            raise InvalidValueError(f"{path!r} is no file in a folder of attachment_paths")
        return found

    def _stored(
        self,
        table: Table,
        column: Column,
        known: Mapping[str, Any],
        path: Path | None,
        address: str | None,
    ) -> tuple[str, int]:
        """The address in the base of a file's content, uploaded if it is new, and its size."""
        if self._rehearses:
            return address or str(path), int(known.get("size") or 0)
        if address is not None and (met := self._fetched.get((column.type, address))):
            return met
        with self._opened(path, address) as file:
            content = Content.from_file(file)
            if content.size > self._most:
                raise InvalidValueError(
                    f"the file has {content.size:,} bytes, more than max_attachment_bytes "
                    f"({self._most:,})"
                )
            self._learn(table, column)
            key = (column.type, content.digest)
            if key not in self._uploaded:
                name = _name(known, path, address)
                try:
                    self._uploaded[key] = self._uploads.store(
                        name, content, image=column.type == "image"
                    )
                except RequestRejected as refusal:
                    raise InvalidValueError(str(refusal)) from refusal
        stored = self._uploaded[key], content.size
        if address is not None:
            self._fetched[column.type, address] = stored
        return stored

    def _opened(self, path: Path | None, address: str | None) -> IO[bytes]:
        if path is not None:
            return _opened(path, self._most)
        return self._download(address or "")

    def _download(self, address: str) -> IO[bytes]:
        """The content at an address.

        Raises:
            InvalidValueError: it cannot be had.
        """
        host = urlsplit(address).netloc
        if host in self._down:
            raise InvalidValueError(self._down[host])
        target: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        try:
            self._files.fetch(
                address, lambda: _emptied(target), may_follow=self._may_fetch, max_bytes=self._most
            )
        except SeaTableError as error:
            target.close()
            if isinstance(error, (ServerUnavailable, QuotaExhausted)):
                # Asked for every record, a host that is down would hold up the run for hours.
                self._down[host] = f"{error} It is not asked again in this run."
            raise InvalidValueError(str(error)) from error
        return target

    def _learn(self, table: Table, column: Column) -> None:
        """Note the contents that a column's cells refer to already. A call per 10,000 rows."""
        if (table.id, column.key) in self._learned:
            return
        self._learned.add((table.id, column.key))
        for address in self._addresses(table, column):
            digest = digest_of_address(address)
            if digest is not None and self._files.path(address) is not None:
                self._uploaded.setdefault((column.type, digest), address)

    def _addresses(self, table: Table, column: Column) -> Iterator[str]:
        for page in self._base.read(ReadRequest(table, [column])).pages:
            for row in page:
                for entry in row.get(column.name) or ():
                    address = entry.get("url") if isinstance(entry, dict) else entry
                    if isinstance(address, str):
                        yield address


@contextlib.contextmanager
def _emptied(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """A file to write to from its beginning, which stays open."""
    file.seek(0)
    file.truncate()
    yield file


def _folder(path: str) -> Path:
    """A folder of the settings, which may be still to be made: by the tap in the same pipe.

    Raises:
        ConfigError: it is something else.
    """
    folder = Path(path).expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"attachment_paths names {path!r}, which is no folder of this machine.")
    return folder


def _opened(path: Path, most: int) -> IO[bytes]:
    """A file of this machine: a plain one, not a device or a pipe, and no link put in its place.

    Raises:
        InvalidValueError: it cannot be read.
    """
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        file = os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb")
    except OSError as error:
        raise InvalidValueError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        file.close()
        raise InvalidValueError(
            f"{str(path)!r} is no plain file"
            if not stat.S_ISREG(about.st_mode)
            else f"{str(path)!r} has {about.st_size:,} bytes, more than max_attachment_bytes "
            f"({most:,})"
        )
    return file


def _is_path(text: str) -> bool:
    return "://" not in text and not text.startswith("data:") and not is_asset(text)


def _name(known: Mapping[str, Any], path: Path | None, address: str | None) -> str:
    """What people call a file: the record's word, else the last part of where it is from."""
    given = known.get("name")
    if isinstance(given, str) and given:
        return given
    if path is not None:
        return path.name
    return unquote(urlsplit(address or "").path).rpartition("/")[2] or "file"
