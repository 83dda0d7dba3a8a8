"""Numbers that the server gives to new rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from seatable_sandbox.model import Column


def next_number(column: Column, today: date) -> str:
    """The next value of an auto-number column, which counts it in its data."""
    data = column.data = dict(column.data or {})
    number = int(data.get("max_used_auto_number") or 0) + 1
    data["max_used_auto_number"] = number
    digits = str(number).zfill(int(data.get("digits") or 4))
    if data.get("prefix_type") == "date":
        data["prefix"] = f"{today:%Y%m%d}"
        return f"{data['prefix']}-{digits}"
    if data.get("prefix_type") == "string" and data.get("prefix"):
        return f"{data['prefix']}-{digits}"
    return digits
