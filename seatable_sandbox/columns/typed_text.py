"""Texts that a person types for a cell, as values that the API takes."""

from __future__ import annotations

from typing import Any

import msgspec

COMPUTED = frozenset(
    {
        *("formula", "link-formula", "creator", "last-modifier", "ctime", "mtime", "button"),
        *("auto-number", "link"),
    }
)
"""Types of cells that nobody types into: the server computes them, or they have their own calls."""

_TEXTS = ("text", "long-text")
_LISTS = ("multiple-select", "collaborator", "image")
_JSON = ("number", "rate", "duration", "file", "geolocation", "digital-sign")
_YES = frozenset({"true", "yes", "on", "1", "x", "✓"})


def parse_typed(column_type: str, text: str) -> Any:
    """Convert a typed text: `34` is a number in a number column, and `a, b` two options.

    Nothing empties the cell; what is no value of the type stays text, which the server judges.
    """
    if column_type in _TEXTS:
        return text
    if not text.strip():
        return None
    if column_type == "checkbox":
        return text.strip().lower() in _YES
    if column_type in _LISTS:
        parsed = _parse_json(text)
        return parsed if isinstance(parsed, list) else [part.strip() for part in text.split(",")]
    if column_type in _JSON:
        return _parse_json(text)
    return text.strip()


def _parse_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
