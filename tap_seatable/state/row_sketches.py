"""The rows that have been emitted of a table, as two sketches of one size, however many there are.

One sketch holds the rows' ids, the other pairs of an id and a digest of the emitted record. An
edit, or another column, leaves the ids as they are.
"""

from __future__ import annotations

import math
import struct
from itertools import chain, compress, repeat
from typing import TYPE_CHECKING

from xxhash import xxh3_64_digest, xxh3_64_intdigest

from tap_seatable.state.iblt import InvertibleBloomTable, text_length
from tap_seatable.state.row_changes import LONGEST_ID, Changes, content_digest, refuse_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

STATE_BYTES = 970_000
"""Size of a state with all its tables, at most, as far as `SMALLEST_CAPACITY` allows."""

SMALLEST_CAPACITY = 16

_FEW = 64
"""Rows from which on it is cheaper to add them at once."""

_ID_BITS = 8 * LONGEST_ID
_DIGEST_BITS = 64
_PAIR_BITS = _ID_BITS + _DIGEST_BITS
_BYTES_PER_PLACE = 128  # of both sketches together, as text
_BYTES_BESIDES = 690  # of a bookmark without its sketches, a long stream's name included


class Sketches:
    """The ids of a table's rows, and the rows' contents, as far as they have been emitted.

    Args:
        capacity: how many differences they can show.

    Attributes:
        ids: the sketch of ids.
        pairs: the sketch of contents.
        most_compared: rows that they are compared with, at most; any number, as they do not grow.
        contents_known: whether the sketch of contents has every record as it was emitted last; not
            after an edited row was emitted, as it is not known what that row held before.
    """

    most_compared = math.inf

    def __init__(self, capacity: int) -> None:
        self.ids = InvertibleBloomTable(capacity, _ID_BITS)
        self.pairs = InvertibleBloomTable(capacity, _PAIR_BITS)
        self.contents_known = True
        self._incomplete: set[str] = set()

    @property
    def capacity(self) -> int:
        """How many differences they can show."""
        return self.ids.capacity

    def empty(self) -> Sketches:
        """An empty memory that can be compared with this one."""
        return Sketches(self.capacity)

    def add(self, rows: Sequence[tuple[str, bytes]]) -> None:
        """Add rows, given by id and by the bytes that were emitted for them."""
        if rows:
            self._add_page([row_id for row_id, _ in rows], [content for _, content in rows])

    def _add_page(self, row_ids: Sequence[str], contents: Sequence[bytes]) -> None:
        """Add rows as `add_digests` does, all of them at once where their ids are as usual."""
        joined = "".join(row_ids)
        is_usual = set(map(len, row_ids)) == {LONGEST_ID} and joined.isascii()
        is_usual = is_usual and "\0" not in joined  # which `_id_element` may refuse
        if not is_usual or len(row_ids) < _FEW:
            self.add_digests(zip(row_ids, map(content_digest, contents), strict=True))
            return
        count = len(row_ids)
        raws = _split(joined.encode(), LONGEST_ID)
        seeds = [*map(xxh3_64_digest, raws)]
        digests = [*map(xxh3_64_digest, contents)]
        joined_seeds = b"".join(seeds)
        self.ids.add_packed(_pack(count, _split(joined_seeds, 4)[1::2], raws), seeds)
        # The seed of a pair is that of its id, xor the digest.
        packed = int.from_bytes(joined_seeds, "big") ^ int.from_bytes(b"".join(digests), "big")
        joined_seeds = packed.to_bytes(8 * count, "big")
        self.pairs.add_packed(
            _pack(count, _split(joined_seeds, 4)[1::2], raws, digests), _split(joined_seeds, 8)
        )

    def add_digests(self, rows: Iterable[tuple[str, int | None]]) -> None:
        """Add rows, given by id and digest; by id alone if their contents are not known."""
        ids, pairs = [], []
        for row_id, digest in rows:
            payload, seed = _id_element(row_id)
            ids.append((payload, seed))
            if digest is None:
                self._incomplete.add(row_id)
            else:
                pairs.append((payload << _DIGEST_BITS | digest, seed ^ digest))
        self.ids.add(ids)
        self.pairs.add(pairs)

    def announce(self, row_ids: Sequence[str], is_new: Sequence[bool]) -> bool:
        """Add those of the rows that are new, which are about to be emitted.

        Returns:
            Whether anything changes by that.
        """
        knew, has_new = self.contents_known, any(is_new)
        self.ids.add(map(_id_element, compress(row_ids, is_new)))
        self.contents_known = knew and all(is_new)
        return has_new or knew is not self.contents_known

    def complete(self, rows: Sequence[tuple[str, bytes]], is_new: Sequence[bool]) -> None:
        """Add the contents of announced rows, as far as the sketch has none of theirs."""
        incomplete, self._incomplete = self._incomplete, set()
        self.pairs.add(
            _pair_element(*_id_element(row_id), content)
            for (row_id, content), new in zip(rows, is_new, strict=True)
            if new or row_id in incomplete
        )

    def changes_to(self, later: Sketches, deleted: Iterable[str]) -> Changes | None:
        """Find what has changed up to later sketches, of the same capacity.

        Args:
            later: sketches of the rows that there are.
            deleted: ids that are known to be deleted; taken out first where too many ids differ.

        Returns:
            The changes; None where more ids differ than the sketches show.
        """
        ids = later.ids.difference(self.ids, _id_seed)
        known = frozenset(deleted)
        if ids is None and known:
            fewer = InvertibleBloomTable.load(self.ids.dump(), self.capacity, _ID_BITS)
            fewer.add(map(_id_element, known), times=-1)
            ids = later.ids.difference(fewer, _id_seed)
        elif ids is not None:
            known = frozenset()
        if ids is None:
            return None
        pairs = later.pairs.difference(self.pairs, _pair_seed)
        return Changes(
            removed=frozenset(map(_id_of, ids.removed)) | known,
            added=frozenset(map(_id_of, ids.added)),
            contents=None
            if pairs is None
            else frozenset(
                (_id_of(payload >> _DIGEST_BITS), payload & ((1 << _DIGEST_BITS) - 1))
                for payload in pairs.added
            ),
        )

    def dump(self) -> dict[str, str | bool]:
        """Their fields in a bookmark."""
        return {
            "contents_known": self.contents_known,
            "ids": self.ids.dump(),
            "pairs": self.pairs.dump(),
        }

    @classmethod
    def load(cls, fields: Mapping[str, Any], capacity: int) -> Sketches:
        """Load sketches that were dumped.

        Raises:
            ValueError: the dump is not of sketches of this capacity.
        """
        loaded = cls(0)
        loaded.ids = InvertibleBloomTable.load(fields["ids"], capacity, _ID_BITS)
        loaded.pairs = InvertibleBloomTable.load(fields["pairs"], capacity, _PAIR_BITS)
        loaded.contents_known = fields.get("contents_known", False) is True
        return loaded


def bytes_for_columns(tables: int) -> int:
    """How many bytes of the state a table's columns, which only help people, may take."""
    share = STATE_BYTES // max(tables, 1)
    return max(0, min(share // 4, share - _BYTES_BESIDES - sketches_length(SMALLEST_CAPACITY)))


def capacity_for(tables: int, wanted: int, beside: int = 0) -> int:
    """How many differences the sketches of a table should show.

    At most what the user wants, and what the table's share of `STATE_BYTES` allows.

    Args:
        tables: tables that share a state.
        wanted: the setting `sketch_capacity`.
        beside: bytes of the share that are taken.
    """
    share = STATE_BYTES // max(tables, 1) - _BYTES_BESIDES - beside
    capacity = min(wanted, share // _BYTES_PER_PLACE)
    while capacity > SMALLEST_CAPACITY and sketches_length(capacity) > share:
        capacity -= 1
    return max(capacity, SMALLEST_CAPACITY)


def sketches_length(capacity: int) -> int:
    """How long both sketches of a table are as text."""
    return text_length(capacity, _ID_BITS) + text_length(capacity, _PAIR_BITS)


def _id_element(row_id: str) -> tuple[int, int]:
    try:
        raw = row_id.encode("ascii")
    except UnicodeEncodeError:
        raise refuse_id(row_id) from None
    if not 0 < len(raw) <= LONGEST_ID or raw[0] == 0:
        raise refuse_id(row_id)
    return int.from_bytes(raw, "big"), xxh3_64_intdigest(raw)


def _pair_element(payload: int, seed: int, content: bytes) -> tuple[int, int]:
    digest = content_digest(content)
    return payload << _DIGEST_BITS | digest, seed ^ digest


def _split(joined: bytes, size: int) -> list[bytes]:
    """The parts of bytes, each of this size."""
    return list(chain.from_iterable(struct.iter_unpack(f"{size}s", joined)))


def _pack(count: int, *fields: Sequence[bytes]) -> bytes:
    """Elements as `InvertibleBloomTable.add_packed` takes them, given their fields."""
    return b"".join(chain.from_iterable(zip(repeat(b"\1", count), *fields, strict=True)))


def _id_of(payload: int) -> str:
    return payload.to_bytes(LONGEST_ID, "big").lstrip(b"\0").decode("ascii", "replace")


def _id_seed(payload: int) -> int | None:
    raw = payload.to_bytes(LONGEST_ID, "big").lstrip(b"\0")
    return xxh3_64_intdigest(raw)


def _pair_seed(payload: int) -> int | None:
    seed = _id_seed(payload >> _DIGEST_BITS)
    return None if seed is None else seed ^ (payload & ((1 << _DIGEST_BITS) - 1))
