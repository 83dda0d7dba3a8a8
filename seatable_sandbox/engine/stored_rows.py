"""Rows as the server itself stores them: by column keys, with option ids and times in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import derive_long_text, format_utc_time, type_of
from seatable_sandbox.model import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model import Column, Table

_JSON_KINDS = {"multi", "list", "opaque"}


def format_row(engine: Engine, table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row by physical columns as the server's own JSON."""
    result: dict[str, Any] = {
        "_id": row["_id"],
        "_creator": row["_creator"],
        "_ctime": format_utc_time(row["_ctime"]),
        "_last_modifier": row["_last_modifier"],
        "_mtime": format_utc_time(row["_mtime"]),
    }
    for column in table.columns:
        value = row.get(column.physical)
        if value is not None and column.physical.startswith("k_"):
            result[column.key] = format_cell(column, value, engine.profile.date_rules)
    return result


def format_cell(column: Column, value: Any, rules: str) -> Any:
    """One stored cell as the server's own JSON, by the "new" or the "old" rules."""
    kind = type_of(column).kind
    if kind in _JSON_KINDS and isinstance(value, str):
        return msgspec.json.decode(value)
    if kind == "bool":
        return bool(value)
    if column.type == "long-text":
        return derive_long_text(value, rules)
    return value


def load_rows(engine: Engine, table: Table, row_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Whole stored rows by physical columns, in the order of the ids; missing rows are left out."""
    cursor = engine.store.execute(
        f"SELECT * FROM {quote(table.physical)} WHERE _id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(list(row_ids)).decode(),),
    )
    names = [item[0] for item in cursor.description]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in cursor}
    return [found[row_id] for row_id in row_ids if row_id in found]


def first_row(engine: Engine, table: Table, row_ids: Sequence[str]) -> dict[str, Any] | None:
    """The first of these rows as the server's own JSON; None if there is none."""
    found = load_rows(engine, table, row_ids[:1])
    return format_row(engine, table, found[0]) if found else None
