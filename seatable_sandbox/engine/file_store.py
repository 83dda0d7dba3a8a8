"""The files of a sandbox, and the tickets to send and fetch them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatable_sandbox.model import ids

if TYPE_CHECKING:
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Base


#: How long an upload or download link is good, in seconds.
TICKET_LIFETIME = 6 * 3600


@dataclass(frozen=True)
class Ticket:
    """A link that needs no token, because it is one."""

    base_number: int
    path: str
    expires: float


class Files:
    """The stored files of all bases, and the links to them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tickets: dict[str, Ticket] = {}

    def ticket(self, base: Base, path: str) -> str:
        name = str(uuid.uuid4())
        expires = self._server.clock.timestamp() + TICKET_LIFETIME
        self._tickets[name] = Ticket(base.number, path, expires)
        return name

    def redeem(self, name: str) -> Ticket | None:
        found = self._tickets.get(name)
        if found is None or found.expires < self._server.clock.timestamp():
            return None
        return found

    def save(self, base: Base, folder: str, name: str, content: bytes, *, replace: bool) -> str:
        """Store a file; without `replace`, one of the same name gets a number. Returns the name."""
        kept, number = name, 0
        while not replace and self.size(base, f"{folder}/{kept}") is not None:
            number += 1
            stem, dot, suffix = name.rpartition(".")
            kept = f"{stem or suffix}({number}){dot}{suffix if stem else ''}"
        self._server.engine.store.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            (base.number, f"{folder}/{kept}", ids.api_token(), len(content), content),
        )
        return kept

    def size(self, base: Base, path: str) -> int | None:
        found: int | None = self._server.engine.store.scalar(
            "SELECT size FROM files WHERE base = ? AND path = ?", (base.number, path)
        )
        return found

    def content(self, base_number: int, path: str) -> bytes | None:
        found: bytes | None = self._server.engine.store.scalar(
            "SELECT content FROM files WHERE base = ? AND path = ?", (base_number, path)
        )
        return found

    def is_full(self, more: int) -> bool:
        """Whether some more bytes are more than there is space for."""
        quota = self._server.profile.asset_quota
        held = self._server.engine.store.scalar("SELECT COALESCE(SUM(size), 0) FROM files")
        return quota is not None and held + more > quota

    def names_in(self, base: Base, folder: str) -> list[tuple[str, int]]:
        prefix = folder.rstrip("/") + "/"
        found = self._server.engine.store.execute(
            "SELECT path, size FROM files WHERE base = ? AND substr(path, 1, ?) = ?",
            (base.number, len(prefix), prefix),
        )
        return [(path[len(prefix) :], size) for path, size in found]

    def delete(self, base: Base, path: str) -> bool:
        done = self._server.engine.store.execute(
            "DELETE FROM files WHERE base = ? AND path = ?", (base.number, path)
        )
        return bool(done.rowcount)
