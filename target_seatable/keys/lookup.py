"""Asking for rows by their cells, where SQL can tell, and for no more of them than a call takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.api.read_request import ReadRequest
from seatable_client.column_types.registry import type_of
from seatable_client.column_types.writers import EXACT_INTEGERS

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence

    from seatable_client.api.base import Base
    from seatable_client.metadata import Column, Table

    Row = dict[str, Any]

MOST_LOOKED_UP = 5_000
"""Keys to ask for in one call."""

MOST_CHARACTERS = 500_000
"""Characters of keys in one call at most: keys may be long texts."""


def may_be_asked_for(values: Iterable[Any]) -> bool:
    """Whether SQL finds cells with these values without a doubt.

    What a backslash means between quotes differs from one SQL to the next, and so does which
    number is read of a fraction, an exponent, or more digits than a double has.
    """
    return all(map(_is_beyond_doubt, values))


def _is_beyond_doubt(value: Any) -> bool:
    if isinstance(value, str):
        return "\\" not in value
    return value is None or (isinstance(value, int) and abs(value) <= EXACT_INTEGERS)


def rows_with(
    base: Base, table: Table, columns: Sequence[Column], name: str, values: Sequence[Any]
) -> Iterator[Row]:
    """All rows with one of these values in a column, and perhaps others.

    One call for a few thousand values; servers without SQL send the whole table, once.

    Args:
        base: the base.
        table: the table.
        columns: those to read.
        name: of the column with the values; `_id` for rows of these ids.
        values: the values.
    """
    portions = sentences(values) if base.finds_by_sql else filter(None, [values])
    for some in portions:
        for page in base.find(table, columns, {name: set(some)}):
            yield from page


def candidates(
    base: Base,
    table: Table,
    columns: Sequence[Column],
    key: Sequence[Column],
    keys: Collection[tuple[Any, ...]],
) -> Iterator[Row]:
    """All rows with one of these keys, and perhaps others: the whole table where SQL cannot tell.

    Args:
        base: the base.
        table: the table.
        columns: those to read.
        key: the columns of the key.
        keys: values of the key, as they are compared.
    """
    asked_by = next((at for at, one in enumerate(key) if type_of(one).found_by_sql), None)
    values = [] if asked_by is None else list(dict.fromkeys(one[asked_by] for one in keys))
    if asked_by is not None and may_be_asked_for(values):
        yield from rows_with(base, table, columns, key[asked_by].name, values)
    elif keys:
        for page in base.read(ReadRequest(table, columns)).pages:
            yield from page


def sentences(keys: Sequence[Hashable]) -> Iterator[list[Hashable]]:
    """The keys in portions that one call can ask for."""
    some: list[Hashable] = []
    characters = 0
    for key in keys:
        characters += len(str(key))
        if some and (len(some) == MOST_LOOKED_UP or characters > MOST_CHARACTERS):
            yield some
            some, characters = [], len(str(key))
        some.append(key)
    if some:
        yield some
