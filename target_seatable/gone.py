"""Which rows of a nested table belong to records that have these elements no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.errors import ValueRefused
from target_seatable.cells import LOOKED_UP_BY
from target_seatable.keys import sentences

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from seatable_client.base import Base
    from target_seatable.layout import Field
    from target_seatable.loading import Load

    Key = tuple[Any, ...]


def gone(
    base: Base, load: Load, root: int, brought: Mapping[Key, set[Key] | None], *, marks: bool
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
        except ValueRefused:
            continue
    mark = load.layout.mark.column if marks and load.layout.mark else None
    for page in _family(base, load, root, list(wanted), [mark] if mark else []):
        for row in page:
            key = tuple(one.comparable(row.get(one.column.name)) for one in keys)
            own = key[root:]
            if key[:root] not in wanted or own in wanted[key[:root]] or None in own:
                continue
            if mark is None or not row.get(mark.name):
                yield row["_id"]


def _family(
    base: Base, load: Load, root: int, outer: list[Hashable], more: list[Any]
) -> Iterator[Sequence[dict[str, Any]]]:
    """The rows that may belong to these outermost records."""
    keys = load.layout.keys
    columns = [*(one.column for one in keys), *more]
    asked_by = next(
        (at for at, one in enumerate(keys[:root]) if one.column.type in LOOKED_UP_BY), None
    )
    parts = [] if asked_by is None else list({key[asked_by]: None for key in outer})  # type: ignore[index]
    if asked_by is None or any(isinstance(part, str) and "\\" in part for part in parts):
        yield from base.read(load.layout.table, columns).pages
        return
    for some in sentences(parts):
        yield from base.find(load.layout.table, columns, {keys[asked_by].column.name: set(some)})


def _compared(fields: Sequence[Field], values: Key) -> Key:
    """Values of a key as the columns hold them.

    Raises:
        ValueRefused: a column cannot hold one, or there is none.
    """
    compared = []
    for one, value in zip(fields, values, strict=True):
        if value is None or value == "":
            raise ValueRefused(f"{one.property!r} is empty")
        compared.append(one.comparable(one.write(value)))
    return tuple(compared)
