"""The task of a run for one table, and what the operations on it say of that.

Some operations show in `_mtime`, others in the number of rows, and some in neither. The log names
the rows of many of them, so that a read can be held against it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from seatable_client.column_types import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from seatable_client.api import Operation
    from seatable_client.metadata import Column, Table
    from tap_seatable.state import TableBookmark

SHOWN_BY_MTIME = frozenset(
    {"append_row", "append_rows", "insert_row", "insert_rows", "modify_row", "modify_rows"}
)
"""Operations whose every effect on their own table is a later `_mtime`, or another number of rows.

An insertion can be a deleted row restored, with its old `_mtime`; then the number of rows shows it.
"""

_RESTORING = frozenset({"insert_row", "insert_rows"})
_DELETING = frozenset({"delete_row", "delete_rows"})

_VIEWS = frozenset(
    {"insert_view", "modify_view", "rename_view", "move_view", "duplicate_view", "delete_view"}
)
"""Operations that only change how people look at a table. Archiving a view's rows is not one."""

_UNLINKING = frozenset({"delete_table", "delete_column", "modify_column_type"})
"""Operations that can end a link, and with it the way to the table that it reached."""

_ADDING = frozenset({"append_row", "append_rows"}) | _RESTORING
_EDITING = frozenset({"modify_row", "modify_rows"})

_KEEPING_ROWS = _VIEWS | {
    "add_link", "remove_link", "update_links", "update_rows_links",
    "insert_column", "rename_column", "delete_column", "modify_column_type",
    "modify_column_setting", "update_column_data", "rename_table",
}  # fmt: skip
"""Operations after which a table has the rows that it had before."""

UNFINISHED = "unfinished"
"""Fingerprint of a bookmark from which a comparison began to emit, and has not finished yet."""


class Action(enum.Enum):
    """How to bring a stream up to date, after finishing a full sync that stopped, if one did."""

    SKIP = "skipped"
    CHANGED = "incremental sync"
    COMPARE = "full comparison"
    FULL = "full sync"


@dataclass(frozen=True)
class NamedRows:
    """The rows that the log names of a table, in full: no others were added or edited.

    Attributes:
        added: ids of rows that were added, and not deleted again.
        edited: ids of rows that were edited, and not deleted.
    """

    added: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Task:
    """What to do with one table.

    Attributes:
        action: how to read it.
        reason: why, for the log.
        deleted: rows that the log says were deleted, and when.
        first_change: when the first change was made; a clock set back puts it before the horizon.
        may_have_restored: whether rows may have come back with an old `_mtime`.
        distrusts_contents: whether the sketch of contents may be older than what was emitted.
        last_operation_at: when the base's last operation before the run happened, as far as known.
        named: the rows that were added or edited; None where the log does not name them all, or
            where other rows counted in the last run.
    """

    action: Action
    reason: str
    deleted: Mapping[str, datetime] = field(default_factory=dict)
    first_change: datetime | None = None
    may_have_restored: bool = False
    distrusts_contents: bool = False
    last_operation_at: datetime | None = None
    named: NamedRows | None = None

    @property
    def is_skip(self) -> bool:
        """Whether no change is to be read; a read that did not finish goes on nevertheless."""
        return self.action is Action.SKIP

    def __str__(self) -> str:
        """What the log says of it."""
        if self.is_skip:
            return "skipped, no changes since the last run"
        return f"{self.action.value} ({self.reason})"


FULL_TABLE = Task(Action.FULL, "the catalog sets FULL_TABLE")
"""The task of the replication method FULL_TABLE."""


@dataclass(frozen=True)
class TableHistory:
    """A table with what the last run left of it, and what its records would look like now.

    Attributes:
        table: the table.
        bookmark: what the last run left; None for a full sync.
        fingerprint: of the stream as it is now.
        invalid_reason: why there is no bookmark after an earlier run; empty in a first run.
        can_drop_rows: whether an edit can take a row out of what is read, or bring one in.
        stale_reason: why the rows have to be compared although nothing happened; empty if not.
    """

    table: Table
    bookmark: TableBookmark | None
    fingerprint: str
    invalid_reason: str = ""
    can_drop_rows: bool = False
    stale_reason: str = ""


def judge(
    history: TableHistory, operations: Sequence[Operation], reach: Mapping[str, frozenset[str]]
) -> Task:
    """The task for a table after these operations."""
    table_id = history.table.id
    news = [operation for operation in operations if operation.type not in _VIEWS]
    own = [operation for operation in news if not operation.tables or table_id in operation.tables]
    deleted = {
        row_id: operation.happened_at
        for operation in own
        if operation.type in _DELETING
        for row_id in operation.row_ids
    }
    task = _choose(history, own, news, reach[table_id])
    return replace(task, deleted=deleted, named=_name_rows(own, deleted))


def _choose(
    history: TableHistory,
    own: Sequence[Operation],
    news: Sequence[Operation],
    linked: frozenset[str],
) -> Task:
    """How to read a table after its own operations, and all."""
    kinds = {operation.type for operation in own}
    if unseen := kinds - SHOWN_BY_MTIME:
        return Task(Action.COMPARE, _describe_kinds(unseen))
    if linked and any(not operation.tables or operation.tables & linked for operation in news):
        return Task(Action.COMPARE, "it or a table that it links to changed")
    if linked and any(operation.type in _UNLINKING for operation in news):
        return Task(Action.COMPARE, "a link to another table may be gone")
    if own and history.can_drop_rows:
        return Task(Action.COMPARE, "rows may have left or entered its filter")
    if own:
        return Task(
            Action.CHANGED,
            "rows were added or edited",
            first_change=min(operation.happened_at for operation in own),
            may_have_restored=not kinds.isdisjoint(_RESTORING),
        )
    return Task(Action.SKIP, "no operations in the table since the last run")


def _name_rows(own: Sequence[Operation], deleted: Mapping[str, datetime]) -> NamedRows | None:
    """The rows that operations on a table added and edited; None where they do not name them all.

    A row that was deleted and came back, or the other way round, may be there or not.
    """
    added: set[str] = set()
    edited: set[str] = set()
    for operation in own:
        if operation.type in _ADDING and operation.added:
            added.update(operation.added)
        elif operation.type in _EDITING and operation.row_ids:
            edited.update(operation.row_ids)
        elif not operation.tables or operation.type not in _DELETING | _KEEPING_ROWS:
            return None
    if not added.isdisjoint(deleted):
        return None
    return NamedRows(frozenset(added), frozenset(edited.difference(deleted)))


def _describe_kinds(kinds: frozenset[str] | set[str]) -> str:
    """Name operations that `_mtime` does not show."""
    deletions = ["rows were deleted"] if kinds & _DELETING else []
    others = sorted(kinds - _DELETING)
    return ", ".join([*deletions, *([f"the log has {', '.join(others)}"] if others else [])])


def reach_of(tables: Iterable[Table]) -> dict[str, frozenset[str]]:
    """The tables whose changes can show in a table's cells, by table id.

    Empty for tables without links; else the table itself and all that its links lead to, however
    far: a lookup may show a lookup of another table.
    """
    neighbours = {
        table.id: frozenset().union(*map(_linked_tables, table.columns))
        if table.columns
        else frozenset()
        for table in tables
    }
    reach: dict[str, frozenset[str]] = {}
    for start, linked in neighbours.items():
        found = set(linked)
        pending = list(linked)
        while pending:
            for table_id in neighbours.get(pending.pop(), frozenset()) - found:
                found.add(table_id)
                pending.append(table_id)
        reach[start] = frozenset(found | {start}) if found else frozenset()
    return reach


def _linked_tables(column: Column) -> frozenset[str]:
    if not type_of(column).is_connection:
        return frozenset()
    ids = (column.data.get(key) for key in ("table_id", "other_table_id", "linked_table_id"))
    return frozenset(str(table_id) for table_id in ids if table_id)
