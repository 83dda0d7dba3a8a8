"""Column types: coercion, dates, and how v1 displays values."""

from __future__ import annotations

from seatable_sandbox.columns.dates import ZoneClock, format_utc_time, parse_stored_date
from seatable_sandbox.columns.types import (
    TYPES,
    Stored,
    WriteContext,
    javascript_number,
    javascript_string,
    new_option,
    type_of,
)

__all__ = [
    "TYPES",
    "Stored",
    "WriteContext",
    "ZoneClock",
    "format_utc_time",
    "javascript_number",
    "javascript_string",
    "new_option",
    "parse_stored_date",
    "type_of",
]
