"""Column types: coercion, dates, and how v1 displays values."""

from __future__ import annotations

from seatable_sandbox.columns.dates import (
    ZoneClock,
    format_utc_time,
    has_time,
    parse_date,
    parse_freely,
    parse_stored_date,
)
from seatable_sandbox.columns.javascript import (
    JAVASCRIPT_WHITE_SPACE,
    javascript_number,
    javascript_string,
    parse_javascript_number,
)
from seatable_sandbox.columns.long_text import derive_long_text
from seatable_sandbox.columns.typed_text import COMPUTED, parse_typed
from seatable_sandbox.columns.types import TYPES, Stored, WriteContext, new_option, type_of

__all__ = [
    "COMPUTED",
    "JAVASCRIPT_WHITE_SPACE",
    "TYPES",
    "Stored",
    "WriteContext",
    "ZoneClock",
    "derive_long_text",
    "format_utc_time",
    "has_time",
    "javascript_number",
    "javascript_string",
    "new_option",
    "parse_date",
    "parse_freely",
    "parse_javascript_number",
    "parse_stored_date",
    "parse_typed",
    "type_of",
]
