"""The rows that values of links mean: found by id or by key, and made where that is asked for."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from seatable_client.base import APPEND_LIMIT
from seatable_client.columns import writer
from seatable_client.errors import SettingError, ValueRefused
from seatable_client.writing import Writing
from target_seatable.cells import KEY_TYPES, LOOKED_UP_BY, comparable
from target_seatable.delivery import Item
from target_seatable.keys import MOST_LOOKED_UP
from target_seatable.layout import Field, Layout
from target_seatable.upsert import Upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

    from seatable_client.base import Base
    from seatable_client.metadata import Column, Table
    from target_seatable.outcome import Outcome
    from target_seatable.structure import Structure

log = logging.getLogger(__name__)

MOST_REMEMBERED = 50_000
"""Values of which it is remembered which rows they mean."""


class Partners:
    """The rows of one table that values mean.

    Args:
        structure: the base.
        other: the table.
        by: the column of it that holds the values; None if they are ids of its rows.
        outcome: where to count the rows that are made, and to put what cannot be; None where rows
            that are missing are not to be made.

    Raises:
        SettingError: the table has no such column, or it tells no rows apart.
    """

    def __init__(
        self, structure: Structure, other: Table, by: str | None, outcome: Outcome | None
    ) -> None:
        self._structure = structure
        self._base: Base = structure.base
        self._other = other
        self._outcome = outcome
        self._known: dict[Any, str | None] = {}
        self._field: Field | None = None
        if by is None:
            return
        column = other.by_name.get(by)
        write = writer(column, Writing()) if column else None
        if column is None or write is None:
            raise SettingError(
                f"Links are to be found by column {by!r}, which table {other.name!r} does not "
                "have, or which tells no rows apart."
            )
        self._field = Field(by, column, write)

    def of(self, values: Collection[Any]) -> dict[Any, str]:
        """The id of the one row that each value means, where there is one."""
        asked = [value for value in values if value not in self._known]
        found = self._by_key(self._field, asked) if self._field else self._by_id(asked)
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
        return {row["_id"]: row["_id"] for row in self._rows(None, values)}

    def _by_key(self, field: Field, values: Sequence[Any]) -> dict[Any, str]:
        cells: dict[Any, Any] = {}
        for value in values:
            try:
                cells[value] = field.write(value)
            except ValueRefused:  # noqa: PERF203  (then no row can have it)
                continue
        compare = comparable(field.column)
        keys = {value: compare(cell) for value, cell in cells.items()}
        rows = self._rows_of(field.column, set(keys.values()))
        missing = {key: cells[value] for value, key in keys.items() if not rows[key]}
        if missing and self._outcome and field.column.type in KEY_TYPES:
            self._make(field, missing.values())
            rows |= self._rows_of(field.column, set(missing))
        return {value: next(iter(rows[key])) for value, key in keys.items() if len(rows[key]) == 1}

    def _rows_of(self, column: Column, keys: set[Hashable]) -> dict[Hashable, set[str]]:
        """The ids of the rows that have each key."""
        compare = comparable(column)
        rows: dict[Hashable, set[str]] = defaultdict(set)
        for row in self._rows(column, keys):
            if (key := compare(row.get(column.name))) in keys:
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
            batch_size=APPEND_LIMIT,
            is_new=False,
            skip_unchanged=True,
            hard_delete=False,
            on_ambiguous_key="first",
        )
        name = field.column.name
        load.store([Item({name: cell}, {name: cell}) for cell in cells])
        log.info(
            "Table %r: added %d rows for links that name them.",
            self._other.name,
            outcome.added - before,
        )

    def _rows(self, column: Column | None, values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
        """Rows that may hold one of these values, or have one of these ids."""
        listed = list(values)
        odd = any(isinstance(value, str) and "\\" in value for value in listed)
        if listed and column is not None and (odd or column.type not in LOOKED_UP_BY):
            for page in self._base.read(self._other, [column]).pages:
                yield from page
            return
        name = column.name if column else "_id"
        for start in range(0, len(listed), MOST_LOOKED_UP):
            among = {name: set(listed[start : start + MOST_LOOKED_UP])}
            for page in self._base.find(self._other, [column] if column else [], among):
                yield from page
