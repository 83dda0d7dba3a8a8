"""Rows of a nested table whose elements are gone from their record."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError
from target_seatable.keys import candidates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from seatable_client.api import Base
    from target_seatable.load_methods.base import LoadMethod
    from target_seatable.rows import Field

    Key = tuple[Any, ...]


def stale_nested_rows(
    base: Base,
    load: LoadMethod,
    root: int,
    brought: Mapping[Key, set[Key] | None],
    *,
    only_keys: Collection[Key] | None,
    marks: bool,
) -> Iterator[str]:
    """The ids of rows that belong to these outermost records and are none of their elements.

    Args:
        base: the base.
        load: how the elements are loaded.
        root: how many parts of their key are the key of the outermost record.
        brought: by the key of an outermost record, the rest of the keys of its elements; None if
            they are unknown, so that all of its rows stay.
        only_keys: the keys of records that came repeatedly, if only these are of interest; those
            that came in two forms are found out here. None for all records.
        marks: whether rows are marked instead of deleted, so that marked rows are left out.
    """
    keys = load.layout.keys
    current: dict[Key, set[Key]] = {}
    forms: Counter[Key] = Counter()
    for record, elements in brought.items():
        try:
            key = _comparable(keys[:root], record)
            forms[key] += 1 if only_keys is None or record not in only_keys else 2
            current.pop(key, None)  # of two forms of one key, the later counts
            if elements is None:
                continue
            current[key] = {_comparable(keys[root:], element) for element in elements}
        except InvalidValueError:
            continue
    if only_keys is not None:
        current = {key: own for key, own in current.items() if forms[key] > 1}
    if not current:
        return
    mark = load.layout.mark.column if marks and load.layout.mark else None
    columns = [field.column for field in keys]
    more = [mark] if mark else []
    for row in candidates(
        base, load.layout.table, [*columns, *more], columns[:root], current.keys()
    ):
        key = tuple(field.comparable(row.get(field.column.name)) for field in keys)
        own = key[root:]
        if key[:root] not in current or own in current[key[:root]] or None in own:
            continue
        if not (marks and load.layout.is_marked(row)):
            yield row["_id"]


def _comparable(fields: Sequence[Field], values: Key) -> Key:
    """Values of a key as the columns hold them.

    Raises:
        InvalidValueError: a value is empty, or its column cannot hold it.
    """
    cells = []
    for field, value in zip(fields, values, strict=True):
        if value is None or value == "":
            raise InvalidValueError(f"{field.property!r} is empty")
        cell = field.write(value)
        if cell is None:
            raise InvalidValueError(f"{field.property!r} means empty")
        cells.append(field.comparable(cell))
    return tuple(cells)
