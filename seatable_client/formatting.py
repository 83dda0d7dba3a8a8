"""Words of sentences that people read."""

from __future__ import annotations

from typing import Any


def counted(count: int, noun: str) -> str:
    """So many of something: `1 row`, `2,000 rows`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def shown(value: Any) -> str:
    """A value as an error quotes it: not more than a line of it."""
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"  # noqa: PLR2004


def error_text(error: BaseException) -> str:
    """The text of an error; the name of its class where it has none."""
    return str(error) or type(error).__name__
