"""Words of sentences that people read."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """So many of something: `1 row`, `2,000 rows`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
