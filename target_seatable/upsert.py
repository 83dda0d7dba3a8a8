"""Upsert: a record changes the row that has its key, or becomes a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import SeaTableError
from target_seatable.delivery import Item, Removal
from target_seatable.keys import RowIndex
from target_seatable.loading import Load

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence
    from datetime import datetime

    from target_seatable.layout import Layout
    from target_seatable.outcome import Outcome
    from target_seatable.structure import Structure


class AmbiguousKey(SeaTableError):
    """Several rows of a table have the key of one record."""


class RowLocked(SeaTableError):
    """A row that the server would leave as it is, and say that it was changed."""


class Upsert(Load):
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
        structure: Structure,
        layout: Layout,
        outcome: Outcome,
        *,
        batch_size: int,
        is_new: bool,
        skip_unchanged: bool,
        hard_delete: bool,
        on_ambiguous_key: str,
    ) -> None:
        super().__init__(structure, layout, outcome, batch_size=batch_size)
        self._index = RowIndex(structure.base, layout, complete=is_new)
        self._skip_unchanged = skip_unchanged
        self._hard_delete = hard_delete
        self._on_ambiguous_key = on_ambiguous_key

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Change the rows that exist, append the others, remove those that were deleted."""
        latest = self._merged(items)
        partial = {
            key: item.row
            for key, item in latest.items()
            if isinstance(item, Item) and not self.layout.is_whole(item.row)
        }
        self._index.learn(latest, partial if self._skip_unchanged else None)
        new: list[Item] = []
        changed: dict[str, Item] = {}
        removed: dict[str, Removal] = {}
        unchanged = 0
        for key, item in latest.items():
            known = self._index.row_ids(key)
            self.cover(known)
            try:
                meant = self._meant(key, known)
                if isinstance(item, Item) and not meant:
                    new.append(item)
                elif isinstance(item, Item) and self._is_unchanged(key, item, known):
                    unchanged += 1
                elif meant:
                    self._check_unlocked(key)
                    for row_id in meant:
                        if isinstance(item, Item):
                            changed[row_id] = item
                        else:
                            removed[row_id] = item
            except SeaTableError as error:
                self.outcome.reject(item.record, error)
        self.outcome.unchanged += unchanged
        self._index.note_unchanged(unchanged, len(latest))
        self._remove(removed)
        self._add(new + self._change(changed))
        if self.layout.links:
            self._link(latest)

    def _link(self, latest: Mapping[Hashable, Item | Removal]) -> None:
        """Note the links of all rows, also of those whose other cells are unchanged."""
        linked = {key: item for key, item in latest.items() if isinstance(item, Item)}
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
        # A row that comes again after it was deleted has nothing of what it had.
        earlier = self.layout.empty_row if isinstance(before, Removal) else before.row
        return Item({**earlier, **item.row}, {**before.record, **item.record})

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

    def _check_unlocked(self, key: Hashable) -> None:
        if self._index.is_locked(key):
            raise RowLocked(
                f"The row of table {self.layout.table.name!r} with the key {key!r} is locked; "
                "SeaTable would leave it as it is. Unlock it to have it changed."
            )

    def _change(self, changes: Mapping[str, Item]) -> list[Item]:
        """Change rows; returns what belongs to rows that were deleted meanwhile."""
        changed, gone = self._delivery.update(
            {
                row_id: Item({**item.row, **self.layout.unmarked}, item.record)
                for row_id, item in changes.items()
            }
        )
        for row_id in changed:
            row = changes[row_id].row
            content = self.layout.content(row) if self.layout.is_whole(row) else None
            self._index.put(self.layout.key(row), row_id, content)
        return gone

    def _remove(self, removals: Mapping[str, Removal]) -> None:
        """Delete rows, or mark them as deleted."""
        if not removals:
            return
        if self._hard_delete:
            self._delivery.delete(list(removals))
            for item in removals.values():
                self._index.remove(self.layout.key(item.row))
            return
        self._mark(removals)
        for item in removals.values():
            self._index.forget_content(self.layout.key(item.row))

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
