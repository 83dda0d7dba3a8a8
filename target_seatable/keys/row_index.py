"""Finding the rows of records by their keys, with as few calls as possible.

A few records are looked up, up to 5,000 in a call. All keys of the table are read at once where
that is cheaper: where there are many records and the table proves to be small, as soon as the
lookups have cost as many calls as reading everything would, or when most records are stored already
and unchanged, as when the same table is loaded again. Then no call follows.
"""

from __future__ import annotations

import math
from itertools import compress
from typing import TYPE_CHECKING, Any

from seatable_client.api import APPEND_LIMIT, MAX_PAGE, ReadRequest
from seatable_client.column_types import Reading, type_of
from seatable_client.metadata import Column
from seatable_client.rows import CellReader, row_ids_of
from target_seatable.keys.lookup import MAX_KEYS, can_look_up, key_portions
from target_seatable.keys.packed import PackedRows

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Hashable,
        Iterable,
        Mapping,
        Sequence,
    )

    from seatable_client.api import Base
    from target_seatable.rows import Layout

    Row = dict[str, Any]

_MANY_KEYS = MAX_KEYS - APPEND_LIMIT
"""Keys of a batch that is full, so that more will follow; some may come twice."""

LOCK = Column("_locked", "_locked", "checkbox")
"""Whether a row is locked, where servers report it: they ignore changes of it, without an error."""


class RowIndex:
    """Which row of a table has which key, and its content, as far as this run knows.

    Args:
        base: the base.
        layout: of the stream that is loaded into the table.
        complete: whether the table is empty, so that no call is needed.
        rereads: whether the table may be read again: not in a dry run, or the rows that it would
            have added would be new once more.
    """

    def __init__(self, base: Base, layout: Layout, *, complete: bool, rereads: bool) -> None:
        self._base = base
        self.layout = layout
        self._complete = complete
        self._rereads = rereads
        self._rows = PackedRows()
        self._ambiguous: dict[Hashable, set[str]] = {}
        self._uncertain: set[Hashable] = set()
        self._locked: set[str] = set()
        self._partial: Mapping[Hashable, Row] = {}
        self._agreeing: set[Hashable] = set()
        self._calls = 0
        self.rows = 0
        self._price: int | None = None
        self._is_reload = False
        self._reader: tuple[Sequence[Column], CellReader] | None = None

    @property
    def _columns(self) -> list[Column]:
        """The columns to read: those of the layout, which may get one more on the way."""
        return [*self.layout.columns, *([LOCK] if self._base.reports_locks else [])]

    def row_id(self, key: Hashable) -> str | None:
        """The row with this key, the first if there are several; None if there is none."""
        return self._rows.row_id(key)

    def row_ids(self, key: Hashable) -> Collection[str]:
        """All rows known with this key."""
        if self._ambiguous and key in self._ambiguous:
            return self._ambiguous[key]
        row_id = self._rows.row_id(key)
        return (row_id,) if row_id else ()

    def row_ids_of(self, keys: Sequence[Hashable]) -> list[Collection[str]]:
        """The `row_ids` of each key."""
        if self._ambiguous:
            return list(map(self.row_ids, keys))
        return [(row_id,) if row_id else () for row_id in self._rows.row_ids(keys)]

    def read_all(self, more: Sequence[Column], visit: Callable[[Sequence[Row]], None]) -> None:
        """Read every row, and call `visit` with each page, which has cells of more columns, too."""
        self._read_all(more, visit)

    def holds(self, key: Hashable, content: bytes) -> bool:
        """Whether the row with this key is known to have this content."""
        return self._rows.holds(key, content)

    def holding(self, keys: Sequence[Hashable], contents: Sequence[bytes]) -> list[Hashable]:
        """Those of the keys whose only row is known to have this content, one for each key."""
        found = self._rows.holding(keys, contents)
        return [key for key in found if key not in self._ambiguous] if self._ambiguous else found

    def _drop(self, key: Hashable) -> None:
        self._rows.drop(key)
        self._ambiguous.pop(key, None)

    def add_all(
        self, keys: Sequence[Hashable], row_ids: Sequence[str], contents: Sequence[bytes]
    ) -> list[int]:
        """Note rows and their contents, unless a row with their key is known.

        Returns:
            The positions of those whose key has a row already.
        """
        return [position for position, _ in self._rows.add_all(keys, row_ids, contents)]

    def put(self, key: Hashable, row_id: str, content: bytes | None) -> None:
        """Note the content of a row from now on; None if it is not known in full."""
        self._rows.put(key, row_id, content)

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Rows with these keys may exist or not: look them up when needed."""
        for key in keys:
            self._drop(key)
            self._uncertain.add(key)

    def remove(self, key: Hashable, row_ids: Collection[str]) -> None:
        """Note that these rows, which had this key, were deleted; others with it remain."""
        left = [row_id for row_id in self.row_ids(key) if row_id not in row_ids]
        self._drop(key)
        if left:
            self._rows.put(key, left[0], None)
        if len(left) > 1:
            self._ambiguous[key] = set(left)

    def is_locked(self, row_id: str) -> bool:
        """Whether a row was locked when it was read."""
        return row_id in self._locked

    def note_unchanged(self, unchanged: int, total: int) -> None:
        """Note how many records of a batch were unchanged, to guess how many of the rest are."""
        self._is_reload = total > 0 and unchanged * 2 >= total

    def learn(
        self, keys: Collection[Hashable], partial: Mapping[Hashable, Row] | None = None
    ) -> None:
        """Look up the rows with these keys that are not known.

        Args:
            keys: the keys.
            partial: by key, rows with only some of the cells. The rows of the table are compared
                with them on the way (see `agrees`): a digest of all cells cannot be compared.
        """
        self._partial = partial or {}
        self._agreeing.clear()
        if self._complete and not partial:
            unknown = [key for key in keys if key in self._uncertain] if self._uncertain else []
        else:
            unknown = self._unknown(keys)
        if not unknown:
            return
        if self._calls and self._price is None and not self._complete and self._rereads:
            read = self._base.read(ReadRequest(self.layout.table))
            self.rows = max(self.rows, read.expected or 0)
            self._price = math.ceil((read.expected or 0) / MAX_PAGE)
        cheaper = self._price is not None and (self._is_reload or self._calls >= self._price)
        if (cheaper and not self._complete) or not self._can_look_up(unknown):
            self._read_all()
            return
        if len(unknown) >= _MANY_KEYS and self._may_read_first and self._read_if_small():
            return
        for portion in key_portions(unknown):
            self._look_up(portion)

    @property
    def _may_read_first(self) -> bool:
        """Whether nothing was asked of the table so far, and it may be read."""
        return not (self._calls or self._complete) and self._rereads

    def _read_if_small(self) -> bool:
        """Read the whole table if that costs as many calls as a lookup, or a few more.

        Its first page and the number of its rows show whether it does. Where all rows are on the
        page, nothing is left to be looked up.
        """
        pages = self._base.read_all(self.layout.table, self._columns)
        first = next(pages, ())
        rows = self._base.read(ReadRequest(self.layout.table)).expected if first else 0
        self._calls += 2
        self.rows = max(self.rows, rows or len(first))
        if rows is None or self._is_long(rows, len(first)):
            return False
        self._uncertain.clear()
        self._note_page(first, None)
        if rows > len(first):
            for page in pages:
                self._note_page(page, None)
        self._complete = True
        return True

    def _is_long(self, rows: int, page: int) -> bool:
        """Whether a table of so many rows takes more pages like its first than calls were made."""
        self._price = math.ceil(rows / max(page, 1))
        return rows > page and self._price > self._calls

    def agrees(self, key: Hashable) -> bool:
        """Whether the row with this key has the cells of the partial row given to `learn`."""
        return key in self._agreeing

    def _unknown(self, keys: Collection[Hashable]) -> list[Hashable]:
        if self._complete or self._partial:
            return [key for key in keys if self._is_unknown(key)]
        return [key for key in self._rows.unknown(list(keys)) if key not in self._ambiguous]

    def _is_unknown(self, key: Hashable) -> bool:
        if key in self._partial and key in self._rows and self._can_look_up([key]):
            return True
        if self._complete:
            return key in self._uncertain
        return key not in self._rows and key not in self._ambiguous

    def _can_look_up(self, keys: Iterable[Hashable]) -> bool:
        """Whether SQL finds rows by these keys for certain."""
        if not self._base.finds_by_sql or not self._lookup_parts():
            return False
        return can_look_up(
            part for key in keys for part in (key if isinstance(key, tuple) else (key,))
        )

    def _lookup_parts(self) -> list[int]:
        """Positions of the parts of the key that SQL compares for certain."""
        return [
            index
            for index, field in enumerate(self.layout.keys)
            if type_of(field.column).found_by_sql
        ]

    def _look_up(self, keys: list[Hashable]) -> None:
        parts: list[tuple[Any, ...]] = [
            key if isinstance(key, tuple) and len(self.layout.keys) > 1 else (key,) for key in keys
        ]
        wanted_cells = {
            self.layout.keys[index].column.name: {part[index] for part in parts}
            for index in self._lookup_parts()
        }
        wanted = set(keys)
        self._uncertain -= wanted
        calls_before = self._base.transport.own_calls
        # To the end, for several rows may have a key, and what a server sends at once is not known.
        for page in self._base.find(self.layout.table, self._columns, wanted_cells):
            self._note_page(page, wanted)
        self._calls += self._base.transport.own_calls - calls_before

    def _read_all(
        self, more: Sequence[Column] = (), visit: Callable[[Sequence[Row]], None] | None = None
    ) -> None:
        self._rows.clear()
        self._ambiguous.clear()
        self._uncertain.clear()
        self._locked.clear()
        count = 0
        for page in self._base.read_all(self.layout.table, [*self._columns, *more]):
            count += len(page)
            self._note_page(page, None)
            if visit is not None:
                visit(page)
            del page  # or two of them were in memory while the next one is read
        self.rows = max(self.rows, count)
        self._complete = True

    def _note_page(self, page: Sequence[Row], wanted: set[Hashable] | None) -> None:
        """Note the rows of a page, all or those with the wanted keys."""
        ids, cells = row_ids_of(page), self._cells(page)
        keys = self.layout.key_list(cells)
        if self._partial:
            for key, row in zip(keys, page, strict=True):
                given = self._partial.get(key)
                if given is not None and self.layout.agrees(given, row):
                    self._agreeing.add(key)
        contents, locks = self.layout.contents(cells), cells.get(LOCK.name, ())
        if wanted is not None:
            is_wanted = list(map(wanted.__contains__, keys))
            keys, ids, contents, locks = (
                list(compress(column, is_wanted)) for column in (keys, ids, contents, locks)
            )
        self._locked.update(compress(ids, locks))
        for position, known in self._rows.add_all(keys, ids, contents):
            row_id = ids[position]
            if known != row_id:
                self._ambiguous.setdefault(keys[position], {known}).add(row_id)

    def _cells(self, page: Sequence[Row]) -> Mapping[str, Sequence[Any]]:
        """The cells of a page as they were sent, by column."""
        columns = self._columns
        if self._reader is None or self._reader[0] != columns:
            self._reader = columns, CellReader(columns, Reading())
        return self._reader[1].cells(page)
