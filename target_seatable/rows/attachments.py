"""Attachments: writing such a cell reads, downloads and uploads the file that a record refers to.

No file is read or downloaded without a setting. A record is untrusted: it may name a file of this
machine, or an address inside its network, and must not make the target send it to a base that
others can read. So settings say where files may come from. A reference that no setting allows is
stored as given, or refused where a column cannot hold it.

The same content is sent once. The address of an uploaded file has the digest of its content, so
the cells of the table show which contents it has already, also in the next run.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote

from seatable_client.column_types import type_of
from seatable_client.errors import (
    ConfigError,
    InvalidValueError,
    QuotaExhausted,
    RequestRejected,
    SeaTableError,
    ServerUnavailable,
)
from seatable_client.files import Content, Files, Uploads, digest_of_address, is_asset
from seatable_client.http import HostRules, parse_address
from singer_seatable.contract import FILE_LINK, FILE_PATH, FILE_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seatable_client.api import Base
    from seatable_client.column_types import Writer
    from seatable_client.http import Address
    from seatable_client.metadata import Column, Table
    from target_seatable.settings import TargetConfig

IN_MEMORY = 1 << 20
"""Bytes of a download that are kept in memory; more go to a temporary file."""


class Attachments:
    """The files that records of a run refer to, and their copies in the base.

    Args:
        base: where to upload to.
        config: the target's settings.
        dry_run: whether nothing is fetched and uploaded.
    """

    def __init__(self, base: Base, config: TargetConfig, *, dry_run: bool = False) -> None:
        self._dry_run = dry_run
        self._base = base
        self._files = Files(base)
        self._uploads = Uploads(base)
        self._rules = HostRules([host.lower() for host in config.attachment_hosts])
        self._folders = [_folder(path) for path in config.attachment_paths]
        self._max_bytes = config.max_attachment_bytes
        self._uploaded: dict[tuple[str, str], str] = {}
        self._fetched: dict[tuple[str, str], tuple[str, int]] = {}
        self._unreachable: dict[str, str] = {}
        self._known_columns: set[tuple[str, str]] = set()

    def writer(self, table: Table, column: Column, write: Writer) -> Writer:
        """A column's writer, which uploads allowed files first."""
        if not type_of(column).holds_files:
            return write

        def upload_and_write(value: Any) -> Any:
            entries = value if isinstance(value, list) else [value]
            cells = [self._cell(table, column, entry) for entry in entries]
            same = all(cell is entry for cell, entry in zip(cells, entries, strict=True))
            return write(value if same else cells)

        return upload_and_write

    def _cell(self, table: Table, column: Column, entry: Any) -> Any:
        """The reference to a file of the base; the entry itself where it is stored as given."""
        known = entry if isinstance(entry, dict) else {"url": entry}
        path, address = self._source(known)
        if path is None and address is None:
            if isinstance(entry, dict) and any(name in entry for name in FILE_PROPERTIES):
                plain = {
                    name: value for name, value in entry.items() if name not in FILE_PROPERTIES
                }
                return plain.get("url") if type_of(column).holds_addresses_only else plain
            return entry
        url, size = self._stored(table, column, known, path, address)
        if known.get("size") not in {None, size}:
            raise InvalidValueError(
                f"the file has {size:,} bytes, and the record says {known['size']} of it"
            )
        if type_of(column).holds_addresses_only:
            return url
        return {"name": _name(known, path, address), "size": size, "type": "file", "url": url}

    def _source(self, known: Mapping[str, Any]) -> tuple[Path | None, Address | None]:
        """Where to get a file: its path or its address; neither if the entry is stored as given.

        Raises:
            InvalidValueError: no setting allows to read the file.
        """
        if isinstance(path := known.get(FILE_PATH), str) and self._folders:
            return self._allowed(path), None
        for part in (FILE_LINK, "url"):
            if isinstance(text := known.get(part), str) and (address := self._fetchable(text)):
                return None, address
        url = known.get("url")
        if isinstance(url, str) and url and self._folders and _is_path(url):
            return self._allowed(url), None
        return None, None

    def _fetchable(self, text: str) -> Address | None:
        """The address that a text is, if files may be fetched from it."""
        address = parse_address(text)
        if address is None or is_asset(text) or not self._rules.allow(address):
            return None
        return address

    def _allowed(self, path: str) -> Path:
        """The file of a path, if it is in a folder of the settings, symbolic links resolved.

        Raises:
            InvalidValueError: the file does not exist or is outside of these folders.
        """
        try:
            found = Path(path).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            found = None
        inside = found is not None and any(map(found.is_relative_to, self._folders))
        if found is None or not inside:
            # The message must not reveal whether a file exists outside of the folders.
            raise InvalidValueError(f"{path!r} is not a file in a folder of attachment_paths")
        return found

    def _stored(
        self,
        table: Table,
        column: Column,
        known: Mapping[str, Any],
        path: Path | None,
        address: Address | None,
    ) -> tuple[str, int]:
        """The address in the base of a file's content, uploaded if it is new, and its size."""
        if self._dry_run:
            return address.text if address else str(path), int(known.get("size") or 0)
        if address is not None and (stored := self._fetched.get((column.type, address.text))):
            return stored
        with self._open(path, address) as file:
            content = Content.from_file(file)
            if content.size > self._max_bytes:
                raise InvalidValueError(
                    f"the file has {content.size:,} bytes, more than max_attachment_bytes "
                    f"({self._max_bytes:,})"
                )
            self._learn(table, column)
            key = (column.type, content.digest)
            if key not in self._uploaded:
                name = _name(known, path, address)
                try:
                    self._uploaded[key] = self._uploads.store(
                        name, content, image=type_of(column).holds_addresses_only
                    )
                except RequestRejected as refusal:
                    raise InvalidValueError(str(refusal)) from refusal
        stored = self._uploaded[key], content.size
        if address is not None:
            self._fetched[column.type, address.text] = stored
        return stored

    def _open(self, path: Path | None, address: Address | None) -> IO[bytes]:
        if address is not None:
            return self._download(address)
        return _open_file(path or Path(), self._max_bytes)

    def _download(self, address: Address) -> IO[bytes]:
        """The content at an address.

        Raises:
            InvalidValueError: the content cannot be downloaded.
        """
        host = address.origin
        if host in self._unreachable:
            raise InvalidValueError(self._unreachable[host])
        target: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        try:
            self._files.fetch(
                address.text,
                lambda: _emptied_file(target),
                rules=self._rules,
                max_bytes=self._max_bytes,
            )
        except SeaTableError as error:
            target.close()
            if isinstance(error, (ServerUnavailable, QuotaExhausted)):
                # A host that is down, asked for every record, would delay the run for hours.
                self._unreachable[host] = f"{error} The host is not asked again in this run."
            raise InvalidValueError(str(error)) from error
        return target

    def _learn(self, table: Table, column: Column) -> None:
        """Note the contents that a column's cells refer to already. One call per 10,000 rows."""
        if (table.id, column.key) in self._known_columns:
            return
        self._known_columns.add((table.id, column.key))
        for address in self._addresses(table, column):
            digest = digest_of_address(address)
            if digest is not None and self._files.path(address) is not None:
                self._uploaded.setdefault((column.type, digest), address)

    def _addresses(self, table: Table, column: Column) -> Iterator[str]:
        for page in self._base.read_all(table, [column]):
            for row in page:
                for entry in row.get(column.name) or ():
                    address = entry.get("url") if isinstance(entry, dict) else entry
                    if isinstance(address, str):
                        yield address


@contextlib.contextmanager
def _emptied_file(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """A file to write to from its beginning, which stays open."""
    file.seek(0)
    file.truncate()
    yield file


def _folder(path: str) -> Path:
    """A folder of the settings, which may not exist yet: a tap in the same pipe may make it.

    Raises:
        ConfigError: the path exists and is not a folder.
    """
    folder = Path(path).expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise ConfigError(
            f"attachment_paths names {path!r}, which is not a folder of this machine."
        )
    return folder


def _open_file(path: Path, max_bytes: int) -> IO[bytes]:
    """A regular file of this machine: no device, pipe or symbolic link put in its place.

    Raises:
        InvalidValueError: the file cannot be read, is not a regular one, or is too large.
    """
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        file = os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb")
    except OSError as error:
        raise InvalidValueError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_size > max_bytes:
        file.close()
        raise InvalidValueError(
            f"{str(path)!r} is not a regular file"
            if not stat.S_ISREG(about.st_mode)
            else f"{str(path)!r} has {about.st_size:,} bytes, more than max_attachment_bytes "
            f"({max_bytes:,})"
        )
    return file


def _is_path(text: str) -> bool:
    return "://" not in text and not text.startswith("data:") and not is_asset(text)


def _name(known: Mapping[str, Any], path: Path | None, address: Address | None) -> str:
    """The name of a file: the record's, else the last part of its path or address."""
    given = known.get("name")
    if isinstance(given, str) and given:
        return given
    if path is not None:
        return path.name
    place = address.target.partition("?")[0] if address else ""
    return unquote(place).rpartition("/")[2] or "file"
