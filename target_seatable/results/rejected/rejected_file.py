"""A file of rejected records: several programs append to it, and a retry replaces it.

A file of this machine is locked while it is appended to or replaced, so that no record is lost in
between. Its lock is a hidden file beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import fsspec  # type: ignore[import-untyped]

from seatable_client.errors import ConfigError
from seatable_client.formatting import show_path, show_path_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from filelock import FileLock

    from target_seatable.results.rejected.entries import Entry

LOCK_SECONDS = 60
"""How long another program may take to write to the file."""


def lock_of(path: Path, purpose: str, seconds: float) -> FileLock:
    """The lock of a file for one purpose.

    Args:
        path: the file, without links.
        purpose: what is done while it is held.
        seconds: how long to wait for it.
    """
    from filelock import FileLock  # noqa: PLC0415  (which takes time, and most runs reject nothing)

    return FileLock(path.with_name(f".{path.name}.{purpose}"), timeout=seconds)


def is_held(error: OSError, lock: FileLock) -> bool:
    """Whether a lock was not got because another program holds it."""
    from filelock import Timeout  # noqa: PLC0415  (as above)

    return isinstance(error, Timeout) and Path(lock.lock_file).exists()


def changes_lock(path: Path) -> FileLock:
    """The lock that is held while a file of rejected records is changed."""
    return lock_of(path, "lock", LOCK_SECONDS)


class RejectedFile:
    """Appends rejected records to a file.

    Args:
        path: a local path or an fsspec URL.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._schemas: dict[str, bytes] = {}
        self._end: int | None = None

    def write(self, entries: Sequence[Entry]) -> None:
        """Append entries, each behind the SCHEMA messages that it needs.

        Raises:
            ConfigError: the file cannot be written.
        """
        try:
            if "://" in self._path:
                self._schemas.clear()  # nobody knows what others write meanwhile
                with fsspec.open(self._path, "ab") as file:
                    file.write(self._lines(entries))
                return
            path = Path(self._path).expanduser().resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not path.is_file():  # such as /dev/null
                with path.open("ab") as device:
                    device.write(self._lines(entries))
                return
            with changes_lock(path):
                self._append(path, entries)
        except Exception as error:  # noqa: BLE001  (a file system may fail in any way)
            raise ConfigError(
                f"Rejected records cannot be written to rejected_records_path "
                f"{show_path(self._path)!r}: {show_path_error(error, self._path)}. Nothing after "
                "them was acknowledged. Choose a path that can be written."
            ) from None

    def _append(self, path: Path, entries: Sequence[Entry]) -> None:
        with path.open("ab+") as file:
            end = file.tell()
            if end != self._end:  # another program has written, or a retry has taken lines out
                self._schemas.clear()
            file.seek(max(end - 1, 0))
            is_broken = file.read(1) not in {b"", b"\n"}  # by a program that was killed
            file.write(b"\n" * is_broken + self._lines(entries))
            self._end = file.tell()

    def _lines(self, entries: Sequence[Entry]) -> bytes:
        lines = []
        for entry in entries:
            lines += new_schemas(entry, self._schemas)
            lines.append(entry.line)
        return b"".join(line + b"\n" for line in lines)


def new_schemas(entry: Entry, known: dict[str, bytes]) -> list[bytes]:
    """The SCHEMA messages that an entry needs and that do not count yet; they do from now on."""
    new = {stream: line for stream, line in entry.schemas.items() if known.get(stream) != line}
    known.update(new)
    return list(new.values())
