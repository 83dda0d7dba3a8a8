"""Parts of sentences that people read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def format_count(count: int, noun: str) -> str:
    """A number and its noun: `1 row`, `2,000 rows`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def quote_value(value: Any) -> str:
    """A value as an error quotes it, on one line of 80 characters at most."""
    try:
        text = str(value) if isinstance(value, Decimal) else repr(value)
    except (ValueError, RecursionError):  # Python prints no integer of 5,000 digits
        return f"a value of type {type(value).__name__} that is too long to show"
    return text if len(text) <= 80 else f"{text[:77]}…"  # noqa: PLR2004


def error_text(error: BaseException) -> str:
    """The text of an error; the name of its class where it has none."""
    return str(error) or type(error).__name__
