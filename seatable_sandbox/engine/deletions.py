"""The list of deleted rows, with its gaps: an optimisation for clients, never the whole truth."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns.types import type_of
from seatable_sandbox.engine.documents import stored_value

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.model.model import Base, Table

#: Records with a longer detail never reach the database.
DETAIL_LIMIT = 65_535
_YOUNG_MS = 5 * 60 * 1000


def log_deletions(
    engine: Engine,
    base: Base,
    table: Table,
    rows: list[dict[str, Any]],
    actor: Actor,
    now: int,
) -> None:
    """Write what the server remembers of a delete."""
    profile = engine.profile
    if len(rows) > 1 and profile.deletes_logged_in_bulk:
        # One `delete_rows` activity, which the list of deleted rows does not select.
        return
    for row in rows:
        young = now - row["_ctime"] < _YOUNG_MS and row["_creator"] == actor.user
        if young and profile.forgets_young_rows:
            continue
        detail = msgspec.json.encode(_detail(table, row))
        if len(detail) > DETAIL_LIMIT:
            continue
        engine.store.execute(
            "INSERT INTO deleted_rows (base, row_id, op_user, op_time, op_app, detail)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (base.number, row["_id"], actor.user, now, actor.app, detail.decode()),
        )


def _detail(table: Table, row: dict[str, Any]) -> dict[str, Any]:
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
                "value": stored_value(column, value),
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


def deleted_rows(engine: Engine, base: Base, page: int, per_page: int) -> list[dict[str, Any]]:
    """One page, all tables mixed, newest first, of the last days."""
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
            "op_time": _seconds(op_time),
            "detail": msgspec.json.decode(detail),
            "op_app": app,
        }
        for number, row_id, user, op_time, detail, app in found
    ]


def _seconds(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
