"""Storing the records of a stream by its load method: append-only or upsert."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from seatable_client.columns import SYSTEM_COLUMNS
from seatable_client.errors import OutcomeUnknown, SeaTableError
from seatable_client.reading import parse_instant
from target_seatable.delivery import CLOCK_MARGIN, Delivery, Item
from target_seatable.keys import RowIndex

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence
    from datetime import datetime

    from target_seatable.layout import Layout
    from target_seatable.outcome import Outcome
    from target_seatable.structure import Structure

    Row = dict[str, Any]


class Load(ABC):
    """Brings the rows of one stream into its table.

    Args:
        structure: the base.
        layout: which table, which columns.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
    """

    def __init__(
        self, structure: Structure, layout: Layout, outcome: Outcome, *, batch_size: int
    ) -> None:
        self.layout = layout
        self.outcome = outcome
        self._base = structure.base
        self._delivery = Delivery(structure, layout, outcome, batch_size=batch_size)

    @abstractmethod
    def store(self, items: Sequence[Item]) -> None:
        """Store rows. Each of them is in the base afterwards, or its record is set aside."""


class AppendOnly(Load):
    """Every record becomes a row of its own.

    Args:
        structure: the base.
        layout: which table, which columns.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
        is_new: whether the table was just made, so that its rows need not be counted.
    """

    def __init__(
        self,
        structure: Structure,
        layout: Layout,
        outcome: Outcome,
        *,
        batch_size: int,
        is_new: bool,
    ) -> None:
        super().__init__(structure, layout, outcome, batch_size=batch_size)
        self._rows_before = 0 if is_new else self._base.read(layout.table, ()).expected

    def store(self, items: Sequence[Item]) -> None:
        """Append the rows."""
        self._delivery.append(items, self._arrived)

    def _arrived(self, items: Sequence[Item], since: datetime | None) -> list[str | None]:
        """Which of these rows the table holds: all of them or none, as an append is applied.

        They are recognised by what is in them, among the rows that were added since the request by
        the server's clock and not acknowledged. The number of rows in the table has to agree: rows
        just like them may be from before.

        Raises:
            OutcomeUnknown: what there is could be somebody else's.
        """
        if since is None or self._rows_before is None:
            raise self._cannot_tell("this server does not tell when rows were added")
        began = since - CLOCK_MARGIN
        columns = [*self.layout.columns, *SYSTEM_COLUMNS]
        read = self._base.read(self.layout.table, columns, since=began)
        found = self._newcomers(read.pages, began)
        sent = [self.layout.content(item.row) for item in items]
        ids = [rows.pop() if (rows := found.get(content)) else None for content in sent]
        grown = (read.expected or 0) - self._rows_before - self._delivery.stored
        if not any(ids) or (grown == 0 and not all(ids)):
            return [None] * len(items)
        if all(ids) and grown >= len(items) and not any(found.get(content) for content in sent):
            return ids
        raise self._cannot_tell("rows just like them were added by somebody else meanwhile")

    def _newcomers(self, pages: Iterator[list[Row]], began: datetime) -> dict[bytes, list[str]]:
        """Rows added since then and not acknowledged, by what is in them."""
        known = self._delivery.acknowledged_since(began)
        found: defaultdict[bytes, list[str]] = defaultdict(list)
        for page in pages:
            for row in page:
                if row["_id"] not in known and parse_instant(row["_ctime"]) >= began:
                    found[self.layout.content(row)].append(row["_id"])
        return found

    def _cannot_tell(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"The answer to an append to table {self.layout.table.name!r} was lost, and whether "
            f"its rows are stored cannot be found out, because {why}. The last state is true: "
            "look at the table's newest rows before running again, or load with a key."
        )


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
    ) -> None:
        super().__init__(structure, layout, outcome, batch_size=batch_size)
        self._index = RowIndex(structure.base, layout, complete=is_new)
        self._skip_unchanged = skip_unchanged

    def store(self, items: Sequence[Item]) -> None:
        """Change the rows that exist, append the others."""
        latest = self._merged(items)
        self._index.learn(latest)
        new: list[Item] = []
        changed: dict[str, Item] = {}
        unchanged = 0
        for key, item in latest.items():
            try:
                row_id = self._index.row_id(key)
                if row_id is None:
                    new.append(item)
                elif self._is_unchanged(key, item):
                    unchanged += 1
                else:
                    self._check_unlocked(key)
                    changed[row_id] = item
            except SeaTableError as error:  # noqa: PERF203
                self.outcome.reject(item.record, error)
        self.outcome.unchanged += unchanged
        self._index.note_unchanged(unchanged, len(latest))
        self._add(new + self._change(changed))

    def _merged(self, items: Sequence[Item]) -> dict[Hashable, Item]:
        """One row per key: what later records say wins, what they do not mention stays."""
        latest: dict[Hashable, Item] = {}
        for item in items:
            key = self.layout.key(item.row)
            before = latest.get(key)
            if before is None:
                latest[key] = item
            else:
                self.outcome.merged += 1
                row, record = {**before.row, **item.row}, {**before.record, **item.record}
                latest[key] = Item(row, record)
        return latest

    def _is_unchanged(self, key: Hashable, item: Item) -> bool:
        return (
            self._skip_unchanged
            and self.layout.is_whole(item.row)
            and self._index.holds(key, self.layout.content(item.row))
        )

    def _check_unlocked(self, key: Hashable) -> None:
        if self._index.is_locked(key):
            raise RowLocked(
                f"The row of table {self.layout.table.name!r} with the key {key!r} is locked; "
                "SeaTable would leave it as it is. Unlock it to have it changed."
            )

    def _change(self, changes: Mapping[str, Item]) -> list[Item]:
        """Change rows; returns what belongs to rows that were deleted meanwhile."""
        changed, gone = self._delivery.update(changes)
        for row_id, item in changed.items():
            self._note(item, row_id, is_whole=self.layout.is_whole(item.row))
        return gone

    def _add(self, items: Sequence[Item]) -> None:
        different: dict[str, Item] = {}
        for item, row_id in self._delivery.append(items, self._arrived):
            key = self.layout.key(item.row)
            if row_id is None:
                self._index.forget([key])
            elif self._index.row_id(key) is None:
                self._note(item, row_id, is_whole=True)
            elif not self._index.holds(key, self.layout.content(item.row)):
                # Found there when an answer was lost, but with other cells: not this append's.
                different[row_id] = item
        if different:
            self._change(different)

    def _note(self, item: Item, row_id: str, *, is_whole: bool) -> None:
        content = self.layout.content(item.row) if is_whole else None
        self._index.put(self.layout.key(item.row), row_id, content)

    def _arrived(self, items: Sequence[Item], since: datetime | None) -> list[str | None]:
        """Which of these rows the table holds, by their keys."""
        del since
        keys = [self.layout.key(item.row) for item in items]
        self._index.forget(keys)
        self._index.learn(keys)
        return [self._index.row_id(key) for key in keys]
