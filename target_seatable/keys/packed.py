"""Row ids and digests, packed: the keys of a million rows have to fit into memory."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections import defaultdict, deque
from decimal import Decimal
from typing import TYPE_CHECKING

from target_seatable.keys import digest as key_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

DIGEST_SIZE = 8
"""Bytes kept of a digest: one changed row in 2^64 would be taken for an unchanged one."""

_UNKNOWN = bytes(DIGEST_SIZE)
_ID_SIZE = 16
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

    def add(self, key: Hashable, row_id: str, digest: bytes | None) -> str | None:
        """Keep a row, unless one is kept for its key.

        Returns:
            The id of the row that is kept already; None if there is none.
        """
        row = _kept_row(row_id, digest)
        kept = self._rows.setdefault(_kept_key(key), row)
        return None if kept is row else kept[:-DIGEST_SIZE].decode()

    def row_id(self, key: Hashable) -> str | None:
        """The id of the row; None if there is none."""
        row = self._rows.get(_kept_key(key))
        return None if row is None else row[:-DIGEST_SIZE].decode()

    def holds(self, key: Hashable, digest: bytes) -> bool:
        """Whether the content of the row has this digest."""
        known = self._rows.get(_kept_key(key), _UNKNOWN)[-DIGEST_SIZE:]
        return known == digest[:DIGEST_SIZE] and known != _UNKNOWN

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


class PackedIds:
    """A set of row ids, of some 20 bytes each."""

    def __init__(self) -> None:
        self._ids = _Buckets(_ID_SIZE)
        self._unpackable: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._ids) + len(self._unpackable)

    def __contains__(self, row_id: str) -> bool:
        packed = _pack(row_id)
        return packed in (self._ids if len(packed) == _ID_SIZE else self._unpackable)

    def __iter__(self) -> Iterator[str]:
        yield from map(_unpack, self._ids)
        yield from map(_unpack, self._unpackable)

    def add(self, row_id: str) -> None:
        """Keep an id."""
        packed = _pack(row_id)
        if len(packed) != _ID_SIZE:
            self._unpackable.add(packed)
        elif packed not in self._ids:
            self._ids.put(packed)

    def discard(self, row_id: str) -> None:
        """Keep an id no longer, if it is kept."""
        packed = _pack(row_id)
        if len(packed) == _ID_SIZE:
            self._ids.pop(packed)
        else:
            self._unpackable.discard(packed)


class RowsByContent:
    """Rows by the digest of their content, in some 35 bytes per row.

    Args:
        digest_size: bytes of a digest.
    """

    def __init__(self, digest_size: int) -> None:
        self._size = digest_size
        self._rows = _Buckets(digest_size + _ID_SIZE)
        self._unpackable: defaultdict[bytes, list[bytes]] = defaultdict(list)

    def put(self, digest: bytes, row_id: str) -> None:
        """Keep a row."""
        packed = _pack(row_id)
        if len(packed) == _ID_SIZE:
            self._rows.put(digest + packed)
        else:
            self._unpackable[digest].append(packed)

    def pop(self, digest: bytes) -> str | None:
        """Remove and return a row with this digest; None if there is none left."""
        if entry := self._rows.pop(digest):
            return _unpack(entry[self._size :])
        others = self._unpackable.get(digest)
        return _unpack(others.pop()) if others else None


class _Buckets:
    """Entries of the same size, which begin with random bytes, to be found by how they begin.

    Those that share their first fourteen bits stand one after the other in one array, where the
    system's own search finds them: a million entries make 60 in each.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._count = 0
        self._arrays: defaultdict[int, bytearray] = defaultdict(bytearray)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, start: bytes) -> bool:
        return self.get(start) is not None

    def __iter__(self) -> Iterator[bytes]:
        for array in self._arrays.values():
            for position in range(0, len(array), self._size):
                yield bytes(array[position : position + self._size])

    def get(self, start: bytes) -> bytes | None:
        """The entry that begins with these bytes; None if there is none."""
        array = self._arrays.get(_bucket(start), _NO_ENTRIES)
        position = self._find(array, start)
        return None if position < 0 else bytes(array[position : position + self._size])

    def clear(self) -> None:
        """Keep nothing."""
        self._arrays.clear()
        self._count = 0

    def put(self, entry: bytes) -> None:
        """Keep an entry."""
        self._arrays[_bucket(entry)] += entry
        self._count += 1

    def pop(self, start: bytes) -> bytes | None:
        """Remove and return the entry that begins with these bytes; None if there is none."""
        array = self._arrays.get(_bucket(start), _NO_ENTRIES)
        position = self._find(array, start)
        if position < 0:
            return None
        entry = bytes(array[position : position + self._size])
        del array[position : position + self._size]
        self._count -= 1
        return entry

    def _find(self, array: bytearray, start: bytes) -> int:
        """The position of an entry that begins with these bytes; -1 if there is none."""
        position = array.find(start)
        while position > 0 and position % self._size:
            position = array.find(start, position + 1)
        return position


_NO_ENTRIES = bytearray()


def _bucket(start: bytes) -> int:
    return start[0] << 6 | start[1] >> 2


class Acknowledged:
    """Ids that the server returned not long ago, 9 bytes each, which recognise a random id.

    A fast server acknowledges a million rows in the time for which they are kept.
    """

    def __init__(self) -> None:
        self._seconds: deque[_IdsOfOneSecond] = deque()

    def add(self, row_ids: Sequence[str], now: datetime | None, keep: timedelta) -> None:
        """Note ids that the server returned just now by its clock; forget older ones."""
        if not self._seconds or self._seconds[-1].moment != now:
            self._seconds.append(_IdsOfOneSecond(now))
        self._seconds[-1].add(row_ids)
        while len(self._seconds) > 1:
            oldest = self._seconds[0].moment
            if oldest is None or now is None or oldest >= now - keep:
                break
            self._seconds.popleft()

    def since(self, moment: datetime) -> Callable[[str], bool]:
        """A function that tells whether an id was returned since then."""
        known: set[str] = set()
        for second in self._seconds:
            if second.moment is None or second.moment >= moment:
                known.update(second)
        return lambda row_id: _head(row_id) in known


_RANDOM = 22
"""Characters of an id that is 16 random bytes."""

_HEAD = 12
"""Characters of it that are kept of an acknowledged one: 72 random bits."""


class _IdsOfOneSecond:
    """Heads of the ids returned within a second: many small pieces of memory would be larger."""

    def __init__(self, moment: datetime | None) -> None:
        self.moment = moment
        self._packed = bytearray()
        self._unpackable: list[str] = []

    def add(self, row_ids: Sequence[str]) -> None:
        heads = [_head(row_id) for row_id in row_ids]
        text = "".join(heads)
        with contextlib.suppress(ValueError):
            packed = base64.urlsafe_b64decode(text)
            if list(_cut(base64.urlsafe_b64encode(packed).decode())) == heads:
                self._packed += packed
                return
        self._unpackable += heads

    def __iter__(self) -> Iterator[str]:
        yield from _cut(base64.urlsafe_b64encode(self._packed).decode())
        yield from self._unpackable


def _head(row_id: str) -> str:
    return row_id[:_HEAD] if len(row_id) == _RANDOM else row_id


def _cut(text: str) -> Iterable[str]:
    return (text[start : start + _HEAD] for start in range(0, len(text), _HEAD))


_SAFE, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
"""Ids are in the alphabet of base64 that URLs take."""


def _pack(row_id: str) -> bytes:
    try:
        packed = binascii.a2b_base64(row_id.encode().translate(_STANDARD) + b"==")
    except ValueError:
        return _unpacked_id(row_id)
    same = len(packed) == _ID_SIZE and _unpack(packed) == row_id
    return packed if same else _unpacked_id(row_id)


def _unpacked_id(row_id: str) -> bytes:
    kept = row_id.encode()
    return kept + b"\0" if len(kept) == _ID_SIZE else kept  # or it would be taken for packed


def _unpack(packed: bytes) -> str:
    if len(packed) == _ID_SIZE:
        return binascii.b2a_base64(packed).translate(_SAFE)[:_RANDOM].decode()
    return packed.rstrip(b"\0").decode()
