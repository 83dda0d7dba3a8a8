"""Keys whose form counts: texts and long numbers in number columns, numbers in text columns."""

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


NUMBERS_OF_SEVERAL_FORMS = frozenset({Decimal, float})
"""Classes of numbers that may be written in several ways; integers have one."""

_MOST_DIGITS = 400
"""Digits before or after the point of a number that is brought into one form."""


def one_form_of_numbers(write: Writer) -> Writer:
    """A writer for numbers that are keys in columns that hold texts.

    `1` and `1.0` are one number, which a source may write in both ways: as texts they would be the
    keys of two rows. Texts stay as they are.
    """

    def write_one_form(value: Any) -> Any:
        return write(_one_form(value) if isinstance(value, (Decimal, float)) else value)

    return write_one_form


def _one_form(number: Decimal | float) -> Any:
    """A number without zeros at the end of its fraction; a whole one as an integer."""
    value = number if isinstance(number, Decimal) else Decimal(repr(number))
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or max(-exponent, value.adjusted()) > _MOST_DIGITS:
        return value
    whole, point, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0")
    return Decimal(whole + point + fraction) if fraction else int(whole)


def _as_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else f"{Decimal(repr(cell)):f}"
