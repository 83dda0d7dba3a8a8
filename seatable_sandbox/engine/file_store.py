"""The files of a sandbox, and the tickets with which they are uploaded and downloaded."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatable_sandbox.model import ids

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model import Base


TICKET_LIFETIME = 6 * 3600
"""Seconds for which an upload or download link is good."""


@dataclass(frozen=True)
class Ticket:
    """What an upload or download link stands for; whoever has the link needs no token."""

    base_number: int
    path: str
    expires: float


class FileStore:
    """The stored files of all bases, and the tickets for them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store
        self._tickets: dict[str, Ticket] = {}

    def create_ticket(self, base: Base, path: str) -> str:
        """A new ticket for a file, or for a folder to upload into; returns its name."""
        name = str(uuid.uuid4())
        expires = self._engine.clock.timestamp() + TICKET_LIFETIME
        self._tickets[name] = Ticket(base.number, path, expires)
        return name

    def redeem_ticket(self, name: str) -> Ticket | None:
        """The ticket of this name; None if there is none, or it has expired."""
        found = self._tickets.get(name)
        if found is None or found.expires < self._engine.clock.timestamp():
            return None
        return found

    def save(self, base: Base, folder: str, name: str, content: bytes, *, replace: bool) -> str:
        """Store a file; returns its name, which gets a number if it is taken and not replaced."""
        stored_name, number = name, 0
        while not replace and self.size(base, f"{folder}/{stored_name}") is not None:
            number += 1
            stem, dot, suffix = name.rpartition(".")
            stored_name = f"{stem or suffix}({number}){dot}{suffix if stem else ''}"
        self._store.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            (base.number, f"{folder}/{stored_name}", ids.api_token(), len(content), content),
        )
        return stored_name

    def size(self, base: Base, path: str) -> int | None:
        """The size of a file in bytes; None if there is none."""
        found: int | None = self._store.scalar(
            "SELECT size FROM files WHERE base = ? AND path = ?", (base.number, path)
        )
        return found

    def read(self, base_number: int, path: str) -> bytes | None:
        """The content of a file; None if there is none."""
        found: bytes | None = self._store.scalar(
            "SELECT content FROM files WHERE base = ? AND path = ?", (base_number, path)
        )
        return found

    def exceeds_quota(self, size: int) -> bool:
        """Whether another file of this size is too much for the space of all bases."""
        quota = self._engine.profile.asset_quota
        used = self._store.scalar("SELECT COALESCE(SUM(size), 0) FROM files")
        return quota is not None and used + size > quota

    def list_folder(self, base: Base, folder: str) -> list[tuple[str, int]]:
        """The paths below a folder, and the sizes, of the files in it."""
        prefix = folder.rstrip("/") + "/"
        found = self._store.execute(
            "SELECT path, size FROM files WHERE base = ? AND substr(path, 1, ?) = ?",
            (base.number, len(prefix), prefix),
        )
        return [(path[len(prefix) :], size) for path, size in found]

    def delete(self, base: Base, path: str) -> bool:
        """Delete a file; returns whether there was one."""
        cursor = self._store.execute(
            "DELETE FROM files WHERE base = ? AND path = ?", (base.number, path)
        )
        return bool(cursor.rowcount)
