"""The packed index of keys: those of a million rows have to fit into memory."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from target_seatable.keys import digest as key_digest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

DIGEST_SIZE = 8
"""Bytes kept of a digest: one changed row in 2^64 would be taken for an unchanged one."""

_UNKNOWN = bytes(DIGEST_SIZE)
_SHORT = 15
"""Characters of an ASCII text that takes as many bytes of memory as a digest."""

_SMALL = 1 << 60


class PackedRows:
    """Which row has which key, and a digest of its content, in at most 200 bytes per key.

    Short keys and whole numbers are kept as they are, others as digests, which suffice to recognise
    a key.
    """

    def __init__(self) -> None:
        self._rows: dict[Hashable, bytes] = {}

    def __contains__(self, key: Hashable) -> bool:
        return _kept_key(key) in self._rows

    def put(self, key: Hashable, row_id: str, digest: bytes | None) -> None:
        """Keep a row, in place of what was kept for its key.

        Without a digest where the content of the row is not known in full.
        """
        self._rows[_kept_key(key)] = _kept_row(row_id, digest)

    def add_all(
        self, keys: Sequence[Hashable], row_ids: Iterable[str], digests: Iterable[bytes]
    ) -> list[tuple[int, str]]:
        """Keep rows, unless one is kept for their key.

        Returns:
            The positions of those that are not kept, and the ids of the rows in their place.
        """
        rows = [
            row_id.encode() + digest[:DIGEST_SIZE]
            for row_id, digest in zip(row_ids, digests, strict=True)
        ]
        setdefault = self._rows.setdefault
        kept = [setdefault(key, row) for key, row in zip(_kept_keys(keys), rows, strict=True)]
        return [
            (position, other[:-DIGEST_SIZE].decode())
            for position, (other, row) in enumerate(zip(kept, rows, strict=True))
            if other is not row
        ]

    def row_id(self, key: Hashable) -> str | None:
        """The id of the row; None if there is none."""
        return self.row_ids([key])[0]

    def row_ids(self, keys: Sequence[Hashable]) -> list[str | None]:
        """The id of the row of each key; None if there is none."""
        return [
            None if row is None else row[:-DIGEST_SIZE].decode()
            for row in map(self._rows.get, _kept_keys(keys))
        ]

    def unknown(self, keys: Sequence[Hashable]) -> list[Hashable]:
        """The keys for which no row is kept."""
        rows = self._rows
        return [key for key, kept in zip(keys, _kept_keys(keys), strict=True) if kept not in rows]

    def holds(self, key: Hashable, digest: bytes) -> bool:
        """Whether the content of the row has this digest."""
        return bool(self.holding([key], [digest]))

    def holding(self, keys: Sequence[Hashable], digests: Sequence[bytes]) -> list[Hashable]:
        """Those of the keys whose row has content of this digest, one for each key."""
        get = self._rows.get
        rows = [get(key, _UNKNOWN) for key in _kept_keys(keys)]
        return [
            key
            for key, row, digest in zip(keys, rows, digests, strict=True)
            if row.endswith(digest[:DIGEST_SIZE]) and not row.endswith(_UNKNOWN)
        ]

    def drop(self, key: Hashable) -> None:
        """Keep the row no longer."""
        self._rows.pop(_kept_key(key), None)

    def clear(self) -> None:
        """Keep nothing."""
        self._rows.clear()


def _kept_row(row_id: str, digest: bytes | None) -> bytes:
    return row_id.encode() + (digest[:DIGEST_SIZE] if digest else _UNKNOWN)


def _kept_key(key: Hashable) -> Hashable:
    """A key in at most 64 bytes, the same for keys that are equal."""
    if key.__class__ is str and len(key) <= _SHORT and key.isascii():
        return key
    if isinstance(key, (int, float, Decimal)):
        with contextlib.suppress(ValueError, OverflowError):  # not a number, or infinite
            if (whole := int(key)) == key and abs(whole) <= _SMALL:
                return whole
    return key_digest.digest_of(key)


def _kept_keys(keys: Sequence[Hashable]) -> Sequence[Hashable]:
    """The `_kept_key` of each key: at once, where all of a batch are kept as they are."""
    classes = set(map(type, keys))
    if classes == {str}:
        texts = cast("Sequence[str]", keys)
        if max(map(len, texts)) <= _SHORT and "".join(texts).isascii():
            return keys
    elif classes == {int}:
        numbers = cast("Sequence[int]", keys)
        if min(numbers) >= -_SMALL and max(numbers) <= _SMALL:
            return keys
    return list(map(_kept_key, keys))
