"""Texts and long numbers that are keys, in columns that hold numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError

if TYPE_CHECKING:
    from seatable_client.column_types import Writer


def exact_text_only(write: Writer) -> Writer:
    """A writer for texts that are keys: it refuses a text that the cell would show differently.

    `1.1` and `1.10` are two texts and one number: as keys they would merge two rows into one.
    """

    def write_exactly(value: Any) -> Any:
        cell = write(value)
        if isinstance(value, str) and value != (shown := _as_text(cell)):
            raise InvalidValueError(
                f"{value!r} would be stored as {shown}, and could be confused with another key"
            )
        return cell

    return write_exactly


def exact_number_only(write: Writer) -> Writer:
    """A writer for numbers that are keys: it refuses one of which the cell shows another.

    `0.1` and `0.10000000000000001` are two numbers and one double: as keys they would merge two
    rows into one.
    """

    def write_exactly(value: Any) -> Any:
        cell = write(value)
        if isinstance(value, (Decimal, str)) and Decimal(value) != Decimal(repr(cell)):
            raise InvalidValueError(
                f"{value} would be stored as {cell}, and could be confused with another key"
            )
        return cell

    return write_exactly


def _as_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else f"{Decimal(repr(cell)):f}"
