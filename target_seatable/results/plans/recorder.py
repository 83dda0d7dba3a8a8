"""Watches a dry run: the values of each property, and what looks wrong with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from target_seatable.rows import CommaWatch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from target_seatable.errors import Refusal
    from target_seatable.rows import Layout

SAMPLES = 3
"""Different values of a property to show."""

LONGEST_SAMPLE = 80
"""Characters of a value that are kept."""

_EMPTY: tuple[Any, ...] = (None, UNSET, "", [], {})

_json = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


def is_empty(value: Any) -> bool:
    """Whether a value or a cell is none. A false one is something."""
    return any(value is empty or (empty is not None and value == empty) for empty in _EMPTY)


@dataclass
class PropertyWatch:
    """What came for one property."""

    samples: list[str] = field(default_factory=list)
    empty: int = 0
    refused: int = 0
    commas: CommaWatch = field(default_factory=CommaWatch)

    def note(self, value: Any) -> None:
        """Note a value that is not empty."""
        text = value if isinstance(value, str) else _json.encode(value).decode()
        if len(self.samples) < SAMPLES:
            shown = text[:LONGEST_SAMPLE]
            if shown not in self.samples:
                self.samples.append(shown)
        if isinstance(value, str):
            self.commas.note(value)
        else:
            self.commas.close()

    @property
    def decimal_comma(self) -> str | None:
        """A value with a decimal comma, if all values look like such numbers."""
        found = self.commas.found
        return None if found is None else found[:LONGEST_SAMPLE]


class PlanRecorder:
    """Notes what a dry run sees.

    Attributes:
        mistakes: what would end a real run before its first record, in the order of the streams.
    """

    def __init__(self) -> None:
        self._watches: defaultdict[str, dict[str, PropertyWatch]] = defaultdict(dict)
        self._records: Counter[str] = Counter()
        self._warnings: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.mistakes: list[Exception] = []

    def warn(self, stream: str, sentences: Iterable[str]) -> None:
        """Note what looks wrong with a stream."""
        self._warnings[stream].update(dict.fromkeys(sentences))

    def warnings(self, stream: str) -> list[str]:
        """What looks wrong with a stream."""
        return list(self._warnings[stream])

    def watched(self, stream: str) -> list[str]:
        """The properties of a stream that came."""
        return list(self._watches[stream])

    def watch(self, stream: str, prop: str) -> PropertyWatch:
        """What came for a property; records before its first value had none."""
        watches = self._watches[stream]
        if prop not in watches:
            watches[prop] = PropertyWatch(empty=self._records[stream])
        return watches[prop]

    def observe(
        self,
        stream: str,
        layout: Layout,
        values: Mapping[str, Sequence[Any]],
        rows: Sequence[Any],
        refused: Mapping[int, Sequence[Refusal]],
        deleted: Collection[int],
    ) -> None:
        """Note the records of a batch.

        Args:
            stream: the stream.
            layout: which column each property goes into.
            values: by property, that of each record.
            rows: what is made of the records.
            refused: why records cannot be stored, by their positions; their rows do not count.
            deleted: the positions of tombstones, which do not count.
        """
        counted = [index for index in range(len(rows)) if index not in deleted]
        columns = {entry.property: entry.column.name for entry in layout.fields}
        cells = layout.cells_of(rows)
        for prop, given in values.items():
            watch = self.watch(stream, prop)
            written = cells.get(columns.get(prop, ""), given)
            for index in counted:
                value = given[index]
                if is_empty(value if index in refused else written[index]):
                    watch.empty += 1
                if not is_empty(value):
                    watch.note(value)
        for index in counted:
            names = {refusal.property for refusal in refused.get(index, ()) if refusal.property}
            for name in names:
                self.watch(stream, name).refused += 1
        self._records[stream] += len(counted)
