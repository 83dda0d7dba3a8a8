"""Row ids, packed: sets of them, those of rows by content, and those just acknowledged."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

_ID_SIZE = 16


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
        self.add_all([row_id])

    def add_all(self, row_ids: Sequence[str]) -> None:
        """Keep ids."""
        packed = _pack_all(row_ids)
        self._ids.add_new([entry for entry in packed if len(entry) == _ID_SIZE])
        self._unpackable.update(entry for entry in packed if len(entry) != _ID_SIZE)

    def discard(self, row_id: str) -> None:
        """Keep an id no longer, if it is kept."""
        self.discard_all([row_id])

    def discard_all(self, row_ids: Sequence[str]) -> None:
        """Keep ids no longer, those that are kept."""
        packed = _pack_all(row_ids)
        if set(map(len, packed)) == {_ID_SIZE}:
            self._ids.remove(packed)
            return
        self._ids.remove([entry for entry in packed if len(entry) == _ID_SIZE])
        self._unpackable.difference_update(packed)  # which holds none of that size


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

    def add_new(self, entries: Iterable[bytes]) -> None:
        """Keep whole entries, those that are not there yet."""
        arrays = self._arrays
        for entry in entries:
            array = arrays[entry[0] << 6 | entry[1] >> 2]
            if array.find(entry) < 0 or self._find(array, entry) < 0:
                array += entry
                self._count += 1

    def remove(self, entries: Iterable[bytes]) -> None:
        """Remove whole entries, those that are there."""
        arrays, size = self._arrays, self._size
        for entry in entries:
            array = arrays.get(entry[0] << 6 | entry[1] >> 2, _NO_ENTRIES)
            position = array.find(entry)
            if position > 0 and position % size:
                position = self._find(array, entry)
            if position >= 0:
                del array[position : position + size]
                self._count -= 1

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

_FILL = "AA"
"""What makes 18 bytes of the characters of a random id, so that many ids decode as one text."""

_FILLED = 18


def _pack(row_id: str) -> bytes:
    try:
        packed = binascii.a2b_base64(row_id.encode().translate(_STANDARD) + b"==")
    except ValueError:
        return _unpacked_id(row_id)
    same = len(packed) == _ID_SIZE and _unpack(packed) == row_id
    return packed if same else _unpacked_id(row_id)


def _pack_all(row_ids: Sequence[str]) -> list[bytes]:
    """The `_pack` of each id: at once, where all of a batch are 16 random bytes."""
    if set(map(len, row_ids)) == {_RANDOM}:
        text = _FILL.join([*row_ids, ""]).encode().translate(_STANDARD)
        with contextlib.suppress(ValueError):
            packed = binascii.a2b_base64(text)
            # The last character of an id holds four bits more, which are none in a random one.
            if binascii.b2a_base64(packed, newline=False) == text and not any(
                packed[_ID_SIZE::_FILLED]
            ):
                return [
                    packed[start : start + _ID_SIZE] for start in range(0, len(packed), _FILLED)
                ]
    return list(map(_pack, row_ids))


def _unpacked_id(row_id: str) -> bytes:
    kept = row_id.encode()
    return kept + b"\0" if len(kept) == _ID_SIZE else kept  # or it would be taken for packed


def _unpack(packed: bytes) -> str:
    if len(packed) == _ID_SIZE:
        return binascii.b2a_base64(packed).translate(_SAFE)[:_RANDOM].decode()
    return packed.rstrip(b"\0").decode()
