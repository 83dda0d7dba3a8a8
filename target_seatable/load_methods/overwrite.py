"""Overwrite: in the end the table equals the stream, and is never empty in between.

Rows are added, changed and left alone as by upsert, so that they keep their ids and the links to
them; what the stream did not bring is removed last, and only if nothing speaks against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.api.read_request import ReadRequest
from target_seatable.keys.packed import RowsByContent
from target_seatable.load_methods.append import Append
from target_seatable.load_methods.row_changes import Item, Removal
from target_seatable.load_methods.upsert import Upsert
from target_seatable.rows.layout import CONTENT_SIZE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from target_seatable.load_methods.coverage import Coverage
    from target_seatable.rows.columnar import Body, Cells, Refused

    Row = dict[str, Any]


class Overwrite(Upsert):
    """Overwrite by key; see `Upsert` for the arguments, and `Coverage`."""

    def __init__(self, *args: Any, coverage: Coverage, **options: Any) -> None:
        super().__init__(*args, **options)
        self._coverage = coverage
        table = self.layout.table
        self._index.read_all(coverage.columns(table), coverage.snapshot(table))

    def cover(self, row_ids: Collection[str]) -> None:
        """Note which of the rows that were there the stream has something to say about."""
        for row_id in row_ids:
            self._coverage.left.discard(row_id)

    def remove_missing(self, most_removed: float) -> None:
        """Remove the rows that the stream has not brought."""
        staying = self.keys_of_rejected(self._coverage.rejected)
        if staying is None:
            return
        for key in staying:
            self.cover(self._index.row_ids(key))
        self._delivery.delete(self._coverage.missing(self.layout.table.name, most_removed))


class OverwriteByContent(Append):
    """Overwrite without a key: a record is a row that holds the same, or a new one."""

    def __init__(self, *args: Any, coverage: Coverage, **options: Any) -> None:
        super().__init__(*args, **options)
        self._coverage = coverage
        table = self.layout.table
        read = self._base.read(ReadRequest(table, [*self.layout.columns, *coverage.columns(table)]))
        note = coverage.snapshot(table)
        self._same = RowsByContent(CONTENT_SIZE)
        self._staying = RowsByContent(CONTENT_SIZE)
        for page in read.pages:
            for row in page:
                note(row)
                if row["_id"] in coverage.left:
                    self._same.put(self.layout.content(row), row["_id"])
                elif row["_id"] in coverage.staying:
                    self._staying.put(self.layout.content(row), row["_id"])

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records, to be compared with those that are there."""
        return self.layout.rows(values, count, refused)

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Append the rows that are not there yet. What was deleted is not in the stream."""
        new = []
        for item in items:
            if isinstance(item, Removal):
                continue
            content = self.layout.content(item.row)
            if same := self._same.pop(content) or self._staying.pop(content):
                self._coverage.left.discard(same)
                self._coverage.staying.discard(same)
                self.outcome.unchanged += 1
                self._note_links(item.record, same)
            else:
                new.append(item)
        super().store(new)

    def remove_missing(self, most_removed: float) -> None:
        """Remove the rows that the stream has not brought."""
        if self.keys_of_rejected(self._coverage.rejected) is None:
            return
        self._delivery.delete(self._coverage.missing(self.layout.table.name, most_removed))
