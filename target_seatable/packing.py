"""Row ids and digests by key, packed: a table of a million rows has to fit into memory."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

DIGEST_SIZE = 8
"""Bytes kept of a digest: one changed row in 2^64 would be taken for an unchanged one."""

_UNKNOWN = bytes(DIGEST_SIZE)
_ID_SIZE = 16


class PackedRows:
    """Which row has which key, and a digest of what it holds, in one object of 57 bytes per key.

    The ids that SeaTable makes are 16 random bytes, written as 22 characters; ids of any other form
    are kept as they are.
    """

    def __init__(self) -> None:
        self._rows: dict[Hashable, bytes] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._rows

    def put(self, key: Hashable, row_id: str, digest: bytes | None) -> None:
        """Keep a row; without a digest where it is not known in full what the row holds."""
        known = digest[:DIGEST_SIZE] if digest else _UNKNOWN
        self._rows[key] = known + _packed(row_id)

    def row_id(self, key: Hashable) -> str | None:
        """The id of the row; None if there is none."""
        row = self._rows.get(key)
        return None if row is None else _unpacked(row[DIGEST_SIZE:])

    def holds(self, key: Hashable, digest: bytes) -> bool:
        """Whether what the row holds has this digest."""
        row = self._rows.get(key)
        known = row[:DIGEST_SIZE] if row else _UNKNOWN
        return known != _UNKNOWN and known == digest[:DIGEST_SIZE]

    def forget_digest(self, key: Hashable) -> None:
        """It is not known in full any more what the row holds."""
        if row := self._rows.get(key):
            self._rows[key] = _UNKNOWN + row[DIGEST_SIZE:]

    def drop(self, key: Hashable) -> None:
        """Keep the row no longer."""
        self._rows.pop(key, None)

    def clear(self) -> None:
        """Keep nothing."""
        self._rows.clear()


def _packed(row_id: str) -> bytes:
    try:
        packed = base64.urlsafe_b64decode(row_id + "==")
    except (binascii.Error, ValueError):
        return _as_it_is(row_id)
    same = len(packed) == _ID_SIZE and _unpacked(packed) == row_id
    return packed if same else _as_it_is(row_id)


def _as_it_is(row_id: str) -> bytes:
    kept = row_id.encode()
    return kept + b"\0" if len(kept) == _ID_SIZE else kept  # not to be taken for packed


def _unpacked(packed: bytes) -> str:
    if len(packed) == _ID_SIZE:
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return packed.rstrip(b"\0").decode()
