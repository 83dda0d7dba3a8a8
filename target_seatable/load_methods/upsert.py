"""Upsert: a record changes the row that has its key, or becomes a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import InvalidValueError, SeaTableError
from singer_seatable.contract import TOMBSTONE_COLUMNS
from target_seatable.errors import AmbiguousKey, RowLocked
from target_seatable.keys.row_index import RowIndex
from target_seatable.load_methods.base import LoadMethod
from target_seatable.load_methods.row_changes import Item, Removal

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from target_seatable.results.stats import StreamStats
    from target_seatable.rows.layout import Layout
    from target_seatable.tables.stream_tables import StreamTables


class Upsert(LoadMethod):
    """A record changes the row that has its key, or becomes a new one.

    Args:
        structure: the base.
        layout: which table, which columns, which key.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
        is_new: whether the table was just made, so that no row has to be looked for.
        skip_unchanged: whether rows that hold the record's values already are left alone.
        hard_delete: whether rows that the source has deleted are deleted, or only marked.
        on_ambiguous_key: which rows are meant where several have a key: `first`, `all`, or none,
            which is an `error`.
    """

    def __init__(
        self,
        structure: StreamTables,
        layout: Layout,
        outcome: StreamStats,
        *,
        batch_size: int,
        is_new: bool,
        skip_unchanged: bool,
        hard_delete: bool,
        on_ambiguous_key: str,
    ) -> None:
        super().__init__(structure, layout, outcome, batch_size=batch_size)
        self._index = RowIndex(
            structure.base, layout, complete=is_new, rereads=not structure.rehearses
        )
        self._skip_unchanged = skip_unchanged
        self._hard_delete = hard_delete
        self._on_ambiguous_key = on_ambiguous_key

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Change the rows that exist, append the others, remove those that were deleted."""
        latest = self._merged(items if self._hard_delete else self._with_marks(items))
        partial = {
            key: item.row
            for key, item in latest.items()
            if isinstance(item, Item) and not self.layout.is_whole(item.row)
        }
        self._index.learn(latest, partial if self._skip_unchanged else None)
        new: list[Item] = []
        changed: dict[str, Item] = {}
        removed: dict[str, Hashable] = {}
        unchanged = 0
        for key, item in latest.items():
            known = self._index.row_ids(key)
            self.cover(known)
            try:
                meant = self._meant(key, known)
                if not meant:
                    if isinstance(item, Item) and item.is_new:
                        new.append(item)
                elif isinstance(item, Item) and self._is_unchanged(key, item, known):
                    unchanged += 1
                else:
                    self._check_unlocked(key, meant)
                    for row_id in meant:
                        if isinstance(item, Item):
                            changed[row_id] = item
                        else:
                            removed[row_id] = key
            except SeaTableError as error:
                self.outcome.reject(item.record, error)
        self.outcome.unchanged += unchanged
        self._index.note_unchanged(unchanged, len(latest))
        self._remove(removed)
        self._add(new + [item for item in self._change(changed) if item.is_new])
        if self.layout.links:
            self._link(latest)

    def _link(self, latest: Mapping[Hashable, Item | Removal]) -> None:
        """Note the links of all rows, also of those whose other cells are unchanged."""
        linked = {
            key: item for key, item in latest.items() if isinstance(item, Item) and item.is_new
        }
        self._index.learn(linked)  # some servers do not tell the ids of appended rows
        for key, item in linked.items():
            for row_id in self._index.row_ids(key):
                self._note_links(item.record, row_id)

    def _merged(self, items: Sequence[Item | Removal]) -> dict[Hashable, Item | Removal]:
        """One thing to do per key: the last, with what earlier records said before it."""
        latest: dict[Hashable, Item | Removal] = {}
        for item in items:
            key = self.layout.key(item.row)
            before = latest.get(key)
            if before is not None:
                self.outcome.merged += 1
            latest[key] = item if before is None else self._after(before, item)
        return latest

    def _after(self, before: Item | Removal, item: Item | Removal) -> Item | Removal:
        """What to do for a key, given what was to be done before."""
        if isinstance(item, Removal):
            return item
        if isinstance(before, Removal):
            # A row that comes again after it was deleted has nothing of what it had.
            return Item({**self.layout.empty_row, **item.row}, item.record)
        if not item.is_new:  # a mark says nothing of the other cells
            record = {**before.record, **_without_nulls(item.record)}
            return Item({**before.row, **item.row}, record, before.is_new)
        record = {
            prop: value for prop, value in before.record.items() if prop not in TOMBSTONE_COLUMNS
        }
        row = {**before.row, **self.layout.unmarked, **item.row}
        return Item(row, {**record, **item.record})

    def _with_marks(self, items: Sequence[Item | Removal]) -> Sequence[Item | Removal]:
        """The rows to store, of which those that were deleted are marked."""
        if not any(isinstance(item, Removal) for item in items):
            return items
        self._prepare_marks()
        rows: list[Item | Removal] = []
        for item in items:
            if isinstance(item, Item):
                rows.append(item)
                continue
            try:
                mark = self.layout.marked(item.deleted_at)
            except InvalidValueError as error:
                self.outcome.reject(item.record, error)
            else:
                rows.append(Item({**item.row, **mark}, item.record, is_new=False))
        return rows

    def cover(self, row_ids: Collection[str]) -> None:
        """Note that the stream has brought these rows, or said that they were deleted."""

    def _meant(self, key: Hashable, row_ids: Collection[str]) -> Collection[str]:
        """Those of the rows with this key that a record is about.

        Raises:
            AmbiguousKey: there are several, and the settings do not say which are meant.
        """
        if len(row_ids) <= 1 or self._on_ambiguous_key == "all":
            return row_ids
        if self._on_ambiguous_key == "first" and (first := self._index.row_id(key)):
            return [first]
        raise AmbiguousKey(
            f"Several rows of table {self.layout.table.name!r} have the key {key!r}; which of them "
            "is meant cannot be told. Set on_ambiguous_key to first or all, or make the key unique."
        )

    def _is_unchanged(self, key: Hashable, item: Item, row_ids: Collection[str]) -> bool:
        if not self._skip_unchanged or len(row_ids) > 1:
            return False
        if not self.layout.is_whole(item.row):
            return self._index.agrees(key)
        return self._index.holds(key, self.layout.content(item.row))

    def _check_unlocked(self, key: Hashable, row_ids: Collection[str]) -> None:
        if any(map(self._index.is_locked, row_ids)):
            raise RowLocked(
                f"The row of table {self.layout.table.name!r} with the key {key!r} is locked; "
                "SeaTable would leave it as it is. Unlock it to have it changed."
            )

    def _change(self, changes: Mapping[str, Item]) -> list[Item]:
        """Change rows; returns what is for keys all of whose rows were deleted meanwhile."""
        changed, stale_nested_rows = self._delivery.update(
            {
                row_id: Item({**self.layout.unmarked, **item.row}, item.source)
                for row_id, item in changes.items()
            }
        )
        missing = {self.layout.key(item.row): item for item in stale_nested_rows}
        self._index.forget(missing)  # it knows the rows that are gone
        there = set()
        for row_id, item in changed.items():
            key, row = self.layout.key(item.row), item.row
            if key in missing:
                there.add(key)
                continue
            content = self.layout.content(row) if self.layout.is_whole(row) else None
            self._index.put(key, row_id, content)
        return [item for key, item in missing.items() if key not in there]

    def _remove(self, removals: Mapping[str, Hashable]) -> None:
        """Delete rows, given with their keys."""
        if removals:
            self._delivery.delete(list(removals))
            for key in dict.fromkeys(removals.values()):
                self._index.remove(key, removals.keys())

    def _take(self, layout: Layout) -> None:
        super()._take(layout)
        self._index.layout = layout

    def _add(self, items: Sequence[Item]) -> None:
        different: dict[str, Item] = {}
        for item, row_id in self._delivery.append(items, self._arrived):
            key = self.layout.key(item.row)
            if row_id is None:
                self._index.forget([key])
            elif self._index.row_id(key) is None:
                self._index.add(key, row_id, self.layout.content(item.row))
            elif not self._index.holds(key, self.layout.content(item.row)):
                # Found there when an answer was lost, but with other cells: not this append's.
                different[row_id] = item
        if different:
            self._change(different)

    def _arrived(self, items: Sequence[Item], since: datetime | None) -> list[str | None]:
        """Which of these rows the table holds, by their keys."""
        del since
        keys = [self.layout.key(item.row) for item in items]
        self._index.forget(keys)
        self._index.learn(keys)
        return [self._index.row_id(key) for key in keys]


def _without_nulls(record: Mapping[str, Any]) -> dict[str, Any]:
    return {prop: value for prop, value in record.items() if value is not None}
