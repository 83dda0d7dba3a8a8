"""Cells as SeaTable displays them to a person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import COMPUTED, display

if TYPE_CHECKING:
    from seatable_sandbox.model import Column

_FORMATTED = frozenset({"number", "duration", "date", "ctime", "mtime", "geolocation"})
"""Types whose cells SeaTable displays by a format; the page shows the others as they are."""


def is_editable(column: Column) -> bool:
    return column.type not in COMPUTED


def display_cell(column: Column, value: Any) -> str | None:
    """The text that SeaTable displays; None where the page shows the answered value itself.

    Args:
        column: The column.
        value: What the gateway answers for the cell.
    """
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if column.type in _FORMATTED:
        return display.format_value(column, _parse_dates(value)) or None
    if column.type == "formula" and column.setting("result_type") in ("number", "date"):
        shown = display.format_result(column, _parse_dates(value))
        return shown if isinstance(shown, str) and shown else None
    return None


def _parse_dates(value: Any) -> Any:
    """An answered date as formats take it; anything else stays."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return value
