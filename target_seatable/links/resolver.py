"""The rows that the values of links name: found by id or by key, and created if need be."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from seatable_client.api import APPEND_LIMIT
from seatable_client.column_types import type_of
from seatable_client.errors import InvalidValueError
from target_seatable.keys import candidates, rows_with
from target_seatable.load_methods import Coverage, Item, LoadOptions, Upsert
from target_seatable.rows import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

    from seatable_client.api import Base
    from seatable_client.metadata import Table
    from target_seatable.load_methods import LoadMethod
    from target_seatable.results import StreamStats
    from target_seatable.rows import Field
    from target_seatable.tables import StreamTables

log = logging.getLogger(__name__)

_ROW_ID = re.compile(r"[\w-]+", re.ASCII)
"""Signs of row ids. Servers read a backslash or NUL in a constant in different ways."""

MAX_CACHED = 50_000
"""Values whose rows are cached."""


class LinkResolver:
    """Finds the rows of one table that values name.

    Args:
        tables: the tables of the base.
        other: the table.
        fields: its columns that hold the values; none if the values are ids of its rows.
        stats: where to count the rows that are created and to reject values that cannot be; None
            if missing rows are not created.
        load: how the table was loaded by this run, which knows rows by their keys; None if it was
            not.
        takes_tuples: whether the values are tuples, of a cell for each of the columns.

    Attributes:
        other: the table.
    """

    def __init__(
        self,
        tables: StreamTables,
        other: Table,
        fields: Sequence[Field],
        stats: StreamStats | None,
        load: LoadMethod | None,
        *,
        takes_tuples: bool,
    ) -> None:
        self._tables = tables
        self._base: Base = tables.base
        self.other = other
        self._load = load
        self._stats = stats
        self._cache: dict[Any, str | None] = {}
        self._is_tuple = takes_tuples
        self._fields = fields

    def resolve(self, values: Collection[Any]) -> dict[Any, str]:
        """The id of the row that each value names; values that name no single row are absent."""
        uncached = [value for value in values if value not in self._cache]
        found = self._find_by_key(uncached) if self._fields else self._find_by_id(uncached)
        resolved = {
            value: row_id
            for value in values
            if (row_id := found.get(value) or self._cache.get(value))
        }
        if len(self._cache) + len(uncached) > MAX_CACHED:
            self._cache.clear()
        self._cache.update((value, found.get(value)) for value in uncached[:MAX_CACHED])
        return resolved

    def is_empty(self, value: Any) -> bool:
        """Whether a value names no row, because its text means empty."""
        try:
            return bool(self._fields) and not self._is_tuple and self._cells(value) == (None,)
        except InvalidValueError:
            return False

    def refusal(self, value: Any) -> str:
        """Why no row can have a value; empty if one could."""
        try:
            if self._fields:
                self._cells(value)
        except InvalidValueError as error:
            return str(error)
        return ""

    def _cells(self, value: Any) -> tuple[Any, ...]:
        """The cells of a value.

        Raises:
            InvalidValueError: a column cannot hold it.
        """
        parts = value if self._is_tuple else (value,)
        return tuple(field.write(part) for field, part in zip(self._fields, parts, strict=True))

    def look_up_all(self) -> None:
        """Ask the base for every row from now on, also for those that this run knows."""
        self._load = None
        self._cache.clear()

    def _find_by_id(self, values: Sequence[Any]) -> dict[Any, str]:
        ids = [value for value in values if isinstance(value, str) and _ROW_ID.fullmatch(value)]
        rows = rows_with(self._base, self.other, [], "_id", ids)
        return {row["_id"]: row["_id"] for row in rows}

    def _find_by_key(self, values: Sequence[Any]) -> dict[Any, str]:
        cells: dict[Any, tuple[Any, ...]] = {}
        for value in values:
            try:
                written = self._cells(value)
            except InvalidValueError:  # then no row can have it
                continue
            if None not in written:  # an empty cell is no key
                cells[value] = written
        keys = {value: self._key(row) for value, row in cells.items()}
        keys = {value: key for value, key in keys.items() if None not in key}
        known = self._known_rows(keys)
        keys = {value: key for value, key in keys.items() if value not in known}
        return known | self._look_up(keys, cells)

    def _known_rows(self, keys: Mapping[Any, tuple[Hashable, ...]]) -> dict[Any, str]:
        """The rows of values that this run has stored or found by their keys."""
        if self._load is None or self._is_tuple:
            return {}
        (field,), find = self._fields, self._load.known_row
        found = ((value, find(field.column.name, key)) for value, (key,) in keys.items())
        return {value: row_id for value, row_id in found if row_id is not None}

    def _look_up(
        self,
        keys: Mapping[Any, tuple[Hashable, ...]],
        cells: Mapping[Any, tuple[Any, ...]],
    ) -> dict[Any, str]:
        """The rows of values, asked of the base; those that are missing are created if need be.

        Args:
            keys: the values, each with its key as it is compared.
            cells: the cells of their keys.
        """
        rows = self._rows_by_key(set(keys.values()))
        missing = {key: cells[value][0] for value, key in keys.items() if not rows[key]}
        if missing and self._stats and not self._is_tuple:
            (field,) = self._fields
            if type_of(field.column).can_be_key:
                self._create_rows(field, missing.values(), self._stats)
                rows |= self._rows_by_key(set(missing))
        return {value: next(iter(rows[key])) for value, key in keys.items() if len(rows[key]) == 1}

    def _key(self, cells: Sequence[Any]) -> tuple[Hashable, ...]:
        """The cells of a key in the form that is compared."""
        return tuple(
            field.comparable(cell) for field, cell in zip(self._fields, cells, strict=True)
        )

    def _rows_by_key(self, keys: set[tuple[Hashable, ...]]) -> dict[Hashable, set[str]]:
        """The ids of the rows that have each key."""
        rows: dict[Hashable, set[str]] = defaultdict(set)
        columns = [field.column for field in self._fields]
        for row in candidates(self._base, self.other, columns, columns, keys):
            key = self._key([row.get(field.column.name) for field in self._fields])
            if key in keys:
                rows[key].add(row["_id"])
        return rows

    def _create_rows(self, field: Field, cells: Iterable[Any], stats: StreamStats) -> None:
        """Add rows that hold nothing but their key, as a stream of them would."""
        before = stats.added
        load = Upsert(
            self._tables,
            Layout(self.other, (field,), (field,)),
            stats,
            LoadOptions(
                batch_size=APPEND_LIMIT,
                skip_unchanged=True,
                hard_delete=False,
                on_ambiguous_key="first",
                max_delete_fraction=0.0,
            ),
            Coverage(),
            is_new=False,
        )
        name = field.column.name
        load.store([Item({name: cell}, {name: cell}) for cell in cells])
        log.info(
            "Table %r: added %d rows that links name.",
            self.other.name,
            stats.added - before,
        )
