"""Which rows of a nested table belong to records that have these elements no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError
from target_seatable.keys.lookup import candidates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatable_client.api.base import Base
    from target_seatable.load_methods.base import LoadMethod
    from target_seatable.rows.fields import Field

    Key = tuple[Any, ...]


def stale_nested_rows(
    base: Base, load: LoadMethod, root: int, brought: Mapping[Key, set[Key] | None], *, marks: bool
) -> Iterator[str]:
    """The ids of rows that belong to these outermost records and are none of their elements."""
    keys = load.layout.keys
    wanted: dict[Key, set[Key]] = {}
    for outer, elements in brought.items():
        try:
            key = _compared(keys[:root], outer)
            wanted.pop(key, None)  # of two forms of one key, the later counts
            if elements is None:
                continue
            wanted[key] = {_compared(keys[root:], one) for one in elements}
        except InvalidValueError:
            continue
    mark = load.layout.mark.column if marks and load.layout.mark else None
    columns = [one.column for one in keys]
    more = [mark] if mark else []
    for row in candidates(
        base, load.layout.table, [*columns, *more], columns[:root], wanted.keys()
    ):
        key = tuple(one.comparable(row.get(one.column.name)) for one in keys)
        own = key[root:]
        if key[:root] not in wanted or own in wanted[key[:root]] or None in own:
            continue
        if not (marks and load.layout.is_marked(row)):
            yield row["_id"]


def _compared(fields: Sequence[Field], values: Key) -> Key:
    """Values of a key as the columns hold them.

    Raises:
        InvalidValueError: a column cannot hold one, or there is none.
    """
    compared = []
    for one, value in zip(fields, values, strict=True):
        if value is None or value == "":
            raise InvalidValueError(f"{one.property!r} is empty")
        compared.append(one.comparable(one.write(value)))
    return tuple(compared)
