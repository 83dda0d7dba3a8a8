"""Patterns over names of tables and bases, as settings give them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern may match more than one name."""
    return "*" in pattern or "?" in pattern


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name matches one of the patterns: `*` and `?` are wildcards, and nothing else is.

    Names such as `Orders [EU]` are common, and no class of letters.
    """
    return any(fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in patterns)
