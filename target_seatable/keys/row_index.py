"""Finding the rows that records belong to, with as few calls as possible.

A few records are looked up by their keys, up to 5,000 in a call. All keys of the table are read at
once where that turns out cheaper: as soon as the lookups have cost as much as reading everything
would, or when most records prove to be stored already just as they are, which is what loading the
same table again looks like. Then nothing more is asked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seatable_client.api.read_request import ReadRequest
from seatable_client.api.select import MAX_PAGE
from seatable_client.column_types.registry import type_of
from seatable_client.metadata import Column
from target_seatable.keys.lookup import may_be_asked_for, sentences
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

    from seatable_client.api.base import Base
    from seatable_client.rows.results import TableRead
    from target_seatable.rows.layout import Layout

    Row = dict[str, Any]

LOCK = Column("_locked", "_locked", "checkbox")
"""Whether a row is locked, which the gateway tells: such a row takes no change, in silence."""


class RowIndex:
    """Which row of a table has which key, and what it holds, as far as this run knows.

    Args:
        base: the base.
        layout: of the stream that is loaded into the table.
        complete: whether the table is empty, so that nothing is to be asked.
        rereads: whether the table may be read again: not while a load is rehearsed, or the rows
            that it would have added by then would be new once more.
    """

    def __init__(self, base: Base, layout: Layout, *, complete: bool, rereads: bool) -> None:
        self._base = base
        self.layout = layout
        self._complete = complete
        self._rereads = rereads
        self._rows = PackedRows()
        self._ambiguous: dict[Hashable, set[str]] = {}
        self._unsure: set[Hashable] = set()
        self._locked: set[str] = set()
        self._partial: Mapping[Hashable, Row] = {}
        self._agreeing: set[Hashable] = set()
        self._calls = 0
        self._price: int | None = None
        self._is_reload = False

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

    def read_all(self, more: Sequence[Column], visit: Callable[[Row], None]) -> None:
        """Know every row from now on, and show each, with cells of more columns, on the way."""
        self._read_all(
            self._base.read(ReadRequest(self.layout.table, [*self._columns, *more])), visit
        )

    def holds(self, key: Hashable, content: bytes) -> bool:
        """Whether the row with this key is known to hold just this."""
        return self._rows.holds(key, content)

    def _drop(self, key: Hashable) -> None:
        self._rows.drop(key)
        self._ambiguous.pop(key, None)

    def add(self, key: Hashable, row_id: str, content: bytes) -> None:
        """Note a row, of a key that no known row has, and what it holds."""
        self._rows.add(key, row_id, content)

    def put(self, key: Hashable, row_id: str, content: bytes | None) -> None:
        """Note what a row holds from now on; None if it is not known in full."""
        self._rows.put(key, row_id, content)

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Rows with these keys may be there or not: look, when next asked."""
        for key in keys:
            self._drop(key)
            self._unsure.add(key)

    def remove(self, key: Hashable, row_ids: Collection[str]) -> None:
        """These rows, which had this key, were deleted; others that have it are still there."""
        left = [row_id for row_id in self.row_ids(key) if row_id not in row_ids]
        self._drop(key)
        if left:
            self._rows.put(key, left[0], None)
        if len(left) > 1:
            self._ambiguous[key] = set(left)

    def is_locked(self, row_id: str) -> bool:
        """Whether a row was locked when it was read."""
        return row_id in self._locked

    def note_unchanged(self, unchanged: int, of: int) -> None:
        """Note how many records of a batch were stored already, to guess what the rest will be."""
        self._is_reload = of > 0 and unchanged * 2 >= of

    def learn(
        self, keys: Collection[Hashable], partial: Mapping[Hashable, Row] | None = None
    ) -> None:
        """See to it that the rows with these keys are known.

        Args:
            keys: the keys.
            partial: by key, rows that name only some of the cells. What the table holds is compared
                with them on the way (see `agrees`): a digest of all cells says nothing of some.
        """
        self._partial = partial or {}
        self._agreeing.clear()
        unknown = [key for key in keys if self._is_unknown(key)]
        if not unknown:
            return
        read = None
        if self._calls and self._price is None and not self._complete and self._rereads:
            read = self._read()
            self._price = math.ceil((read.expected or 0) / MAX_PAGE)
        cheaper = self._price is not None and (self._is_reload or self._calls >= self._price)
        if (cheaper and not self._complete) or not self._can_be_asked_for(unknown):
            self._read_all(read or self._read())
            return
        for some in sentences(unknown):
            self._look_up(some)

    def agrees(self, key: Hashable) -> bool:
        """Whether the row with this key holds what the partial row given to `learn` names."""
        return key in self._agreeing

    def _is_unknown(self, key: Hashable) -> bool:
        if key in self._partial and key in self._rows and self._can_be_asked_for([key]):
            return True
        if self._complete:
            return key in self._unsure
        return key not in self._rows and key not in self._ambiguous

    def _read(self) -> TableRead:
        return self._base.read(ReadRequest(self.layout.table, self._columns))

    def _can_be_asked_for(self, keys: Iterable[Hashable]) -> bool:
        """Whether SQL finds rows by these keys without a doubt."""
        if not self._base.finds_by_sql or not self._asked_by():
            return False
        return may_be_asked_for(
            part for key in keys for part in (key if isinstance(key, tuple) else (key,))
        )

    def _asked_by(self) -> list[int]:
        """Positions of the key's parts that SQL can compare without a doubt."""
        keys = self.layout.keys
        return [at for at, one in enumerate(keys) if type_of(one.column).found_by_sql]

    def _look_up(self, keys: list[Hashable]) -> None:
        parts: list[tuple[Any, ...]] = [
            key if isinstance(key, tuple) and len(self.layout.keys) > 1 else (key,) for key in keys
        ]
        among = {
            self.layout.keys[at].column.name: {part[at] for part in parts}
            for at in self._asked_by()
        }
        wanted = set(keys)
        self._unsure -= wanted
        met: set[Hashable] = set()
        for page in self._base.find(self.layout.table, self._columns, among):
            self._calls += 1
            met |= self._take(page, wanted)
            if met == wanted and len(page) < MAX_PAGE:
                break
        else:
            self._calls += 1

    def _read_all(self, read: TableRead, visit: Callable[[Row], None] | None = None) -> None:
        self._rows.clear()
        self._ambiguous.clear()
        self._unsure.clear()
        self._locked.clear()
        count = 0
        for page in read.pages:
            count += len(page)
            self._take(page, None)
            if visit is not None:
                for row in page:
                    visit(row)
            if count == read.expected:
                break
        self._complete = True

    def _take(self, page: Sequence[Row], wanted: set[Hashable] | None) -> set[Hashable]:
        """Note the rows of a page, all or those with the wanted keys; returns these keys."""
        met = set()
        for row in page:
            key = self.layout.key(row)
            if wanted is not None and key not in wanted:
                continue
            if wanted is not None:
                met.add(key)
            known = self._rows.row_id(key)
            given = self._partial.get(key)
            if given is not None and self.layout.agrees(given, row):
                self._agreeing.add(key)
            if row.get(LOCK.name):
                self._locked.add(row["_id"])
            if known is None:
                self._rows.add(key, row["_id"], self.layout.content(row))
            elif known != row["_id"]:
                self._ambiguous.setdefault(key, {known}).add(row["_id"])
        return met
