"""Rows as the server itself keeps them: by column keys, with option ids and times in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns.dates import utc_time
from seatable_sandbox.columns.types import type_of
from seatable_sandbox.model.store import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model.model import Column, Table

_JSON_KINDS = {"multi", "list", "opaque"}


def document(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row as the server keeps it: by column keys, option ids, times in UTC."""
    result: dict[str, Any] = {
        "_id": row["_id"],
        "_creator": row["_creator"],
        "_ctime": utc_time(row["_ctime"]),
        "_last_modifier": row["_last_modifier"],
        "_mtime": utc_time(row["_mtime"]),
    }
    for column in table.columns:
        value = row.get(column.physical)
        if value is not None and column.physical.startswith("k_"):
            result[column.key] = stored_value(column, value)
    return result


def stored_value(column: Column, value: Any) -> Any:
    """One stored cell as the server's own JSON."""
    kind = type_of(column)
    if kind.kind in _JSON_KINDS and isinstance(value, str):
        return msgspec.json.decode(value)
    if kind.kind == "bool":
        return bool(value)
    if column.type == "long-text":
        return {"text": value, "preview": value[:150], "images": [], "links": []}
    return value


def raw_rows(engine: Engine, table: Table, row_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Whole stored rows by physical column, in the order of the ids."""
    cursor = engine.store.execute(
        f"SELECT * FROM {quoted(table.physical)} WHERE _id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(list(row_ids)).decode(),),
    )
    names = [item[0] for item in cursor.description]
    found = {row[0]: dict(zip(names, row, strict=False)) for row in cursor}
    return [found[row_id] for row_id in row_ids if row_id in found]
