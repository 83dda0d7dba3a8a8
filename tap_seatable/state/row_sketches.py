"""What has been emitted of a table, as two sketches in the state, and how later rows differ.

One sketch holds the rows' ids, the other pairs of an id and a digest of the emitted record. An
edit, or another column, leaves the ids as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

from seatable_client.errors import ApiNotAvailable
from tap_seatable.state.iblt import InvertibleBloomTable, text_length

if TYPE_CHECKING:
    from collections.abc import Iterable

STATE_BYTES = 970_000
"""Size of a state with all its tables, at most, as far as `SMALLEST_CAPACITY` allows."""

SMALLEST_CAPACITY = 16

_ID_BITS = 8 * 22  # SeaTable's row ids are 22 ASCII characters
_DIGEST_BITS = 64
_PAIR_BITS = _ID_BITS + _DIGEST_BITS
_BYTES_PER_PLACE = 128  # of both sketches together, as text
_BYTES_BESIDES = 690  # of a bookmark without its sketches, a long stream's name included
_LONGEST_ID = 22


@dataclass
class Sketches:
    """The ids of a table's rows, and the rows' contents, as far as they have been emitted."""

    ids: InvertibleBloomTable
    pairs: InvertibleBloomTable

    @classmethod
    def of_capacity(cls, capacity: int) -> Sketches:
        """Empty sketches."""
        return cls(
            InvertibleBloomTable(capacity, _ID_BITS), InvertibleBloomTable(capacity, _PAIR_BITS)
        )

    @classmethod
    def load(cls, ids: str, pairs: str, capacity: int) -> Sketches:
        """Sketches that were dumped.

        Raises:
            ValueError: they are none of this capacity.
        """
        return cls(
            InvertibleBloomTable.load(ids, capacity, _ID_BITS),
            InvertibleBloomTable.load(pairs, capacity, _PAIR_BITS),
        )

    @property
    def capacity(self) -> int:
        """How many differences they can show."""
        return self.ids.capacity

    def add(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Add rows, given by id and by the bytes that were emitted for them."""
        ids, pairs = [], []
        for row_id, content in rows:
            payload, seed = _id_element(row_id)
            digest = content_digest(content)
            ids.append((payload, seed))
            pairs.append((payload << _DIGEST_BITS | digest, seed ^ digest))
        self.ids.add(ids)
        self.pairs.add(pairs)

    def add_ids(self, row_ids: Iterable[str]) -> None:
        """Add rows that are about to be emitted, or of which only the ids matter."""
        self.ids.add(map(_id_element, row_ids))

    def add_contents(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Add the contents of rows whose ids have been added."""
        self.pairs.add(_pair_element(*_id_element(row_id), content) for row_id, content in rows)


@dataclass(frozen=True)
class Changes:
    """The differences of two sketches.

    Attributes:
        removed: ids that only the earlier one has.
        added: ids that only the later one has.
        contents: id and digest of rows that only the later one has; None where that is not known.
    """

    removed: frozenset[str]
    added: frozenset[str]
    contents: frozenset[tuple[str, int]] | None


def changes_between(
    earlier: Sketches, later: Sketches, deleted: Iterable[str] = ()
) -> Changes | None:
    """Find what has changed from one to the other.

    Args:
        earlier: sketches of the rows emitted so far.
        later: sketches, of the same capacity, of the rows that there are.
        deleted: ids that are known to be deleted; taken out first where too many ids differ.

    Returns:
        The changes; None where more ids differ than the sketches show.
    """
    ids = later.ids.difference(earlier.ids, _id_seed)
    known = frozenset(deleted)
    if ids is None and known:
        fewer = InvertibleBloomTable.load(earlier.ids.dump(), earlier.capacity, _ID_BITS)
        fewer.add(map(_id_element, known), times=-1)
        ids = later.ids.difference(fewer, _id_seed)
    elif ids is not None:
        known = frozenset()
    if ids is None:
        return None
    pairs = later.pairs.difference(earlier.pairs, _pair_seed)
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


def content_digest(content: bytes) -> int:
    """The digest of a record in the sketch of contents. It is fast, and not cryptographic."""
    return xxh3_64_intdigest(content)


def bytes_for_columns(tables: int) -> int:
    """How many bytes of the state a table's columns, which only help people, may take."""
    share = STATE_BYTES // max(tables, 1)
    return max(0, min(share // 4, share - _BYTES_BESIDES - sketches_length(SMALLEST_CAPACITY)))


def capacity_for(rows: int | None, tables: int, wanted: int, beside: int = 0) -> int:
    """How many differences the sketches of a table should show.

    At most what the user wants, the number of rows (rounded up to a power of two, so that a growing
    table seldom changes it), and what the table's share of `STATE_BYTES` allows.

    Args:
        rows: rows of the table; None where the server does not count them.
        tables: tables that share a state.
        wanted: the setting `sketch_capacity`.
        beside: bytes of the share that are taken.
    """
    share = STATE_BYTES // max(tables, 1) - _BYTES_BESIDES - beside
    rounded = wanted if rows is None else 1 << max(rows - 1, 1).bit_length()
    capacity = min(wanted, rounded, share // _BYTES_PER_PLACE)
    while capacity > SMALLEST_CAPACITY and sketches_length(capacity) > share:
        capacity -= 1
    return max(capacity, SMALLEST_CAPACITY)


def sketches_length(capacity: int) -> int:
    """How long both sketches of a table are as text."""
    return text_length(capacity, _ID_BITS) + text_length(capacity, _PAIR_BITS)


def _id_element(row_id: str) -> tuple[int, int]:
    raw = row_id.encode()
    if len(raw) > _LONGEST_ID:
        raise ApiNotAvailable(
            f"The server sent row id {row_id!r}, which is longer than SeaTable's row ids are; a "
            "newer version of this tap may know such servers."
        )
    return int.from_bytes(raw, "big"), xxh3_64_intdigest(raw)


def _pair_element(payload: int, seed: int, content: bytes) -> tuple[int, int]:
    digest = content_digest(content)
    return payload << _DIGEST_BITS | digest, seed ^ digest


def _id_of(payload: int) -> str:
    return payload.to_bytes(_LONGEST_ID, "big").lstrip(b"\0").decode("ascii", "replace")


def _id_seed(payload: int) -> int | None:
    raw = payload.to_bytes(_LONGEST_ID, "big").lstrip(b"\0")
    return xxh3_64_intdigest(raw)


def _pair_seed(payload: int) -> int | None:
    seed = _id_seed(payload >> _DIGEST_BITS)
    return None if seed is None else seed ^ (payload & ((1 << _DIGEST_BITS) - 1))
