"""Pending links: kept until the rows of all tables are stored.

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

Group = TypeVar("Group")

MAX_IN_MEMORY = 20_000
"""Values in memory at most."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_TABLE = """
CREATE TABLE pending (
    position INTEGER PRIMARY KEY, number INTEGER, row_id TEXT, value BLOB, UNIQUE (number, row_id)
)
"""
_NOTE = """
INSERT INTO pending (number, row_id, value) VALUES (?, ?, ?)
ON CONFLICT (number, row_id) DO UPDATE SET value = excluded.value
"""
_READ = "SELECT row_id, value FROM pending WHERE number = ? ORDER BY position"


class PendingLinks(Generic[Group]):
    """The last value noted of each row, in groups: one group per stream and link.

    Args:
        max_in_memory: values in memory at most.
    """

    def __init__(self, max_in_memory: int = MAX_IN_MEMORY) -> None:
        self._max_in_memory = max_in_memory
        self._numbers: dict[Group, int] = {}
        self._in_memory: dict[tuple[int, str], Any] = {}
        self._disk: sqlite3.Connection | None = None

    @property
    def groups(self) -> list[Group]:
        """The groups that have values, in the order of their first notes."""
        return list(self._numbers)

    def note(self, group: Group, row_id: str, value: Any) -> None:
        """Note the value of a row; it replaces an earlier value."""
        number = self._numbers.setdefault(group, len(self._numbers))
        self._in_memory[number, row_id] = value
        if len(self._in_memory) >= self._max_in_memory:
            self._move_to_disk()

    def chunks(self, group: Group, size: int) -> Iterator[dict[str, Any]]:
        """The values of a group by row, in chunks of `size`, in the order of their first notes."""
        number = self._numbers.get(group)
        if self._disk is None:
            rows = (
                (row_id, value)
                for (row_number, row_id), value in self._in_memory.items()
                if row_number == number
            )
        else:
            self._move_to_disk()
            on_disk = self._disk.execute(_READ, (number,))
            rows = ((row_id, _decode(value)) for row_id, value in on_disk)
        while chunk := dict(itertools.islice(rows, size)):
            yield chunk

    def clear(self) -> None:
        """Forget everything."""
        self._numbers.clear()
        self._in_memory.clear()
        if self._disk is not None:
            self._disk.close()
            self._disk = None

    def _move_to_disk(self) -> None:
        if self._disk is None:
            # Threads take turns to use it. Nothing has to survive, so nothing is synced.
            self._disk = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._disk.execute("PRAGMA journal_mode = OFF")
            self._disk.execute("PRAGMA synchronous = OFF")
            self._disk.execute(_TABLE)
        self._disk.execute("BEGIN")
        self._disk.executemany(
            _NOTE,
            (
                (number, row_id, _encode(value))
                for (number, row_id), value in self._in_memory.items()
            ),
        )
        self._disk.execute("COMMIT")
        self._in_memory.clear()
