"""Insert-only: a record becomes a new row if none has its key; rows that exist stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from target_seatable.load_methods.row_changes import Item, Removal
from target_seatable.load_methods.upsert import Upsert
from target_seatable.messages import SourceRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence


class InsertOnly(Upsert):
    """A record becomes a new row, or does nothing; see `LoadMethod`.

    A record that the source has deleted does nothing, either.
    """

    relinks: ClassVar[bool] = False
    takes_nested: ClassVar[bool] = False

    def _mark_removals(self, items: Sequence[Item | Removal]) -> Sequence[Item | Removal]:
        return items

    def _combine(self, before: Item | Removal, item: Item | Removal) -> Item | Removal:
        """The first record of a key: those after it find its row."""
        if isinstance(before, Removal):
            return item
        lines = (*before.record.lines, *item.record.lines)
        return Item(before.row, SourceRecord(before.record, lines))

    def _targets(self, key: Hashable, row_ids: Collection[str]) -> Collection[str]:
        del key
        return row_ids

    def _check_unlocked(self, key: Hashable, row_ids: Collection[str]) -> None:
        """A locked row stays as it is, as all do."""

    def _change(self, changes: Mapping[str, Item]) -> list[Item]:
        self.stats.unchanged += len(changes)
        return []

    def _remove(self, removals: Mapping[str, Hashable]) -> None:
        self.stats.skipped += len(removals)

    def remove_older(self, version: int) -> None:
        """Remove nothing: the rows that the stream brings again keep their older version."""
        del version
        self.skip_removal("load_method insert-only leaves rows that exist as they are")

    def _link(self, latest: Mapping[Hashable, Item | Removal]) -> None:
        """Link the rows that were added; the links of others are people's, too."""
        super()._link({key: item for key, item in latest.items() if key in self._added})

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Append the rows whose keys the table does not have."""
        self._added: set[Hashable] = set()
        super().store(items)

    def _add(self, items: Sequence[Item]) -> None:
        self._added.update(self.layout.key(item.row) for item in items)
        super()._add(items)
