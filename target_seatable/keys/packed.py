"""Row ids and digests, packed: what is known of a million rows has to fit into memory."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections import defaultdict, deque
from functools import lru_cache
from typing import TYPE_CHECKING

from target_seatable.keys import digest as key_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

DIGEST_SIZE = 8
"""Bytes kept of a digest: one changed row in 2^64 would be taken for an unchanged one."""

_UNKNOWN = bytes(DIGEST_SIZE)
_ID_SIZE = 16
_CONTENT = key_digest.SIZE
_ID = _CONTENT + DIGEST_SIZE

_KEYS_AT_ONCE = 8_192
"""Keys that a batch asks for several times each: its own, with some room."""


class PackedRows:
    """Which row has which key, and a digest of what it holds, in some 50 bytes per key.

    The ids that SeaTable makes are 16 random bytes, written as 22 characters; ids of any other form
    are kept as they are. Keys are kept as digests: that is all that is needed to know one again.
    """

    def __init__(self) -> None:
        self._rows = _Buckets(key_digest.SIZE + DIGEST_SIZE + _ID_SIZE)
        self._others: dict[bytes, bytes] = {}
        self._start = lru_cache(_KEYS_AT_ONCE)(key_digest.digest_of)

    def __contains__(self, key: Hashable) -> bool:
        return self._get(key) is not None

    def put(self, key: Hashable, row_id: str, digest: bytes | None) -> None:
        """Keep a row, in place of what was kept for its key.

        Without a digest where it is not known in full what the row holds.
        """
        self.drop(key)
        self.add(key, row_id, digest)

    def add(self, key: Hashable, row_id: str, digest: bytes | None) -> None:
        """Keep a row whose key none has that is kept."""
        start, packed = self._start(key), _packed(row_id)
        entry = start + (digest[:DIGEST_SIZE] if digest else _UNKNOWN) + packed
        if len(packed) == _ID_SIZE:
            self._rows.put(entry)
        else:
            self._others[start] = entry

    def row_id(self, key: Hashable) -> str | None:
        """The id of the row; None if there is none."""
        row = self._get(key)
        return None if row is None else _unpacked(row[_ID:])

    def holds(self, key: Hashable, digest: bytes) -> bool:
        """Whether what the row holds has this digest."""
        row = self._get(key)
        known = row[_CONTENT:_ID] if row else _UNKNOWN
        return known != _UNKNOWN and known == digest[:DIGEST_SIZE]

    def drop(self, key: Hashable) -> None:
        """Keep the row no longer."""
        start = self._start(key)
        self._rows.take(start)
        self._others.pop(start, None)

    def clear(self) -> None:
        """Keep nothing."""
        self._rows.clear()
        self._others.clear()

    def _get(self, key: Hashable) -> bytes | None:
        start = self._start(key)
        found = self._rows.get(start)
        return found if found or not self._others else self._others.get(start)


class PackedIds:
    """A set of row ids, of some 20 bytes each."""

    def __init__(self) -> None:
        self._ids = _Buckets(_ID_SIZE)
        self._others: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._ids) + len(self._others)

    def __contains__(self, row_id: str) -> bool:
        packed = _packed(row_id)
        return packed in (self._ids if len(packed) == _ID_SIZE else self._others)

    def __iter__(self) -> Iterator[str]:
        yield from map(_unpacked, self._ids)
        yield from map(_unpacked, self._others)

    def add(self, row_id: str) -> None:
        """Keep an id."""
        packed = _packed(row_id)
        if len(packed) != _ID_SIZE:
            self._others.add(packed)
        elif packed not in self._ids:
            self._ids.put(packed)

    def discard(self, row_id: str) -> None:
        """Keep an id no longer, if it is kept."""
        packed = _packed(row_id)
        if len(packed) == _ID_SIZE:
            self._ids.take(packed)
        else:
            self._others.discard(packed)


class RowsByContent:
    """Which rows hold what, given digests, of some 35 bytes for each row.

    Args:
        digest_size: bytes of a digest.
    """

    def __init__(self, digest_size: int) -> None:
        self._size = digest_size
        self._rows = _Buckets(digest_size + _ID_SIZE)
        self._others: defaultdict[bytes, list[bytes]] = defaultdict(list)

    def put(self, digest: bytes, row_id: str) -> None:
        """Keep a row."""
        packed = _packed(row_id)
        if len(packed) == _ID_SIZE:
            self._rows.put(digest + packed)
        else:
            self._others[digest].append(packed)

    def pop(self, digest: bytes) -> str | None:
        """A row with this digest, which is kept no longer; None if there is none left."""
        if entry := self._rows.take(digest):
            return _unpacked(entry[self._size :])
        others = self._others.get(digest)
        return _unpacked(others.pop()) if others else None


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
            for at in range(0, len(array), self._size):
                yield bytes(array[at : at + self._size])

    def get(self, start: bytes) -> bytes | None:
        """An entry that begins so; None if there is none."""
        array = self._arrays.get(_bucket(start), _NO_ENTRIES)
        at = self._place(array, start)
        return None if at < 0 else bytes(array[at : at + self._size])

    def clear(self) -> None:
        """Keep nothing."""
        self._arrays.clear()
        self._count = 0

    def put(self, entry: bytes) -> None:
        """Keep an entry."""
        self._arrays[_bucket(entry)] += entry
        self._count += 1

    def take(self, start: bytes) -> bytes | None:
        """An entry that begins so, which is kept no longer; None if there is none."""
        array = self._arrays.get(_bucket(start), _NO_ENTRIES)
        at = self._place(array, start)
        if at < 0:
            return None
        entry = bytes(array[at : at + self._size])
        del array[at : at + self._size]
        self._count -= 1
        return entry

    def _place(self, array: bytearray, start: bytes) -> int:
        """Where an entry begins so; -1 if there is none."""
        at = array.find(start)
        while at > 0 and at % self._size:
            at = array.find(start, at + 1)
        return at


_NO_ENTRIES = bytearray()


def _bucket(start: bytes) -> int:
    return start[0] << 6 | start[1] >> 2


class Acknowledged:
    """Ids that the server told not long ago, of 9 bytes each: of a random id as much as tells it.

    A fast server acknowledges a million rows in the time for which they are kept.
    """

    def __init__(self) -> None:
        self._told: deque[_IdsOfOneSecond] = deque()

    def add(self, row_ids: Sequence[str], now: datetime | None, keep: timedelta) -> None:
        """Note ids that were told just now by the server's clock; forget those from before then."""
        if not self._told or self._told[-1].at != now:
            self._told.append(_IdsOfOneSecond(now))
        self._told[-1].add(row_ids)
        while len(self._told) > 1:
            told_at = self._told[0].at
            if told_at is None or now is None or told_at >= now - keep:
                break
            self._told.popleft()

    def since(self, moment: datetime) -> Callable[[str], bool]:
        """Tells of an id whether it is among those that were told since then."""
        known: set[str] = set()
        for told in self._told:
            if told.at is None or told.at >= moment:
                known.update(told)
        return lambda row_id: _head(row_id) in known


_RANDOM = 22
"""Characters of an id that is 16 random bytes."""

_HEAD = 12
"""Characters of it that are kept of an acknowledged one: 72 random bits."""


class _IdsOfOneSecond:
    """Heads of the ids that were told in one second: many small pieces of memory would be more."""

    def __init__(self, at: datetime | None) -> None:
        self.at = at
        self._packed = bytearray()
        self._others: list[str] = []

    def add(self, row_ids: Sequence[str]) -> None:
        heads = [_head(row_id) for row_id in row_ids]
        text = "".join(heads)
        with contextlib.suppress(ValueError):
            packed = base64.urlsafe_b64decode(text)
            if list(_cut(base64.urlsafe_b64encode(packed).decode())) == heads:
                self._packed += packed
                return
        self._others += heads

    def __iter__(self) -> Iterator[str]:
        yield from _cut(base64.urlsafe_b64encode(self._packed).decode())
        yield from self._others


def _head(row_id: str) -> str:
    return row_id[:_HEAD] if len(row_id) == _RANDOM else row_id


def _cut(text: str) -> Iterable[str]:
    return (text[at : at + _HEAD] for at in range(0, len(text), _HEAD))


_SAFE, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
"""Ids are in the alphabet of base64 that URLs take."""


def _packed(row_id: str) -> bytes:
    try:
        packed = binascii.a2b_base64(row_id.encode().translate(_STANDARD) + b"==")
    except ValueError:
        return _as_it_is(row_id)
    same = len(packed) == _ID_SIZE and _unpacked(packed) == row_id
    return packed if same else _as_it_is(row_id)


def _as_it_is(row_id: str) -> bytes:
    kept = row_id.encode()
    return kept + b"\0" if len(kept) == _ID_SIZE else kept  # not to be taken for packed


def _unpacked(packed: bytes) -> str:
    if len(packed) == _ID_SIZE:
        return binascii.b2a_base64(packed).translate(_SAFE)[:_RANDOM].decode()
    return packed.rstrip(b"\0").decode()
