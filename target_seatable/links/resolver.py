"""The rows that values of links mean: found by id or by key, and made where that is asked for."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from seatable_client.api.base import APPEND_LIMIT
from seatable_client.column_types.codec import writer
from seatable_client.column_types.date_writers import Writing
from seatable_client.column_types.registry import type_of
from seatable_client.errors import ConfigError, InvalidValueError
from target_seatable.keys.lookup import candidates, rows_with
from target_seatable.load_methods.base import LoadOptions
from target_seatable.load_methods.coverage import Coverage
from target_seatable.load_methods.row_changes import Item
from target_seatable.load_methods.upsert import Upsert
from target_seatable.rows.fields import Field
from target_seatable.rows.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Sequence

    from seatable_client.api.base import Base
    from seatable_client.metadata import Table
    from target_seatable.results.stats import StreamStats
    from target_seatable.tables.stream_tables import StreamTables

log = logging.getLogger(__name__)

MOST_REMEMBERED = 50_000
"""Values of which it is remembered which rows they mean."""


class LinkResolver:
    """The rows of one table that values mean.

    Args:
        structure: the base.
        other: the table.
        by: the column of it that holds the values, or the columns of its key, where values are
            tuples; None if they are ids of its rows.
        outcome: where to count the rows that are made, and to put what cannot be; None where rows
            that are missing are not to be made.

    Raises:
        ConfigError: the table has no such column, or it tells no rows apart.
    """

    def __init__(
        self,
        structure: StreamTables,
        other: Table,
        by: str | tuple[str, ...] | None,
        outcome: StreamStats | None,
    ) -> None:
        self._structure = structure
        self._base: Base = structure.base
        self._other = other
        self._outcome = outcome
        self._known: dict[Any, str | None] = {}
        self._is_tuple = isinstance(by, tuple)
        names = by if isinstance(by, tuple) else () if by is None else (by,)
        self._fields = [_field(other, name) for name in names]

    def of(self, values: Collection[Any]) -> dict[Any, str]:
        """The id of the one row that each value means, where there is one."""
        asked = [value for value in values if value not in self._known]
        found = self._by_key(asked) if self._fields else self._by_id(asked)
        answer = {
            value: row_id
            for value in values
            if (row_id := found.get(value) or self._known.get(value))
        }
        if len(self._known) + len(asked) > MOST_REMEMBERED:
            self._known.clear()
        self._known.update((value, found.get(value)) for value in asked[:MOST_REMEMBERED])
        return answer

    def _by_id(self, values: Sequence[Any]) -> dict[Any, str]:
        ids = [value for value in values if isinstance(value, str)]
        rows = rows_with(self._base, self._other, [], "_id", ids)
        return {row["_id"]: row["_id"] for row in rows}

    def _by_key(self, values: Sequence[Any]) -> dict[Any, str]:
        cells: dict[Any, tuple[Any, ...]] = {}
        for value in values:
            parts = value if self._is_tuple else (value,)
            try:
                cells[value] = tuple(
                    field.write(part) for field, part in zip(self._fields, parts, strict=True)
                )
            except InvalidValueError:  # then no row can have it
                continue
        keys = {value: self._key(row) for value, row in cells.items()}
        rows = self._rows_of(set(keys.values()))
        missing = {key: cells[value][0] for value, key in keys.items() if not rows[key]}
        if missing and self._outcome and not self._is_tuple:
            (field,) = self._fields
            if type_of(field.column).can_be_key:
                self._make(field, missing.values())
                rows |= self._rows_of(set(missing))
        return {value: next(iter(rows[key])) for value, key in keys.items() if len(rows[key]) == 1}

    def _key(self, cells: Sequence[Any]) -> tuple[Hashable, ...]:
        """Cells of the key in the form for comparing."""
        return tuple(
            field.comparable(cell) for field, cell in zip(self._fields, cells, strict=True)
        )

    def _rows_of(self, keys: set[tuple[Hashable, ...]]) -> dict[Hashable, set[str]]:
        """The ids of the rows that have each key."""
        rows: dict[Hashable, set[str]] = defaultdict(set)
        columns = [field.column for field in self._fields]
        for row in candidates(self._base, self._other, columns, columns, keys):
            key = self._key([row.get(field.column.name) for field in self._fields])
            if key in keys:
                rows[key].add(row["_id"])
        return rows

    def _make(self, field: Field, cells: Iterable[Any]) -> None:
        """Add rows that hold nothing but their key, as a stream of them would."""
        outcome = self._outcome
        if outcome is None:
            return
        before = outcome.added
        load = Upsert(
            self._structure,
            Layout(self._other, (field,), (field,)),
            outcome,
            LoadOptions(batch_size=APPEND_LIMIT, on_ambiguous_key="first"),
            Coverage(),
            is_new=False,
        )
        name = field.column.name
        load.store([Item({name: cell}, {name: cell}) for cell in cells])
        log.info(
            "Table %r: added %d rows for links that name them.",
            self._other.name,
            outcome.added - before,
        )


def _field(other: Table, name: str) -> Field:
    """The column of the other table by which its rows are found.

    Raises:
        ConfigError: the table has no such column, or it tells no rows apart.
    """
    column = other.by_name.get(name)
    write = writer(column, Writing()) if column else None
    if column is None or write is None:
        raise ConfigError(
            f"Links are to be found by column {name!r}, which table {other.name!r} does not "
            "have, or which tells no rows apart."
        )
    return Field(name, column, write)
