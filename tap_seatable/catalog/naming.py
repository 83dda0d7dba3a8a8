"""Names of streams and properties, and the patterns that choose them."""

from __future__ import annotations

import itertools
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def make_distinct(names: Mapping[str, str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Names by id, changed so that they differ from each other and from those taken.

    Names that differ in case only count as equal, because some warehouses ignore case. All equal
    names get their id appended, so that a name does not depend on the order of tables.
    """
    result = dict(names)
    reserved = Counter(name.casefold() for name in taken)
    for attempt in itertools.count():
        uses = reserved + Counter(name.casefold() for name in result.values())
        crowded = [key for key, name in result.items() if uses[name.casefold()] > 1]
        if not crowded:
            break
        for key in crowded:
            # Ids can differ in case only, too; written as digits they do not.
            suffix = key.encode().hex() if attempt else key
            result[key] = f"{result[key]}_{suffix}"
    return result


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name matches one of the patterns. Only `*` and `?` are wildcards.

    Brackets mean themselves: names such as `Orders [EU]` are common.
    """
    return any(fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern may match more than one name."""
    return "*" in pattern or "?" in pattern
