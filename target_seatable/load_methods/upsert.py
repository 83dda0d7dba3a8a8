"""Upsert: a record changes the row that has its key, or becomes a new row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from seatable_client.errors import InvalidValueError, SeaTableError
from singer_seatable.contract import TOMBSTONE_COLUMNS
from target_seatable.errors import AmbiguousKey, RowLocked
from target_seatable.keys import RowIndex
from target_seatable.load_methods.base import LoadMethod
from target_seatable.load_methods.row_changes import Item, Removal
from target_seatable.messages import SourceRecord
from target_seatable.rows import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence
    from datetime import datetime

    from target_seatable.rows import Body, Cells, Refused

    Row = dict[str, Any]

Change = TypeVar("Change", bound="Item | Removal")


class Upsert(LoadMethod):
    """A record changes the row that has its key, or becomes a new row.

    See `LoadMethod` for the arguments.
    """

    needs_key: ClassVar[bool] = True
    looks_up: ClassVar[bool] = True
    takes_nested: ClassVar[bool] = True

    def _prepare(self, *, is_new: bool) -> None:
        super()._prepare(is_new=is_new)
        self._contents: dict[Hashable, bytes] = {}
        self._index = RowIndex(
            self._base, self.layout, complete=is_new, rereads=not self._tables.dry_run
        )

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records, in the form of an append where they are whole."""
        return self.layout.whole_rows(values, count, refused)

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Change the rows that exist, append the others, remove those that were deleted."""
        items = items if self._options.hard_delete else self._mark_removals(items)
        for portion in self._rounds(items):
            self._store(self._merge(_in_one_form(portion)))

    def _rounds(self, items: Sequence[Item | Removal]) -> Sequence[Sequence[Item | Removal]]:
        """The changes in portions, each of which has one effect on the row of a key.

        A row that comes again after it was deleted is a new one, and policies tell new rows from
        others: then the deletion is stored first.
        """
        if not self.layout.policies.has_policies or not any(
            isinstance(item, Removal) for item in items
        ):
            return [items]
        rounds: dict[int, list[Item | Removal]] = {}
        last: dict[Hashable, tuple[int, bool]] = {}
        keys = self.layout.keys_of([item.row for item in items])
        for key, item in zip(keys, items, strict=True):
            number, was_deleted = last.get(key, (0, False))
            is_deleted = isinstance(item, Removal)
            number += was_deleted and not is_deleted
            last[key] = number, is_deleted
            rounds.setdefault(number, []).append(item)
        return list(rounds.values())

    def _store(self, latest: Mapping[Hashable, Item | Removal]) -> None:
        rows, partial = self._compared(latest)
        self._index.learn(latest, partial)
        self._note_seen(list(latest))
        matching = self._unchanged(rows, partial)
        others = [key for key in latest if key not in matching]
        new: list[Item] = []
        changed: dict[str, Item] = {}
        removed: dict[str, Hashable] = {}
        unchanged = len(matching)
        for key, known in zip(others, self._index.row_ids_of(others), strict=True):
            item = latest[key]
            try:
                targets = self._targets(key, known)
                if not targets:
                    if isinstance(item, Item) and item.is_new:
                        new.append(item)
                else:
                    self._check_unlocked(key, targets)
                    for row_id in targets:
                        if isinstance(item, Item):
                            changed[row_id] = item
                        else:
                            removed[row_id] = key
            except SeaTableError as error:
                self.stats.reject(item.record, error)
        self.stats.unchanged += unchanged
        self._index.note_unchanged(unchanged, len(latest))
        self._tables.row_limit.note_rows(self._index.rows)
        self._remove(removed)
        self._add(new + [item for item in self._change(changed) if item.is_new])
        if self.layout.links:
            self._link(latest)

    def _link(self, latest: Mapping[Hashable, Item | Removal]) -> None:
        """Note the links of all rows, also of those whose other cells are unchanged."""
        linked = {
            key: item for key, item in latest.items() if isinstance(item, Item) and item.is_new
        }
        self._index.learn(linked)  # some servers do not return the ids of appended rows
        for key, item in linked.items():
            for row_id in self._index.row_ids(key):
                self._note_links(item.record, row_id)

    def _merge(self, items: Sequence[Item | Removal]) -> dict[Hashable, Item | Removal]:
        """The changes by key, each the last of its key, with the cells of earlier records."""
        latest: dict[Hashable, Item | Removal] = {}
        keys = self.layout.keys_of([item.row for item in items])
        single = dict(zip(keys, items, strict=True))
        if len(single) == len(items):
            return single
        items = _plain(items)
        for key, item in zip(keys, items, strict=True):
            before = latest.get(key)
            if before is not None:
                self.stats.merged += 1
            latest[key] = item if before is None else self._combine(before, item)
        return latest

    def _lines(self, before: Item | Removal, item: Item | Removal) -> Sequence[bytes]:
        """The lines of two changes of one key, without an earlier one that the later replaces."""
        replaces = isinstance(item, Item) and item.is_new and self.layout.is_whole(item.row)
        if replaces and not self.layout.policies.has_policies:
            return item.record.lines
        return (*before.record.lines, *item.record.lines)

    def _combine(self, before: Item | Removal, item: Item | Removal) -> Item | Removal:
        """The change of a key that has the same effect as two, one after the other."""
        if isinstance(item, Removal):
            return item  # it replaces whatever came before
        lines = self._lines(before, item)
        if isinstance(before, Removal):
            # A row that comes again after it was deleted keeps none of its cells and links.
            unlinked = dict.fromkeys(link.property for link in self.layout.links)
            record = {**unlinked, **item.record}
            return Item({**self.layout.empty_row, **item.row}, SourceRecord(record, lines))
        if not item.is_new:  # a mark changes no other cell
            record = {**before.record, **_without_nulls(item.record)}
            return Item({**before.row, **item.row}, SourceRecord(record, lines), before.is_new)
        gone = TOMBSTONE_COLUMNS | {link.property for link in self.layout.links if link.clears}
        record = {prop: value for prop, value in before.record.items() if prop not in gone}
        later = self.layout.policies.later(before.row, item.row) if before.is_new else item.row
        row = {**before.row, **self.layout.unmarked, **later}
        return Item(row, SourceRecord({**record, **item.record}, lines))

    def _mark_removals(self, items: Sequence[Item | Removal]) -> Sequence[Item | Removal]:
        """The changes, with a mark in place of each removal."""
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
                self.stats.reject(item.record, error)
            else:
                rows.append(Item({**item.row, **mark}, item.record, is_new=False))
        return rows

    def known_row(self, column: str, key: Hashable) -> str | None:
        """The only row with a key, if this run has stored it or looked for all rows with it."""
        if [field.column.name for field in self.layout.keys] != [column]:
            return None
        row_ids = self._index.row_ids(key)
        return next(iter(row_ids)) if len(row_ids) == 1 else None

    def _row_ids(self, key: Hashable) -> Collection[str]:
        return self._index.row_ids(key)

    def _note_seen(self, keys: Sequence[Hashable]) -> None:
        """Note that the stream has brought rows with these keys, or said that they were deleted."""

    def _targets(self, key: Hashable, row_ids: Collection[str]) -> Collection[str]:
        """Those of the rows with this key that a record changes or deletes.

        Raises:
            AmbiguousKey: several rows have the key, and on_ambiguous_key is error.
        """
        if len(row_ids) <= 1 or self._options.on_ambiguous_key == "all":
            return row_ids
        if self._options.on_ambiguous_key == "first" and (first := self._index.row_id(key)):
            return [first]
        raise AmbiguousKey(
            f"Several rows of table {self.layout.table.name!r} have the key {key!r}. Set "
            "on_ambiguous_key to first or all, or make the key unique."
        )

    def _compared(
        self, changes: Mapping[Hashable, Item | Removal]
    ) -> tuple[Mapping[Hashable, Any], Mapping[Hashable, Any]]:
        """The rows to compare with those of the table, and those of them with some cells only."""
        if not self._options.skip_unchanged:
            return {}, {}
        rows = {key: item.row for key, item in changes.items() if item.__class__ is Item}
        if self.layout.are_whole(list(rows.values())):
            return rows, {}
        return rows, {key: row for key, row in rows.items() if not self.layout.is_whole(row)}

    def _unchanged(
        self, rows: Mapping[Hashable, Any], partial: Mapping[Hashable, Any]
    ) -> set[Hashable]:
        """The keys whose one row is as its record has it.

        Args:
            rows: by key, what records make of them, where unchanged rows are not written.
            partial: those of them with some of the cells only.
        """
        whole = [key for key in rows if key not in partial] if partial else list(rows)
        contents = self.layout.contents(self.layout.cells_of([rows[key] for key in whole]))
        self._contents = dict(zip(whole, contents, strict=True))
        agreeing = (key for key in partial if self._index.agrees(key))
        return {
            *self._index.holding(whole, contents),
            *(key for key in agreeing if len(self._index.row_ids(key)) == 1),
        }

    def _check_unlocked(self, key: Hashable, row_ids: Collection[str]) -> None:
        if any(map(self._index.is_locked, row_ids)):
            raise RowLocked(
                f"The row of table {self.layout.table.name!r} with the key {key!r} is locked, and "
                "SeaTable does not change locked rows. Unlock it to have it changed."
            )

    def _change(self, changes: Mapping[str, Item]) -> list[Item]:
        """Change rows; returns the items of keys whose rows were all deleted meanwhile."""
        whole = {
            row_id: Item(
                {**self.layout.unmarked, **self.layout.plain(item.row)}, item.source, item.is_new
            )
            for row_id, item in changes.items()
        }
        changed, sent = self._writer.update(
            {
                row_id: Item(self.layout.policies.update(item.row), item.source, item.is_new)
                for row_id, item in whole.items()
            }
        )
        gone = {self.layout.key(item.row) for item in sent}
        missing = {
            key: item for item in whole.values() if (key := self.layout.key(item.row)) in gone
        }
        self._index.forget(missing)  # it has the rows that are gone
        still_there = set()
        for row_id in changed:
            row = whole[row_id].row
            key = self.layout.key(row)
            if key in missing:
                still_there.add(key)
                continue
            content = self.layout.content(row) if self.layout.is_whole(row) else None
            self._index.put(key, row_id, content)
        return [item for key, item in missing.items() if key not in still_there]

    def _remove(self, removals: Mapping[str, Hashable]) -> None:
        """Delete rows, given with their keys."""
        if removals:
            self._writer.delete(list(removals))
            for key in dict.fromkeys(removals.values()):
                self._index.remove(key, removals.keys())

    def _set_layout(self, layout: Layout) -> None:
        super()._set_layout(layout)
        self._index.layout = layout

    def _add(self, items: Sequence[Item]) -> None:
        different: dict[str, Item] = {}
        stored = self._writer.append(_in_one_form(items), self._rows_already_stored)
        self._index.forget(self.layout.keys_of([item.row for item, row_id in stored if not row_id]))
        known = [(item, row_id) for item, row_id in stored if row_id]
        rows = [item.row for item, _ in known]
        keys = self.layout.keys_of(rows)
        contents = [content for key in keys if (content := self._contents.get(key))]
        if len(contents) < len(keys):
            contents = self.layout.contents(self.layout.cells_of(rows))
        for position in self._index.add_all(keys, [row_id for _, row_id in known], contents):
            item, row_id = known[position]
            if not self._index.holds(keys[position], contents[position]):
                # Found after an answer was lost, with other cells: another program added it.
                different[row_id] = item
        if different:
            self._change(different)

    def _rows_already_stored(
        self, items: Sequence[Item], since: datetime | None
    ) -> list[str | None]:
        """Which of these rows the table holds, by their keys."""
        del since
        keys = self.layout.keys_of([item.row for item in items])
        self._index.forget(keys)
        self._index.learn(keys)
        return [self._index.row_id(key) for key in keys]


def _in_one_form(items: Sequence[Change]) -> Sequence[Change]:
    """Changes whose rows are all in the same form, so that they can be taken together."""
    return items if len({type(item.row) for item in items}) <= 1 else _plain(items)


def _plain(items: Sequence[Any]) -> list[Any]:
    """Changes whose rows are dictionaries."""
    return [
        Item(Layout.plain(item.row), item.source, item.is_new) if isinstance(item, Item) else item
        for item in items
    ]


def _without_nulls(record: Mapping[str, Any]) -> dict[str, Any]:
    return {prop: value for prop, value in record.items() if value is not None}
