"""Overwrite: in the end the table equals the stream, and it is never empty in between.

Rows are added, changed and left alone as by upsert, so that they keep their ids and the links to
them. Rows that the stream lacks are removed last, after the safety checks.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from target_seatable.keys import RowsByContent
from target_seatable.load_methods.append import Append
from target_seatable.load_methods.row_changes import Item, Removal
from target_seatable.load_methods.upsert import Upsert
from target_seatable.rows import CONTENT_SIZE

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from target_seatable.load_methods.base import LoadMethod
    from target_seatable.rows import Body, Cells, Refused

    Row = dict[str, Any]


class Overwrite(Upsert):
    """Overwrite by key; see `LoadMethod` for the arguments, and `Coverage`."""

    looks_up: ClassVar[bool] = False  # all rows are read before the first record
    removes_missing: ClassVar[bool] = True
    without_removal: ClassVar[type[LoadMethod] | None] = Upsert

    def _prepare(self, *, is_new: bool) -> None:
        super()._prepare(is_new=is_new)
        table = self.layout.table
        self._index.read_all(self._coverage.columns(table), self._coverage.snapshot(table))

    def _note_seen(self, keys: Sequence[Hashable]) -> None:
        """Note that the stream has brought rows with these keys, or said that they were deleted."""
        self._coverage.mark_seen(list(chain.from_iterable(self._index.row_ids_of(keys))))


class OverwriteByContent(Append):
    """Overwrite without a key: a record is a row with the same content, or a new row."""

    removes_missing: ClassVar[bool] = True
    without_removal: ClassVar[type[LoadMethod] | None] = Append

    def _prepare(self, *, is_new: bool) -> None:
        super()._prepare(is_new=is_new)
        coverage, table = self._coverage, self.layout.table
        pages = self._base.read_all(table, [*self.layout.columns, *coverage.columns(table)])
        note = coverage.snapshot(table)
        self._not_seen = RowsByContent(CONTENT_SIZE)
        self._protected = RowsByContent(CONTENT_SIZE)
        for page in pages:
            note(page)
            for row in page:
                if row["_id"] in coverage.not_seen:
                    self._not_seen.put(self.layout.content(row), row["_id"])
                elif row["_id"] in coverage.protected:
                    self._protected.put(self.layout.content(row), row["_id"])

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records, to be compared with those of the table."""
        return self.layout.rows(values, count, refused)

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Append the rows that the table does not have. A tombstone is no row of the stream."""
        new = []
        for item in items:
            if isinstance(item, Removal):
                continue
            content = self.layout.content(item.row)
            if row_id := self._not_seen.pop(content) or self._protected.pop(content):
                self._coverage.not_seen.discard(row_id)
                self._coverage.protected.discard(row_id)
                self.stats.unchanged += 1
                self._note_links(item.record, row_id)
            else:
                new.append(item)
        super().store(new)
