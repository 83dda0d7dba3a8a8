"""The list of deleted rows, which has gaps: clients can save calls with it, but not rely on it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import type_of
from seatable_sandbox.engine.stored_rows import format_cell

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.model import Base, Table

DETAIL_LIMIT = 65_535
"""Bytes; records with a longer detail are not stored."""
_YOUNG_MS = 5 * 60 * 1000


def log_deletions(
    engine: Engine,
    base: Base,
    table: Table,
    rows: list[dict[str, Any]],
    actor: Actor,
    now: int,
) -> None:
    """Add rows that are being deleted to the list, except those that the server leaves out."""
    profile = engine.profile
    if len(rows) > 1 and profile.deletes_logged_in_bulk:
        # SeaTable then has one `delete_rows` activity, which the list of deleted rows omits.
        return
    for row in rows:
        is_young = now - row["_ctime"] < _YOUNG_MS and row["_creator"] == actor.user
        if is_young and profile.forgets_young_rows:
            continue
        detail = msgspec.json.encode(_format_detail(engine, table, row))
        if len(detail) > DETAIL_LIMIT:
            continue
        engine.store.execute(
            "INSERT INTO deleted_rows (base, row_id, op_user, op_time, op_app, detail)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (base.number, row["_id"], actor.user, now, actor.app, detail.decode()),
        )


def _format_detail(engine: Engine, table: Table, row: dict[str, Any]) -> dict[str, Any]:
    data = []
    for column in table.columns:
        value = row.get(column.physical)
        if value is None or type_of(column).coerce is None:
            continue
        data.append(
            {
                "column_key": column.key,
                "column_name": column.name,
                "column_type": column.type,
                "column_data": column.data or {},
                "value": format_cell(column, value, engine.profile.date_rules),
            }
        )
    first = table.columns[0]
    name = row.get(first.physical)
    return {
        "table_id": table.id,
        "table_name": table.name,
        "row_name": "" if name is None else str(name),
        "row_data": data,
    }


def list_deleted_rows(engine: Engine, base: Base, page: int, per_page: int) -> list[dict[str, Any]]:
    """One page of the rows deleted in the last days, of all tables, newest first."""
    now = engine.clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = int(midnight.timestamp() * 1000) - engine.profile.deleted_rows_days * 86_400_000
    found = engine.store.execute(
        "SELECT id, row_id, op_user, op_time, detail, op_app FROM deleted_rows"
        " WHERE base = ? AND op_time >= ? ORDER BY id DESC LIMIT ? OFFSET ?",
        (base.number, since, per_page, (page - 1) * per_page),
    )
    return [
        {
            "id": number,
            "dtable_uuid": base.uuid,
            "row_id": row_id,
            "op_user": user,
            "op_time": _format_time(op_time),
            "detail": msgspec.json.decode(detail),
            "op_app": app,
        }
        for number, row_id, user, op_time, detail, app in found
    ]


def _format_time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
