"""Names of streams and properties, and the patterns that choose them."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


LONGEST_NAME = 63
"""Bytes of a name that PostgreSQL keeps; loaders for it fail at longer ones, or cut them."""

_SIGN = re.compile(r"\\[*?]|[*?\[]")
"""What is no plain text in a pattern, or would be none for `fnmatch`."""

_BRACKETED = {"[": "[[]", r"\*": "[*]", r"\?": "[?]"}
"""How `fnmatch` has what means itself in a pattern."""


def shorten(name: str, key: str, max_bytes: int | None) -> str:
    """A name that is not longer than so many bytes of UTF-8.

    A longer one keeps its beginning and gets the id of what it names appended, so that it is the
    same whatever else there is.

    Args:
        name: the name.
        key: the id.
        max_bytes: the limit; None for none.
    """
    if max_bytes is None or len(name.encode()) <= max_bytes:
        return name
    return append_id(name, key, max_bytes)


def is_shortened(short: str, name: str, key: str) -> bool:
    """Whether one name is what `shorten` or `make_distinct` makes of a longer one."""
    ends = (f"_{suffix}" for suffix in (key, key.encode().hex()))
    beginnings = [short[: -len(end)] for end in ends if short.endswith(end)]
    is_longer = len(name.encode()) > len(short.encode())
    return is_longer and any(name.startswith(start) for start in beginnings)


def append_id(name: str, suffix: str, max_bytes: int | None) -> str:
    """A name with an id at its end, and not longer than so many bytes of UTF-8."""
    end = f"_{suffix}"
    if max_bytes is not None:
        room = max(max_bytes - len(end.encode()), 0)
        name = name.encode()[:room].decode("utf-8", "ignore")
    return name + end


def make_distinct(
    names: Mapping[str, str], taken: Iterable[str] = (), *, max_bytes: int | None = None
) -> dict[str, str]:
    """Names by id, changed so that they differ from each other and from those taken.

    Names that differ in case only count as equal, because some warehouses ignore case. All equal
    names get their id appended, so that a name does not depend on the order of tables.

    Args:
        names: the names by id.
        taken: names that others have.
        max_bytes: how long names may become; None for any length.
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
            if max_bytes is not None and attempt > 1:  # where nothing grows, this does
                suffix += str(attempt)
            result[key] = append_id(result[key], suffix, max_bytes)
    return result


def matches(name: str, patterns: Iterable[str]) -> bool:
    r"""Whether a name matches one of the patterns. Only `*` and `?` are wildcards.

    Brackets mean themselves: names such as `Orders [EU]` are common. So do `\*` and `\?`.
    """
    return any(
        fnmatchcase(name, _SIGN.sub(lambda sign: _BRACKETED.get(sign[0], sign[0]), pattern))
        for pattern in patterns
    )


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern may match more than one name."""
    return any(sign in {"*", "?"} for sign in _SIGN.findall(pattern))


def pattern_of(name: str) -> str:
    """The pattern that matches one name only."""
    return re.sub(r"[*?]", r"\\\g<0>", name)


def name_of(pattern: str) -> str:
    """The name that a pattern without wildcards matches."""
    return re.sub(r"\\([*?])", r"\1", pattern)
