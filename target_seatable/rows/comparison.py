"""Comparing what is sent with what is stored.

A row is written as one thing and read back as another: `2024-06-05 10:20` comes back as
`2024-06-05T10:20:00+02:00`, 5.0 as 5, an untouched checkbox as nothing. Each column type has one
form in which the two are equal exactly when the cell is the same.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.column_types.registry import has_time
from seatable_client.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from seatable_client.column_types.writers import Writer
    from seatable_client.metadata import Column

    Comparable = Callable[[Any], Hashable]

_json = msgspec.json.Encoder(order="deterministic", decimal_format="number")

LOOKED_UP_BY = frozenset({"text", "email", "url", "single-select", "number", "rate", "duration"})
"""Types of which SQL finds a cell by its value without a doubt about how it is written."""

KEY_TYPES = LOOKED_UP_BY | {"long-text", "date", "checkbox", "department-single-select"}
"""Types that can tell rows apart."""


def comparable(column: Column) -> Comparable:
    """The function that brings a cell, sent or read, into the form for comparing."""
    if column.type == "date":
        return _minute if has_time(column) else _day
    return _FORMS.get(column.type, _as_it_is)


def exact_text_only(write: Writer) -> Writer:
    """A writer for texts that are keys: it refuses one that the cell would show otherwise.

    `1.1` and `1.10` are two texts and one number: as keys they would make one row of two.
    """

    def written(value: Any) -> Any:
        cell = write(value)
        if isinstance(value, str) and value != (shown := _as_text(cell)):
            raise InvalidValueError(
                f"{value!r} would be stored as {shown}, and could as a key be taken for another"
            )
        return cell

    return written


def _as_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else f"{Decimal(repr(cell)):f}"


def _as_it_is(value: Any) -> Any:
    return None if value == "" else value


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else _as_it_is(value)


def _long_text(value: Any) -> Any:
    return (value.get("text") if isinstance(value, dict) else value) or None


def _checked(value: Any) -> bool:
    # A box that was never touched cannot be told from one that is not ticked once it is written.
    return value is True


def _day(value: Any) -> str | None:
    return str(value)[:10] if value else None


def _minute(value: Any) -> str | None:
    return str(value)[:16].replace("T", " ") if value else None


def _list(value: Any) -> tuple[Any, ...] | None:
    return tuple(value) if value else None


def _document(value: Any) -> bytes | None:
    return _json.encode(value) if value else None


_FORMS: dict[str, Comparable] = {
    "number": _number,
    "rate": _number,
    "duration": _number,
    "department-single-select": _number,
    "long-text": _long_text,
    "checkbox": _checked,
    "multiple-select": _list,
    "collaborator": _list,
    "image": _list,
    "file": _document,
    "geolocation": _document,
    "digital-sign": _document,
}
