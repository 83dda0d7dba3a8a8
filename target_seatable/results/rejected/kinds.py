"""Kinds of reasons: what differs between two records of one kind are the values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatable_client.formatting import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LOGGED = 20
"""Kinds that the log shows; the file has all reasons."""

_SUBJECT = re.compile(r"Property (?:'[^']*'|\"[^\"]*\") for column .*?, which is of type [\w-]+: ")
"""How the reason begins why a column does not take a value. The names in it are no values."""

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""

_VALUE = re.compile(rf"{_QUOTED}|(?<![\w])[-+]?\d[^\s,;:'\"]*|; it is .*")
"""A text as Python quotes it, what begins with a digit, or the value that a schema refuses."""


def kind_of(reason: str) -> str:
    """A reason without the values in it, so that it is the same for all records of a kind."""
    subject = _SUBJECT.match(reason)
    start = subject.end() if subject else 0
    return reason[:start] + _VALUE.sub("…", reason[start:])


@dataclass
class _Kind:
    first: str
    count: int = 0


@dataclass
class ReasonCounts:
    """How many records of each stream were rejected, kind by kind."""

    _kinds: dict[tuple[str, str], _Kind] = field(default_factory=dict)

    def add(self, stream: str, reason: str) -> bool:
        """Count a reason; returns whether it is the first of a kind that the log is to show."""
        key = (stream, kind_of(reason))
        kind = self._kinds.setdefault(key, _Kind(reason))
        kind.count += 1
        return kind.count == 1 and len(self._kinds) <= MOST_LOGGED

    def summaries(self) -> Iterator[str]:
        """A sentence per kind that several records share, the most frequent first."""
        kinds = [(stream, kind) for (stream, _), kind in self._kinds.items() if kind.count > 1]
        kinds.sort(key=lambda item: -item[1].count)
        for stream, kind in kinds[:MOST_LOGGED]:
            count = format_count(kind.count, "record")
            yield f"Stream {stream!r}: {count} rejected for one reason. The first: {kind.first}"
        if (left := len(kinds) - MOST_LOGGED) > 0:
            yield f"{left:,} more kinds of reasons are in the file of rejected records."
