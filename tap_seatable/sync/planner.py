"""What to do with each table: nothing, read what changed, compare all rows, or read it anew.

`_mtime` tells of rows that were inserted or edited, and of nothing else: not of links, of formulas
and lookups that change with another row, of renamed options, of restored or deleted rows. What can
have happened is known from the base's operation counter and its log, without reading a row.
"""

from __future__ import annotations

import enum
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from seatable_client.api.history import read_deleted_rows, read_log
from seatable_client.api.operation_log import PAGE
from tap_seatable.state.bookmark import CLOCKS_DIFFER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from seatable_client.api.base import Base
    from seatable_client.api.operation_log import Operation
    from seatable_client.metadata import Column, Metadata, Table
    from tap_seatable.state.bookmark import TableBookmark

log = logging.getLogger(__name__)

SHOWN_BY_MTIME = frozenset(
    {"append_row", "append_rows", "insert_row", "insert_rows", "modify_row", "modify_rows"}
)
"""Operations whose every effect on their own table is a later `_mtime`, or another number of rows.

An insertion can be a deleted row restored, with its old `_mtime`; then the number of rows tells.
"""

_RESTORING = frozenset({"insert_row", "insert_rows"})

_PUT_BACK = "the base was put back to an earlier state"
_OTHER = "its columns, the selection or settings that bound or shape its rows changed"

_VIEWS = frozenset(
    {"insert_view", "modify_view", "rename_view", "move_view", "duplicate_view", "delete_view"}
)
"""Operations that only change how people look at a table. Archiving a view's rows is none."""

_LINKING = frozenset({"link", "link-formula"})

_UNLINKING = frozenset({"delete_table", "delete_column", "modify_column_type"})
"""Operations that can end a link: what a table reached through it is no longer to be seen."""


UNFINISHED = "unfinished"
"""Fingerprint of a memory from which a comparison began to emit, and has not finished yet."""


class Action(enum.Enum):
    """How to bring a stream up to date, after finishing a full read that stopped, if one did."""

    SKIP = "nothing has changed"
    CHANGED = "rows changed since the last run"
    COMPARE = "all rows compared with the last run"
    FULL = "all rows"


@dataclass(frozen=True)
class Task:
    """What to do with one table, and why, for the log."""

    action: Action
    because: str
    deleted: Mapping[str, datetime] = field(default_factory=dict)
    """Rows of the table that the log says were deleted, and when."""
    since: datetime | None = None
    """When the first of the changes was made, which a clock set back puts before the horizon."""
    restored: bool = False
    """Whether rows may have come back with an old `_mtime`, which only their number shows."""
    distrust: bool = False
    """Whether what is remembered of contents may be older than what was emitted."""


FULL_TABLE = Task(Action.FULL, "the catalog asks for it")
"""What the replication method FULL_TABLE means."""


@dataclass(frozen=True)
class Known:
    """A table with what the last run remembers of it and what its records would look like now."""

    table: Table
    memory: TableBookmark | None
    fingerprint: str
    doubt: str = ""
    narrow: bool = False
    """Whether an edit can take a row out of what is read, or bring one in."""
    stale: str = ""
    """Why its rows have to be compared although nothing happened in it; empty if they need not."""


def plan_tasks(
    base: Base,
    metadata: Metadata,
    known: Mapping[str, Known],
    *,
    now: datetime,
    full_compare_interval: timedelta,
) -> dict[str, Task]:
    """Decide what to do with each table, by stream name. At most a few calls, for the log.

    Servers without a counter have no log; there the list of deleted rows is asked for.

    Args:
        base: the base.
        metadata: its structure at the start of the run.
        known: the tables to decide about, by stream name.
        now: the server's clock.
        full_compare_interval: after which time a table is compared in any case.
    """
    tasks: dict[str, Task] = {}
    asked: dict[str, Known] = {}
    for stream, one in known.items():
        if one.memory is None:
            tasks[stream] = Task(Action.FULL, one.doubt or "it is the first run")
            continue
        task = _rolled_back(one.memory, one.fingerprint, metadata) or _without_log(
            one.memory,
            one.fingerprint,
            version=metadata.version,
            due="full_compare_interval has passed"
            if one.memory.is_due(now, full_compare_interval)
            else one.stale,
        )
        if task is not None:
            tasks[stream] = task
        if (task is None or task.action is Action.COMPARE) and _has_news(one.memory, metadata):
            asked[stream] = one
    if asked:
        _ask_log(base, metadata, asked, tasks)
    if metadata.version is None:
        _ask_deleted_rows(base, known, tasks)
    return tasks


def _rolled_back(memory: TableBookmark, fingerprint: str, metadata: Metadata) -> Task | None:
    """What to do with a table of a base that was put back to a snapshot; None if it was not.

    A row that was edited and is again what it was looks unchanged to the sketch, which knows of an
    edit only with the next comparison. So all rows are emitted.
    """
    if memory.version is None or metadata.version is None or memory.version <= metadata.version:
        return None
    if memory.cursor is not None and memory.fingerprint != fingerprint:
        return None  # all of it is read again in any case
    return Task(Action.COMPARE, _PUT_BACK, distrust=True)


def _rewritten(memory: TableBookmark, operations: Iterable[Operation]) -> bool:
    """Whether operations that the last run had seen are others now, made after it.

    So it is where a base was put back, and then used until its counter passed its old value.
    """
    return any(
        one.number <= (memory.version or 0) and one.happened_at > memory.seen_at + CLOCKS_DIFFER
        for one in operations
    )


def _without_log(  # noqa: PLR0911  (a rule a line)
    memory: TableBookmark, fingerprint: str, *, version: int | None, due: str
) -> Task | None:
    """What to do with a table as far as that is known without the log; None where it is not."""
    if memory.cursor is not None and memory.fingerprint != fingerprint:
        return Task(Action.FULL, f"{_OTHER} while it was being read")
    if memory.fingerprint == UNFINISHED:
        return Task(Action.COMPARE, "the last comparison did not finish")
    if memory.fingerprint != fingerprint:
        return Task(Action.COMPARE, _OTHER)
    if due:
        return Task(Action.COMPARE, due)
    if memory.version is None or version is None:
        return Task(Action.COMPARE, "no operation counter tells whether anything happened")
    if memory.version == version:
        return Task(Action.SKIP, "nothing has happened in the base")
    return None


def _has_news(memory: TableBookmark, metadata: Metadata) -> bool:
    return memory.version is not None and memory.version < (metadata.version or 0)


def _ask_log(
    base: Base, metadata: Metadata, asked: Mapping[str, Known], tasks: dict[str, Task]
) -> None:
    """Decide by the log what is not decided yet; let it name the rows that were deleted."""
    up_to = metadata.version or 0
    since, worth = _affordable(asked.values(), up_to)
    operations = read_log(base, after=since, up_to=up_to, max_calls=worth) if worth else None
    reach = _reach(metadata.tables)
    for stream, one in asked.items():
        known_until = (one.memory.version if one.memory else None) or 0
        if operations is None or known_until < since:
            told = Task(Action.COMPARE, "the operations log does not reach back")
        else:
            told = _judge(one, [each for each in operations if each.number > known_until], reach)
            if one.memory and _rewritten(one.memory, operations):
                told = replace(told, action=Action.COMPARE, because=_PUT_BACK, distrust=True)
        planned = tasks.setdefault(stream, told)
        because = planned.because
        if because == _OTHER and told.action is Action.COMPARE:
            because = f"{_OTHER}: {told.because}"
        tasks[stream] = replace(
            planned, because=because, deleted=told.deleted, distrust=told.distrust
        )


def _ask_deleted_rows(base: Base, known: Mapping[str, Known], tasks: dict[str, Task]) -> None:
    """Let servers without a log name, in their list of them, rows deleted since the last run.

    The rows themselves tell which are gone of those that the last run left in its state. The list
    tells when, and of rows that a killed run brought and left in no state.
    """
    since = {
        stream: one.memory.compared_at
        for stream, one in known.items()
        if one.memory and tasks[stream].action is Action.COMPARE
    }
    rows = read_deleted_rows(base, since=min(since.values())) if since else []
    for stream, compared_at in since.items():
        deleted = {
            row.row_id: row.deleted_at
            for row in rows
            if row.table_id == known[stream].table.id and row.deleted_at >= compared_at
        }
        tasks[stream] = replace(tasks[stream], deleted=deleted)


def _affordable(known: Iterable[Known], up_to: int) -> tuple[int, int]:
    """From which version on the log is worth reading, and how many calls; 0 calls for not at all.

    No more calls than it takes to ask the tables that it then decides about. A table left behind
    further than that, because it failed for long, is compared without holding up the others.
    """
    since = calls = worth = 0
    memories = [one.memory for one in known if one.memory]
    for memory in sorted(memories, key=lambda one: one.version or 0, reverse=True):
        worth += 3 + (memory.rows or 0) // 10_000
        if -(-(up_to - (memory.version or 0)) // PAGE) <= worth:
            since, calls = memory.version or 0, worth
    return since, calls


def _judge(
    one: Known, operations: Sequence[Operation], reach: Mapping[str, frozenset[str]]
) -> Task:
    """What to do with a table after these operations."""
    news = [operation for operation in operations if operation.type not in _VIEWS]
    own = [
        operation for operation in news if not operation.tables or one.table.id in operation.tables
    ]
    others = reach[one.table.id]
    deleted = {
        row_id: operation.happened_at
        for operation in own
        if operation.type in {"delete_row", "delete_rows"}
        for row_id in operation.row_ids
    }
    kinds = {operation.type for operation in own}
    if odd := kinds - SHOWN_BY_MTIME:
        return Task(Action.COMPARE, f"the log has {', '.join(sorted(odd))}", deleted)
    if others and any(not operation.tables or operation.tables & others for operation in news):
        return Task(Action.COMPARE, "it or a table that it links to changed", deleted)
    if others and any(operation.type in _UNLINKING for operation in news):
        return Task(Action.COMPARE, "a link that led further may be gone", deleted)
    if own and one.narrow:
        return Task(Action.COMPARE, "rows may have left or entered what is read of it", deleted)
    if own:
        return Task(
            Action.CHANGED,
            "the log has new or edited rows",
            since=min(operation.happened_at for operation in own),
            restored=not kinds.isdisjoint(_RESTORING),
        )
    return Task(Action.SKIP, "nothing has happened in the table")


def _reach(tables: Iterable[Table]) -> dict[str, frozenset[str]]:
    """The tables whose changes can show in a table's cells, by table id.

    Empty for tables without links; else the table itself and all that its links lead to, however
    far: a lookup may show a lookup of another table.
    """
    next_to = {
        table.id: frozenset().union(*map(_linked, table.columns)) if table.columns else frozenset()
        for table in tables
    }
    reach: dict[str, frozenset[str]] = {}
    for start, neighbours in next_to.items():
        found = set(neighbours)
        pending = list(neighbours)
        while pending:
            for table in next_to.get(pending.pop(), frozenset()) - found:
                found.add(table)
                pending.append(table)
        reach[start] = frozenset(found | {start}) if found else frozenset()
    return reach


def _linked(column: Column) -> frozenset[str]:
    if column.type not in _LINKING:
        return frozenset()
    ids = (column.data.get(key) for key in ("table_id", "other_table_id", "linked_table_id"))
    return frozenset(str(one) for one in ids if one)
