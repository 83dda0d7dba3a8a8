"""Which rows are to be linked to which: kept until the rows of all tables are stored.

There may be as many as rows of all streams. The first are held in memory; more go into a temporary
database on disk, which vanishes with the process.
"""

from __future__ import annotations

import itertools
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

Key = TypeVar("Key")

MOST_HELD = 20_000
"""Values in memory at most."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_TABLE = """
CREATE TABLE wanted (
    position INTEGER PRIMARY KEY, kind INTEGER, row_id TEXT, value BLOB, UNIQUE (kind, row_id)
)
"""
_NOTE = """
INSERT INTO wanted (kind, row_id, value) VALUES (?, ?, ?)
ON CONFLICT (kind, row_id) DO UPDATE SET value = excluded.value
"""
_READ = "SELECT row_id, value FROM wanted WHERE kind = ? ORDER BY position"


class PendingLinks(Generic[Key]):
    """The value that each row has of each kind: the last that was noted.

    Args:
        most_held: values in memory at most.
    """

    def __init__(self, most_held: int = MOST_HELD) -> None:
        self._most_held = most_held
        self._kinds: dict[Key, int] = {}
        self._held: dict[tuple[int, str], Any] = {}
        self._disk: sqlite3.Connection | None = None

    @property
    def kinds(self) -> list[Key]:
        """The kinds of which there are values, in the order in which they came."""
        return list(self._kinds)

    def note(self, kind: Key, row_id: str, value: Any) -> None:
        """Note the value of a row; it replaces an earlier one."""
        number = self._kinds.setdefault(kind, len(self._kinds))
        self._held[number, row_id] = value
        if len(self._held) >= self._most_held:
            self._set_aside()

    def chunks(self, kind: Key, size: int) -> Iterator[dict[str, Any]]:
        """The values of a kind by row, so many at a time, in the order of their first notes."""
        number = self._kinds.get(kind)
        if self._disk is None:
            rows = ((row_id, one) for (of, row_id), one in self._held.items() if of == number)
        else:
            self._set_aside()
            found = self._disk.execute(_READ, (number,))
            rows = ((row_id, _decode(value)) for row_id, value in found)
        while chunk := dict(itertools.islice(rows, size)):
            yield chunk

    def clear(self) -> None:
        """Forget everything."""
        self._kinds.clear()
        self._held.clear()
        if self._disk is not None:
            self._disk.close()
            self._disk = None

    def _set_aside(self) -> None:
        if self._disk is None:
            # One thread after the other uses it. Nothing has to survive, so nothing is synced.
            self._disk = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._disk.execute("PRAGMA journal_mode = OFF")
            self._disk.execute("PRAGMA synchronous = OFF")
            self._disk.execute(_TABLE)
        self._disk.execute("BEGIN")
        self._disk.executemany(
            _NOTE, ((kind, row_id, _encode(one)) for (kind, row_id), one in self._held.items())
        )
        self._disk.execute("COMMIT")
        self._held.clear()
