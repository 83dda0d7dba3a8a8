"""Looking rows up by their cells, as far as SQL finds them, and in portions that a call takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.column_types import EXACT_INTEGERS, type_of

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence

    from seatable_client.api import Base
    from seatable_client.metadata import Column, Table

    Row = dict[str, Any]

MAX_KEYS = 5_000
"""Keys to look up in one call."""

MAX_CHARACTERS = 500_000
"""Characters of keys in one call at most: keys may be long texts."""


def can_look_up(values: Iterable[Any]) -> bool:
    """Whether SQL finds cells with these values for certain.

    Servers differ in the meaning of a backslash between quotes, and in the number that they read
    from a fraction, an exponent, or more digits than a double has.
    """
    return all(map(_is_certain, values))


def _is_certain(value: Any) -> bool:
    if isinstance(value, str):
        return "\\" not in value
    return value is None or (isinstance(value, int) and abs(value) <= EXACT_INTEGERS)


def rows_with(
    base: Base, table: Table, columns: Sequence[Column], name: str, values: Sequence[Any]
) -> Iterator[Row]:
    """All rows with any of these values in a column, and perhaps others.

    One call for a few thousand values; servers without SQL send the whole table, once.

    Args:
        base: the base.
        table: the table.
        columns: those to read.
        name: of the column with the values; `_id` for rows of these ids.
        values: the values.
    """
    portions = key_portions(values) if base.finds_by_sql else filter(None, [values])
    for portion in portions:
        for page in base.find(table, columns, {name: set(portion)}):
            yield from page


def candidates(
    base: Base,
    table: Table,
    columns: Sequence[Column],
    key: Sequence[Column],
    keys: Collection[tuple[Any, ...]],
) -> Iterator[Row]:
    """All rows with any of these keys, and perhaps others: all where SQL is not certain.

    Args:
        base: the base.
        table: the table.
        columns: those to read.
        key: the columns of the key.
        keys: values of the key, as they are compared.
    """
    part = next((index for index, column in enumerate(key) if type_of(column).found_by_sql), None)
    values = [] if part is None else list(dict.fromkeys(parts[part] for parts in keys))
    if part is not None and can_look_up(values):
        yield from rows_with(base, table, columns, key[part].name, values)
    elif keys:
        for page in base.read_all(table, columns):
            yield from page


def key_portions(keys: Sequence[Hashable]) -> Iterator[list[Hashable]]:
    """The keys in portions that one call can look up."""
    portion: list[Hashable] = []
    characters = 0
    for key in keys:
        characters += len(str(key))
        if portion and (len(portion) == MAX_KEYS or characters > MAX_CHARACTERS):
            yield portion
            portion, characters = [], len(str(key))
        portion.append(key)
    if portion:
        yield portion
