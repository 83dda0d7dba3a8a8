"""A few kilobytes that represent a set of rows, and show how two sets differ.

An invertible Bloom lookup table (Eppstein, Goodrich, Uyeda, Varghese: "What's the difference?
Efficient set reconciliation without prior context", SIGCOMM 2011). Every element is added to four
of the cells, which ones its hash says. Subtracting two sketches cell by cell leaves exactly the
elements that are in one set only, and a cell in which a single one is left gives it away; taking it
out of its other cells uncovers further ones. This succeeds, up to bad luck, as long as the sets
differ in no more elements than the sketch has capacity, however large they are.

A cell is one integer, the sum of its elements. An element is its payload with a check sum and a
one above it:

    | count | check sum of the seed, 32 bits | payload |

Sums carry from one field into the next, which does not matter: a difference of sums with one
element left in it is that element, or its negative, to the bit; an element that was added twice by
mistake leaves an exact multiple. A result counts only if nothing is left in any cell, so a wrong
one would need two different sets of elements that fill all cells alike.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Seed = Callable[[int], int | None]

_PARTS = 4
_CELLS_PER_DIFFERENCE = 1.5
_EXTRA_CELLS = 24
_CHECK_BITS = 32
_COUNT_BITS = 16
_CHECK = (1 << _CHECK_BITS) - 1
_MOST_TIMES = 256
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835
_PLACE_BITS = 24
_PLACE = (1 << _PLACE_BITS) - 1

_BYTE_ORDER: Literal["big"] = "big"
_PRODUCT_BYTES = 24
_BETWEEN_SEEDS = bytes(_PRODUCT_BYTES - 8)


def _part(capacity: int) -> int:
    """How many cells each of the parts has."""
    return -(-(int(capacity * _CELLS_PER_DIFFERENCE) + _EXTRA_CELLS) // _PARTS)


def _width(payload_bits: int) -> int:
    """How many bits of a cell are kept."""
    return payload_bits + _CHECK_BITS + _COUNT_BITS


def text_length(capacity: int, payload_bits: int) -> int:
    """How long a sketch is as text."""
    size = _width(payload_bits) // 8 * _part(capacity) * _PARTS
    return 4 * -(-size // 3)


@dataclass(frozen=True)
class Difference:
    """Elements in one of two sets only, as payloads: added ones and removed ones."""

    added: frozenset[int]
    removed: frozenset[int]


class InvertibleBloomTable:
    """A sketch of a set of elements.

    Args:
        capacity: how many differing elements can be read back.
        payload_bits: size of an element's payload.
    """

    def __init__(self, capacity: int, payload_bits: int) -> None:
        self.capacity = capacity
        self.payload_bits = payload_bits
        self._part = _part(capacity)
        self._cells = [0] * (self._part * _PARTS)
        self._unit = 1 << (payload_bits + _CHECK_BITS)

    def add(self, elements: Iterable[tuple[int, int]], *, times: int = 1) -> None:
        """Add elements, or take them out with negative `times`.

        Args:
            elements: pairs of a payload and its seed, 64 bits that depend on the payload alone.
            times: how often to add each.
        """
        cells, part, unit, shift = self._cells, self._part, self._unit, self.payload_bits
        second, third, fourth = part, 2 * part, 3 * part
        for payload, seed in elements:
            element = (unit | (seed & _CHECK) << shift | payload) * times
            spread = seed * _SPREAD
            cells[(spread >> 104 & _PLACE) % part] += element
            cells[second + (spread >> 80 & _PLACE) % part] += element
            cells[third + (spread >> 56 & _PLACE) % part] += element
            cells[fourth + (spread >> 32 & _PLACE) % part] += element

    def add_packed(self, elements: bytes, seeds: Sequence[bytes]) -> None:
        """Add elements, each once. What can be done for all of them at once is.

        Args:
            elements: what `add` makes of them, one after the other: each a one, the check sum of
                its seed and its payload, in bytes.
            seeds: their seeds, 8 bytes each.
        """
        count, part = len(seeds), self._part
        if not count:
            return
        size = len(elements) // count
        # One multiplication of all seeds. A product has 24 bytes, so none reaches the next.
        packed = int.from_bytes(_BETWEEN_SEEDS.join(seeds), "big") * _SPREAD
        spread = packed.to_bytes(_PRODUCT_BYTES * count, "big")
        places = []
        for first in range(8, 20, 3):
            words = bytearray(4 * count)
            for offset in range(3):
                words[1 + offset :: 4] = spread[first + offset :: _PRODUCT_BYTES]
            places.append(struct.unpack(f">{count}I", words))
        # Other formats are cached, however long they are.
        split = chain.from_iterable(struct.iter_unpack(f"{size}s", elements))
        numbers = map(partial(int.from_bytes, byteorder=_BYTE_ORDER), split)
        firsts, seconds, thirds, fourths = (
            self._cells[start : start + part] for start in range(0, _PARTS * part, part)
        )
        for element, first, second, third, fourth in zip(numbers, *places, strict=True):
            firsts[first % part] += element
            seconds[second % part] += element
            thirds[third % part] += element
            fourths[fourth % part] += element
        self._cells = [*firsts, *seconds, *thirds, *fourths]

    def difference(self, earlier: InvertibleBloomTable, seed_of: Seed) -> Difference | None:
        """Find the elements that are in one of two sketches' sets only.

        Args:
            earlier: a sketch of the same capacity and payload.
            seed_of: the seed of a payload; None where it is no payload that can be.

        Returns:
            The difference, or None where it cannot be read: more elements differ than the
            capacity, or, rarely, their cells overlap too much.
        """
        if (earlier.capacity, earlier.payload_bits) != (self.capacity, self.payload_bits):
            return None
        rest = InvertibleBloomTable(self.capacity, self.payload_bits)
        width = 1 << _width(self.payload_bits)
        # Signed remainders: a sketch that was stored has lost the carries above its count.
        rest._cells = [
            (now - then + width // 2) % width - width // 2
            for now, then in zip(self._cells, earlier._cells, strict=True)
        ]
        return rest._peel(seed_of)

    def _peel(self, seed_of: Seed) -> Difference | None:
        """Take elements out of cells that hold a single one until nothing is left."""
        found: dict[int, int] = {}
        # Ends the loop where a check sum was right by chance and elements do not run out.
        budget = 4 * len(self._cells)
        pending = list(range(len(self._cells)))
        while pending and budget:
            cell = self._cells[pending.pop()]
            single = self._single(abs(cell), seed_of)
            if single is None:
                continue
            budget -= 1
            payload, seed, times = single
            times = times if cell > 0 else -times
            found[payload] = found.get(payload, 0) + times
            self.add([(payload, seed)], times=-times)
            pending.extend(self._places(seed))
        if any(self._cells):
            return None
        return Difference(
            frozenset(payload for payload, times in found.items() if times > 0),
            frozenset(payload for payload, times in found.items() if times < 0),
        )

    def _single(self, cell: int, seed_of: Seed) -> tuple[int, int, int] | None:
        """Payload, seed and how often, if a cell's content is one element."""
        # The lower fields of n times an element carry less than n into the count.
        count = cell // self._unit
        for times in range(count // 2 + 1, min(count, _MOST_TIMES) + 1):
            element, rest = divmod(cell, times)
            if rest or element // self._unit != 1:
                continue
            payload = element & ((1 << self.payload_bits) - 1)
            seed = seed_of(payload)
            if seed is not None and element >> self.payload_bits & _CHECK == seed & _CHECK:
                return payload, seed, times
        return None

    def _places(self, seed: int) -> list[int]:
        spread = seed * _SPREAD
        return [
            number * self._part + (spread >> (104 - number * _PLACE_BITS) & _PLACE) % self._part
            for number in range(_PARTS)
        ]

    def dump(self) -> str:
        """The sketch as base64 text for a state."""
        size = _width(self.payload_bits) // 8
        mask = (1 << _width(self.payload_bits)) - 1
        raw = b"".join((cell & mask).to_bytes(size, "big") for cell in self._cells)
        return base64.b64encode(raw).decode()

    @classmethod
    def load(cls, dumped: str, capacity: int, payload_bits: int) -> InvertibleBloomTable:
        """Load a sketch that was dumped.

        Raises:
            ValueError: the text is no sketch of this capacity and payload.
        """
        try:
            raw = base64.b64decode(dumped, validate=True)
        except (ValueError, binascii.Error):
            raise ValueError("not the text of a sketch") from None
        # Checked first: a damaged capacity must not fill the memory.
        size = _width(payload_bits) // 8
        if capacity < 0 or len(raw) != size * _part(capacity) * _PARTS:
            raise ValueError("a sketch of another size")
        sketch = cls(capacity, payload_bits)
        sketch._cells = [
            int.from_bytes(raw[start : start + size], "big") for start in range(0, len(raw), size)
        ]
        return sketch
