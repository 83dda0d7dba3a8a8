"""Names of streams and properties in settings: what a name that nothing has was meant for.

A misspelt name has no effect: rows are doubled for want of a key, or what should be hidden goes
out. A run that meets one ends, so only likely mistakes count here, and not all that look similar.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHORTEST = 3
"""Characters of names in which one more, one less or another one may be a mistake."""

_LONG = 12
"""Characters of names in which two may be mistaken."""


def likely_meant(name: str, known: Iterable[str]) -> str | None:
    """The known name that a name was probably meant to be; None if it is known or like none.

    Likely are another case, other separators, a missing or added schema before `-` or `.`, and a
    letter too many, too few, wrong or in its neighbour's place. Names that differ in digits only
    are different names: `orders_2024`, `orders_2025`.
    """
    candidates = list(known)
    if name in candidates:
        return None
    return next((other for other in candidates if _is_alike(name, other)), None)


def hidden_properties(stream_maps: Mapping[str, Any], stream: str) -> list[str]:
    """The properties that stream maps remove from a stream which they name, not by a pattern."""
    return [
        name
        for source, rules in stream_maps.items()
        if isinstance(rules, dict) and rules.get("__source__", source) == stream
        for name, rule in rules.items()
        if not name.startswith("__") and (rule is None or rule == "__NULL__")
    ]


def _is_alike(name: str, other: str) -> bool:
    first, second = _folded(name), _folded(other)
    if first == second or _folded(_own_part(name)) == _folded(_own_part(other)):
        return bool(first and second)
    if re.sub(r"\d", "", first) == re.sub(r"\d", "", second):
        return False
    shorter = min(len(first), len(second))
    allowed = 0 if shorter < _SHORTEST else 1 if shorter < _LONG else 2
    return abs(len(first) - len(second)) <= allowed and _distance(first, second) <= allowed


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _own_part(name: str) -> str:
    """The name without the schema or database before it."""
    return re.split(r"[-.]", name)[-1] or name


def _distance(first: str, second: str) -> int:
    """How many letters are added, left out, replaced or exchanged with their neighbours."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for index, letter in enumerate(first, start=1):
        earlier, before, row = before, row, [index]
        for column, other in enumerate(second, start=1):
            best = min(before[column] + 1, row[-1] + 1, before[column - 1] + (letter != other))
            swapped = index > 1 and column > 1 and first[index - 2] == other
            if swapped and letter == second[column - 2]:
                best = min(best, earlier[column - 2] + 1)
            row.append(best)
    return row[-1]


def matches(pattern: str, name: str) -> bool:
    """Whether a name in settings means a name: `*` stands for any letters, all else for itself."""
    if pattern == name or "*" not in pattern:
        return pattern == name
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def entries_for(entries: Mapping[str, Any], name: str) -> list[Any]:
    """The entries of a setting that mean a name: patterns first, in their order, then its own."""
    found = [entry for key, entry in entries.items() if key != name and matches(key, name)]
    return [*found, entries[name]] if name in entries else found
