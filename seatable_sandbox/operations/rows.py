"""Appending, updating, deleting, locking and archiving rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import Stored, type_of
from seatable_sandbox.engine import format_row, load_rows, log_deletions, next_number, trash
from seatable_sandbox.model import ApiError, CapacityError, OperationError, ids, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Actor, Engine
    from seatable_sandbox.model import Base, Table

MAX_LOGGED_ROWS = 2000
"""How many deleted rows one operation of the log holds."""


def append(  # noqa: PLR0913 - the rest are options
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
    single: bool = False,
) -> list[str]:
    """Append rows by column names; returns the new ids.

    Unknown columns are dropped. Rows without any known column are not stored.

    Args:
        engine: The engine.
        base: The base.
        table: The table.
        rows: Values by column name.
        actor: Who does it.
        apply_default: Whether empty cells get the default values of their columns.
        archived: Whether the rows go to big data storage.
        above: The row above which the new ones are put.
        below: The row below which the new ones are put.
        single: The call is for a single row, which is logged as another operation.

    Raises:
        ApiError: A row is no object, the base has no big data storage, or is full.
        ConversionError: A value cannot be stored in its column.
    """
    store, now = engine.store, engine.clock.milliseconds()
    if archived:
        require_big_data(base)
    stored = [cells for cells in coerce_rows(engine, base, table, rows) if cells is not None]
    row_count = sum(store.count(known) for known in base.tables) if stored else 0
    if not archived and row_count + len(stored) > engine.profile.max_rows_per_base:
        raise CapacityError("exceed_rows_limit", "Exceed the rows limit")
    if not stored:
        return []
    if apply_default:
        _fill_defaults(engine, table, stored)
    auto_numbers = [column for column in table.columns if column.type == "auto-number"]
    for column in auto_numbers:
        for cells in stored:
            if cells.get(column.physical) is None:
                cells[column.physical] = next_number(column, engine.zone_clock.today(now))
    if auto_numbers:
        store.save(base)
    names = list(dict.fromkeys(name for cells in stored for name in cells))
    positions = _positions(engine, table, len(stored), above, below)
    new_ids = [ids.row_id(engine.row_source) for _ in stored]
    columns = "".join(", " + quote(name) for name in names)
    marks = ", ?" * len(names)
    store.executemany(
        f"INSERT INTO {quote(table.physical)} (_id, _ctime, _mtime, _creator, _last_modifier,"
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
            for new_id, cells, position in zip(new_ids, stored, positions, strict=True)
        ],
    )
    if not archived:
        # Rows that are appended to big data storage count for no version.
        documents = [
            {"_id": new_id, **_by_key(cells)} for new_id, cells in zip(new_ids, stored, strict=True)
        ]
        operation: dict[str, Any] = {
            "op_type": "append_rows",
            "table_id": table.id,
            "row_datas": documents,
        }
        if single:
            # The id is that of the row next to which the new row is put.
            operation = {
                "op_type": "insert_row",
                "table_id": table.id,
                "row_id": above or below or "",
                "row_data": documents[0],
            }
        engine.log_operation(base, actor, operation)
    return new_ids


def require_big_data(base: Base) -> None:
    """Check that the base has big data storage.

    Raises:
        ApiError: 400 if it does not.
    """
    if not base.big_data:
        message = f"base {base.uuid} not found: insert on non-existent base"
        raise ApiError(400, {"error_message": message})


def coerce_rows(
    engine: Engine, base: Base, table: Table, rows: Sequence[Any]
) -> list[dict[str, Stored] | None]:
    """Coerce rows by column names to stored cells by physical columns.

    The result is None for a row without any known column.
    """
    context = engine.write_context()
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
                cells[physical] = coerce(value, column, context)
        result.append(cells)
    if context.options_created:
        engine.store.save(base)
    return result


def _fill_defaults(engine: Engine, table: Table, stored: list[dict[str, Stored]]) -> None:
    context = engine.write_context()
    for column in table.columns:
        coerce = type_of(column).coerce
        if coerce is None or not column.setting("enable_fill_default_value"):
            continue
        default = coerce(column.setting("default_value"), column, context)
        for cells in stored:
            if cells.get(column.physical) is None:
                cells[column.physical] = default


def _positions(
    engine: Engine, table: Table, count: int, above: str | None, below: str | None
) -> list[float]:
    """The positions of new rows in the table's manual order."""
    store, name = engine.store, quote(table.physical)
    anchor = above or below
    position = None
    if anchor:
        position = store.scalar(f"SELECT _seq FROM {name} WHERE _id = ?", (anchor,))
    if position is None:
        last = store.scalar(f"SELECT MAX(_seq) FROM {name} WHERE _archived = 0") or 0.0
        archived = store.scalar(f"SELECT MAX(_seq) FROM {name} WHERE _archived = 1") or 0.0
        start = max(last, archived)
        return [start + 1 + index for index in range(count)]
    compare, extreme = ("<", "MAX") if above else (">", "MIN")
    neighbour = store.scalar(
        f"SELECT {extreme}(_seq) FROM {name} WHERE _seq {compare} ?", (position,)
    )
    neighbour = position + (-1 if above else 1) if neighbour is None else neighbour
    step = (neighbour - position) / (count + 1)
    return [position + step * (index + 1) for index in range(count)]


def parse_updates(updates: Sequence[Any]) -> list[tuple[str, Any]]:
    """The `updates` of a request as pairs of a row id and a row.

    Raises:
        ApiError: An item is no object, or what it calls a row id cannot be one.
    """
    if not all(isinstance(item, dict) for item in updates):
        raise ApiError(400, {"error_msg": "updates invalid"})
    if not all(isinstance(item.get("row_id"), str) for item in updates):
        raise _rows_missing()
    return [(item["row_id"], item.get("row")) for item in updates]


def _rows_missing() -> OperationError:
    return OperationError("modified_rows_do_not_exist", "The modified rows do not exist.")


def update(
    engine: Engine,
    base: Base,
    table: Table,
    updates: Sequence[tuple[str, Any]],
    actor: Actor,
    *,
    single: bool = False,
) -> None:
    """Update rows, all or none. Locked rows are skipped silently; `_mtime` always changes.

    An update of a `single` row, as in the browser, is logged as another operation.

    Raises:
        OperationError: A row does not exist.
        ConversionError: A value cannot be stored in its column.
    """
    store, now = engine.store, engine.clock.milliseconds()
    row_ids = [row_id for row_id, _ in updates]
    present = set(store.existing_ids(table, row_ids))
    if not present.issuperset(row_ids):
        raise _rows_missing()
    unlocked = set(store.existing_ids(table, row_ids, " AND _locked IS NULL"))
    coerced = coerce_rows(engine, base, table, [row for _, row in updates])
    changed: dict[str, dict[str, Any]] = {}
    for row_id, known_cells in zip(row_ids, coerced, strict=True):
        if row_id not in unlocked:
            continue
        cells = known_cells or {}
        names = list(cells)
        assignments = "".join(f", {quote(name)} = ?" for name in names)
        store.execute(
            f"UPDATE {quote(table.physical)} SET _mtime = ?, _last_modifier = ?{assignments}"
            " WHERE _id = ?",
            (now, actor.user, *(cells[name] for name in names), row_id),
        )
        changed[row_id] = _by_key(cells)
    # Changes in big data storage count for no version and are not logged here.
    kept = set(store.existing_ids(table, list(changed), " AND _archived = 0"))
    if changed and not kept:
        return
    changed = {row_id: new for row_id, new in changed.items() if row_id in kept}
    if single:
        for row_id, new in changed.items():
            operation = {"op_type": "modify_row", "row_id": row_id, "updated": new}
            engine.log_operation(base, actor, {**operation, "table_id": table.id})
        return
    engine.log_operation(
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
    single: bool = False,
) -> int:
    """Delete rows, except locked ones; returns how many."""
    store, now = engine.store, engine.clock.milliseconds()
    deletable = store.existing_ids(table, row_ids, " AND _locked IS NULL")
    if not deletable:
        return 0
    rows = load_rows(engine, table, deletable)
    trash.store_rows(engine, base, table, rows)
    name = quote(table.physical)
    store.executemany(f"DELETE FROM {name} WHERE _id = ?", [(row_id,) for row_id in deletable])
    kept = [row for row in rows if not row["_archived"]]
    if not kept:
        return len(deletable)
    documents = [format_row(engine, table, row) for row in kept]
    operation: dict[str, Any] = {
        "op_type": "delete_rows",
        "table_id": table.id,
        "row_ids": [row["_id"] for row in kept],
        "deleted_rows": documents[:MAX_LOGGED_ROWS],
    }
    if single:
        operation = {
            "op_type": "delete_row",
            "table_id": table.id,
            "row_id": kept[0]["_id"],
            "deleted_row": documents[0],
        }
    engine.log_operation(base, actor, operation)
    log_deletions(engine, base, table, kept, actor, now)
    return len(deletable)


def set_archived(
    engine: Engine,
    base: Base,
    table: Table,
    row_ids: Sequence[str],
    archived: bool,
    actor: Actor,
    *,
    logged: bool = True,
) -> int:
    """Move rows to big data storage or back, without changing `_mtime`; returns how many."""
    known = engine.store.existing_ids(table, row_ids)
    engine.store.executemany(
        f"UPDATE {quote(table.physical)} SET _archived = ? WHERE _id = ?",
        [(int(archived), row_id) for row_id in known],
    )
    operation = "archive_rows" if archived else "unarchive_rows"
    if logged:
        engine.log_operation(
            base, actor, {"op_type": operation, "table_id": table.id, "row_ids": known}
        )
    return len(known)


def set_locked(
    engine: Engine, base: Base, table: Table, row_ids: Sequence[Any], locked: bool, actor: Actor
) -> None:
    known = engine.store.existing_ids(table, row_ids, " AND _archived = 0")
    engine.store.executemany(
        f"UPDATE {quote(table.physical)} SET _locked = ?, _locked_by = ? WHERE _id = ?",
        [(1 if locked else None, actor.user if locked else None, row_id) for row_id in known],
    )
    operation = "lock_rows" if locked else "unlock_rows"
    engine.log_operation(
        base, actor, {"op_type": operation, "table_id": table.id, "row_ids": known}
    )


def _by_key(cells: dict[str, Stored]) -> dict[str, Stored]:
    return {name[2:]: value for name, value in cells.items()}
