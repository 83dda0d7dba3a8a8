"""Column types for a source without types: from the values of the first rows.

CSV files and the like declare everything a string. A type is chosen only if each value seen would
be stored as given and read back as the same value: `007`, `+49`, `1e5` and ` 12` stay text, because
a number column would change them, and so do `1.1` and `1.10`, of which it would make one value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import (
    TEXT_LIMIT,
    Writing,
    checkbox,
    day,
    length,
    minute,
    number,
    text,
    type_of,
)
from seatable_client.metadata import NewColumn, new_options
from target_seatable.rows import DAY_FORMAT, MINUTE_FORMAT, exact_text_only, first_refusal
from target_seatable.schema import numerals
from target_seatable.schema.column_types import (
    new_column,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seatable_client.column_types import Writer

SAMPLE = 1_000
"""Records to wait for before a type is chosen, unless the stream has fewer."""

MAX_OPTIONS = 20
"""Different values of a single-select at most."""

USES_OF_AN_OPTION = 5
"""How often each value of a single-select occurs on average at least."""

MAX_OPTION_LENGTH = 50

_EMPTY_WORDS = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", "."})
"""What files hold where a value is missing, in small letters."""

_TRUTH = re.compile("true|false", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([zZ]|[+-]\d\d:?\d\d)?")
_EMAIL = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.[a-zA-Z]{2,}")
_URL = re.compile(r"https?://[^\s/?#]+[^\s]*")


def inferred_column(
    name: str, values: Collection[Any], writing: Writing, *, is_key: bool = False
) -> tuple[NewColumn, str | None]:
    """The column for these values, without empty ones.

    Args:
        name: the column's name.
        values: what the first rows hold.
        writing: how values will be written.
        is_key: whether it is part of the key; then it is no selection, and the text of each value
            has to stay as it is.

    Returns:
        The column, and why it holds no numbers if all values look like numbers.
    """
    if not values:
        return new_column(name, "text"), None
    texts = [value if isinstance(value, str) else str(value) for value in values]
    reason = None
    if numerals.are_like_numbers(texts):
        reason = first_refusal(texts, exact_text_only(number)) if is_key else None
        reason = reason or numerals.lost_form(texts)
        if reason is None:
            return new_column(name, "number"), None
    return _column_without_numbers(name, texts, writing, is_key=is_key), reason


def describe(column: NewColumn, values: Collection[Any]) -> str:
    """Why an inferred column has its type, in a few words."""
    if not values:
        return "no value in the first records"
    made_as = type_of(column)
    if made_as.is_selection:
        options = (column.data or {}).get("options") or ()
        return f"few different values ({len(options)}), often used"
    if made_as.inferred_from:
        return f"all first values are {made_as.inferred_from}"
    return "the first values are texts"


def _column_without_numbers(
    name: str, values: Collection[str], writing: Writing, *, is_key: bool
) -> NewColumn:
    candidates: list[tuple[str, Mapping[str, str] | None, Writer, re.Pattern[str]]] = [
        ("date", {"format": DAY_FORMAT}, day, _DAY),
        ("date", {"format": MINUTE_FORMAT}, minute(writing), _MINUTE),
        ("email", None, text, _EMAIL),
        ("url", None, text, _URL),
    ]
    if not is_key:
        candidates.insert(0, ("checkbox", None, checkbox, _TRUTH))
    for type_, data, write, pattern in candidates:
        if all(map(pattern.fullmatch, values)) and not first_refusal(
            values, exact_text_only(write) if is_key else write
        ):
            return new_column(name, type_, data)
    if not is_key and (options := _options(values)):
        return new_column(name, "single-select", {"options": new_options(options)})
    long = any(length(value) > TEXT_LIMIT for value in values)
    return new_column(name, "long-text" if long else "text")


def _options(values: Collection[str]) -> list[str]:
    """The different values in order of appearance; empty unless they are few and used often."""
    options: dict[str, None] = {}
    for value in values:
        options[value] = None
        if len(options) > MAX_OPTIONS:
            return []
    rest = [value for value in options if value.casefold() not in _EMPTY_WORDS]
    if len(rest) < len(options) and numerals.are_like_numbers(rest):
        return []  # numbers, of which some are missing
    often = len(values) >= USES_OF_AN_OPTION * len(options)
    tidy = all(value == value.strip() and len(value) <= MAX_OPTION_LENGTH for value in options)
    return list(options) if often and tidy else []
