"""Appending, updating, deleting, locking and archiving rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns.types import Stored, type_of
from seatable_sandbox.engine import trash
from seatable_sandbox.engine.autonumber import next_number
from seatable_sandbox.engine.deletions import log_deletions
from seatable_sandbox.engine.documents import document, raw_rows
from seatable_sandbox.model import ids
from seatable_sandbox.model.errors import ApiError, CapacityError, OperationError
from seatable_sandbox.model.store import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.model.model import Base, Table

#: Deleted rows are written into the operations log up to this many per operation.
RECORDED_ROWS = 2000


def append(  # noqa: PLR0913 - the ways of appending differ by keywords
    engine: Engine,
    base: Base,
    table: Table,
    rows: Sequence[Any],
    actor: Actor,
    *,
    apply_default: bool = False,
    archived: bool = False,
    above: str | None = None,
    below: str | None = None,
    alone: bool = False,
) -> list[str]:
    """Append rows keyed by column names; returns the new ids.

    Unknown columns are dropped, and rows in which no column is known are not stored.
    """
    store, now = engine.store, engine.clock.milliseconds()
    if archived:
        require_big_data(base)
    stored = [cells for cells in coerced(engine, base, table, rows) if cells is not None]
    there = sum(store.count(one, archived=0) for one in base.tables) if stored else 0
    if not archived and there + len(stored) > engine.profile.max_rows_per_base:
        raise CapacityError("exceed_rows_limit", "Exceed the rows limit")
    if not stored:
        return []
    if apply_default:
        _fill_defaults(engine, table, stored)
    numbered = [column for column in table.columns if column.type == "auto-number"]
    for column in numbered:
        for cells in stored:
            if cells.get(column.physical) is None:
                cells[column.physical] = next_number(column, engine.zone_clock.today(now))
    if numbered:
        store.save(base)
    names = list(dict.fromkeys(name for cells in stored for name in cells))
    positions = _positions(engine, table, len(stored), above, below)
    new_ids = [ids.row_id() for _ in stored]
    columns = "".join(", " + quoted(name) for name in names)
    marks = ", ?" * len(names)
    store.executemany(
        f"INSERT INTO {quoted(table.physical)} (_id, _ctime, _mtime, _creator, _last_modifier,"
        f" _archived, _seq{columns}) VALUES (?, ?, ?, ?, ?, ?, ?{marks})",
        [
            (
                new_id,
                now,
                now,
                actor.user,
                actor.user,
                int(archived),
                position,
                *map(cells.get, names),
            )
            for new_id, cells, position in zip(new_ids, stored, positions, strict=False)
        ],
    )
    if not archived:
        # Appends straight into big data do not pass the operation counter.
        documents = [
            {"_id": new_id, **_by_key(cells)}
            for new_id, cells in zip(new_ids, stored, strict=False)
        ]
        told: dict[str, Any] = {
            "op_type": "append_rows",
            "table_id": table.id,
            "row_datas": documents,
        }
        if alone:
            # The id is that of the row beside which the new one stands.
            told = {
                "op_type": "insert_row",
                "table_id": table.id,
                "row_id": above or below or "",
                "row_data": documents[0],
            }
        engine.record(base, actor, told)
    return new_ids


def require_big_data(base: Base) -> None:
    """Refuse what only a base with big data storage can do."""
    if not base.big_data:
        message = f"base {base.uuid} not found: insert on non-existent base"
        raise ApiError(400, {"error_message": message})


def coerced(
    engine: Engine, base: Base, table: Table, rows: Sequence[Any]
) -> list[dict[str, Stored] | None]:
    """Rows by column name as stored cells by physical column; None where no column is known."""
    writing = engine.writing()
    plan = {c.name: (c, c.physical, type_of(c).coerce) for c in reversed(table.columns)}
    result: list[dict[str, Stored] | None] = []
    for row in rows:
        if not isinstance(row, dict):
            raise ApiError(400, {"error_msg": "row invalid"})
        cells: dict[str, Stored] | None = None
        for name, value in row.items():
            target = plan.get(name)
            if target is None:
                continue
            cells = {} if cells is None else cells
            column, physical, coerce = target
            if coerce is not None:
                cells[physical] = coerce(value, column, writing)
        result.append(cells)
    if writing.options_created:
        engine.store.save(base)
    return result


def _fill_defaults(engine: Engine, table: Table, stored: list[dict[str, Stored]]) -> None:
    writing = engine.writing()
    for column in table.columns:
        coerce = type_of(column).coerce
        if coerce is None or not column.setting("enable_fill_default_value"):
            continue
        default = coerce(column.setting("default_value"), column, writing)
        for cells in stored:
            if cells.get(column.physical) is None:
                cells[column.physical] = default


def _positions(
    engine: Engine, table: Table, count: int, above: str | None, below: str | None
) -> list[float]:
    """Where the new rows stand in the table's manual order."""
    store, name = engine.store, quoted(table.physical)
    anchor = above or below
    at = store.scalar(f"SELECT _seq FROM {name} WHERE _id = ?", (anchor,)) if anchor else None
    if at is None:
        last = store.scalar(f"SELECT MAX(_seq) FROM {name} WHERE _archived = 0") or 0.0
        archived = store.scalar(f"SELECT MAX(_seq) FROM {name} WHERE _archived = 1") or 0.0
        start = max(last, archived)
        return [start + 1 + index for index in range(count)]
    compare, extreme = ("<", "MAX") if above else (">", "MIN")
    neighbour = store.scalar(f"SELECT {extreme}(_seq) FROM {name} WHERE _seq {compare} ?", (at,))
    neighbour = at + (-1 if above else 1) if neighbour is None else neighbour
    return [at + (neighbour - at) * (index + 1) / (count + 1) for index in range(count)]


def pairs(updates: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The `updates` of a request as row ids and rows."""
    if not all(isinstance(item, dict) for item in updates):
        raise ApiError(400, {"error_msg": "updates invalid"})
    return [(item.get("row_id"), item.get("row")) for item in updates]


def update(
    engine: Engine,
    base: Base,
    table: Table,
    updates: Sequence[tuple[Any, Any]],
    actor: Actor,
    *,
    alone: bool = False,
) -> None:
    """Update rows, all or none. Locked rows are passed over in silence; `_mtime` always moves.

    What is done to a row `alone`, as in the browser, is an operation of another name.
    """
    store, now = engine.store, engine.clock.milliseconds()
    wanted = [row_id for row_id, _ in updates]
    present = set(store.existing_ids(table, wanted))
    if any(row_id not in present for row_id in wanted):
        raise OperationError("modified_rows_do_not_exist", "The modified rows do not exist.")
    open_rows = set(store.existing_ids(table, wanted, " AND _locked IS NULL"))
    cells_of_rows = coerced(engine, base, table, [row for _, row in updates])
    changed: dict[str, dict[str, Any]] = {}
    for row_id, known_cells in zip(wanted, cells_of_rows, strict=False):
        if row_id not in open_rows:
            continue
        cells = known_cells or {}
        names = list(cells)
        assignments = "".join(f", {quoted(name)} = ?" for name in names)
        store.execute(
            f"UPDATE {quoted(table.physical)} SET _mtime = ?, _last_modifier = ?{assignments}"
            " WHERE _id = ?",
            (now, actor.user, *(cells[name] for name in names), row_id),
        )
        changed[row_id] = _by_key(cells)
    # What is in big data storage has a log of its own, and counts for no version.
    kept = set(store.existing_ids(table, list(changed), " AND _archived = 0"))
    if changed and not kept:
        return
    changed = {row_id: new for row_id, new in changed.items() if row_id in kept}
    if alone:
        for row_id, new in changed.items():
            told = {"op_type": "modify_row", "table_id": table.id, "row_id": row_id, "updated": new}
            engine.record(base, actor, told)
        return
    engine.record(
        base,
        actor,
        {
            "op_type": "modify_rows",
            "table_id": table.id,
            "row_ids": list(changed),
            "updated": changed,
        },
    )


def delete(
    engine: Engine,
    base: Base,
    table: Table,
    row_ids: Sequence[Any],
    actor: Actor,
    *,
    alone: bool = False,
) -> int:
    """Delete rows; locked and missing ones are not counted."""
    store, now = engine.store, engine.clock.milliseconds()
    doomed = store.existing_ids(table, row_ids, " AND _locked IS NULL")
    if not doomed:
        return 0
    rows = raw_rows(engine, table, doomed)
    trash.keep(engine, base, table, rows)
    name = quoted(table.physical)
    store.executemany(f"DELETE FROM {name} WHERE _id = ?", [(row_id,) for row_id in doomed])
    kept = [row for row in rows if not row["_archived"]]
    if not kept:
        return len(doomed)
    documents = [document(table, row) for row in kept]
    told: dict[str, Any] = {
        "op_type": "delete_rows",
        "table_id": table.id,
        "row_ids": [row["_id"] for row in kept],
        "deleted_rows": documents[:RECORDED_ROWS],
    }
    if alone:
        told = {
            "op_type": "delete_row",
            "table_id": table.id,
            "row_id": kept[0]["_id"],
            "deleted_row": documents[0],
        }
    engine.record(base, actor, told)
    log_deletions(engine, base, table, kept, actor, now)
    return len(doomed)


def set_archived(
    engine: Engine, base: Base, table: Table, row_ids: Sequence[str], archived: bool, actor: Actor
) -> int:
    """Move rows to big data or back. `_mtime` stays as it is."""
    found = engine.store.existing_ids(table, row_ids)
    engine.store.executemany(
        f"UPDATE {quoted(table.physical)} SET _archived = ? WHERE _id = ?",
        [(int(archived), row_id) for row_id in found],
    )
    kind = "archive_rows" if archived else "unarchive_rows"
    engine.record(base, actor, {"op_type": kind, "table_id": table.id, "row_ids": found})
    return len(found)


def set_locked(
    engine: Engine, base: Base, table: Table, row_ids: Sequence[Any], locked: bool, actor: Actor
) -> None:
    found = engine.store.existing_ids(table, row_ids, " AND _archived = 0")
    engine.store.executemany(
        f"UPDATE {quoted(table.physical)} SET _locked = ?, _locked_by = ? WHERE _id = ?",
        [(1 if locked else None, actor.user if locked else None, row_id) for row_id in found],
    )
    kind = "lock_rows" if locked else "unlock_rows"
    engine.record(base, actor, {"op_type": kind, "table_id": table.id, "row_ids": found})


def _by_key(cells: dict[str, Stored]) -> dict[str, Stored]:
    return {name[2:]: value for name, value in cells.items()}
