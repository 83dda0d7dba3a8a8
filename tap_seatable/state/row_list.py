"""The rows that have been emitted of a small table, each by its id and the digest of its record.

It is exact: however many rows differ, it shows which. In a state it is two texts: the ids, each
filled up to 22 characters, and the digests in base64. Ids packed as the 16 bytes that they stand
for, and base85, would save 8 % of the text, and take fifteen times as long.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import TYPE_CHECKING

from tap_seatable.state.row_changes import LONGEST_ID, Changes, content_digest, refuse_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

_DIGEST_BYTES = 8
_LENGTHS = frozenset(range(1, LONGEST_ID + 1))
_UNKNOWN = 0
"""Stands for a content that may be any; a record with this very digest is emitted once more."""


class RowList:
    """Ids and digests of rows.

    Attributes:
        capacity: None: any number of differences is shown.
        most_compared: rows that it is compared with, at most, as all of them are held in memory.
        contents_known: it has each record as it was emitted last, or does not have it.
    """

    capacity: None = None
    most_compared: float = 50_000
    contents_known = True

    def __init__(self) -> None:
        self._digests: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._digests)

    def empty(self) -> RowList:
        """An empty memory that can be compared with this one."""
        return RowList()

    def add(self, rows: Sequence[tuple[str, bytes]]) -> None:
        """Add rows with their contents, or replace these."""
        digests = {row_id: content_digest(content) for row_id, content in rows}
        _check_ids(digests)
        self._digests.update(digests)

    def announce(self, row_ids: Sequence[str], _is_new: Sequence[bool]) -> bool:
        """Add rows that are about to be emitted. Until they are, their contents may be any."""
        _check_ids(row_ids)
        self._digests.update(dict.fromkeys(row_ids, _UNKNOWN))
        return bool(row_ids)

    def complete(self, rows: Sequence[tuple[str, bytes]], _is_new: Sequence[bool]) -> None:
        """Add the contents of announced rows."""
        self.add(rows)

    def items(self) -> Iterator[tuple[str, int | None]]:
        """Yield each id, and the digest as far as it is known."""
        for row_id, digest in self._digests.items():
            yield row_id, None if digest == _UNKNOWN else digest

    def changes_to(self, later: RowList, _deleted: Iterable[str]) -> Changes:
        """Find what has changed up to a later memory."""
        then, now = self._digests, later._digests
        return Changes(
            removed=frozenset(then.keys() - now.keys()),
            added=frozenset(now.keys() - then.keys()),
            contents=frozenset(
                (row_id, digest)
                for row_id, digest in now.items()
                if digest == _UNKNOWN or then.get(row_id, _UNKNOWN) != digest
            ),
        )

    def dump(self) -> dict[str, str]:
        """Its fields in a bookmark."""
        raw = struct.pack(f">{len(self)}Q", *self._digests.values())
        return {
            "row_ids": "".join(row_id.ljust(LONGEST_ID) for row_id in self._digests),
            "row_digests": base64.b64encode(raw).decode(),
        }

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> RowList:
        """Load what was dumped.

        Raises:
            ValueError: the fields are none of a list.
        """
        text = fields["row_ids"]
        try:
            raw = base64.b64decode(fields["row_digests"], validate=True)
        except (ValueError, binascii.Error):
            raise ValueError("not the text of a list") from None
        count, rest = divmod(len(text), LONGEST_ID)
        if rest or len(raw) != count * _DIGEST_BYTES:
            raise ValueError("ids and digests of another number")
        loaded = cls()
        places = range(0, len(text), LONGEST_ID)
        row_ids = [text[place : place + LONGEST_ID].rstrip(" ") for place in places]
        loaded._digests = dict(zip(row_ids, struct.unpack(f">{count}Q", raw), strict=True))
        return loaded


def list_length(rows: int) -> int:
    """How long the list of so many rows is as text."""
    return rows * LONGEST_ID + 4 * -(-rows * _DIGEST_BYTES // 3)


def _check_ids(row_ids: Collection[str]) -> None:
    text = "".join(row_ids)
    if text.isascii() and " " not in text and set(map(len, row_ids)) <= _LENGTHS:
        return
    for row_id in row_ids:
        if not row_id.isascii() or " " in row_id or len(row_id) not in _LENGTHS:
            raise refuse_id(row_id)
