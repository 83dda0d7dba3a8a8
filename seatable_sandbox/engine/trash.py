"""Deleted rows and their links, kept so that a delete can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.engine.stored_rows import format_row
from seatable_sandbox.model import quote, row_not_exist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.model import Base, Column, Table


def store_rows(engine: Engine, base: Base, table: Table, rows: list[dict[str, Any]]) -> None:
    """Copy rows that are about to be deleted to the trash, and move their links there."""
    store = engine.store
    links: dict[str, list[tuple[str, str, str]]] = {}
    row_ids = msgspec.json.encode([row["_id"] for row in rows]).decode()
    for column in table.columns:
        if column.type != "link":
            continue
        for side, index in (("row_id", 1), ("other_row_id", 2)):
            where = f"base = ? AND link_id = ? AND {side} IN (SELECT value FROM json_each(?))"
            bound = (base.number, column.setting("link_id"), row_ids)
            for link in store.execute(
                f"SELECT link_id, row_id, other_row_id FROM links WHERE {where}", bound
            ):
                links.setdefault(link[index], []).append(link)
            store.execute(f"DELETE FROM links WHERE {where}", bound)
    store.executemany(
        "INSERT OR REPLACE INTO trash VALUES (?, ?, ?, ?, ?)",
        [
            (
                base.number,
                table.id,
                row["_id"],
                msgspec.json.encode(row).decode(),
                msgspec.json.encode(links.get(row["_id"], [])).decode(),
            )
            for row in rows
        ],
    )


def clear_cells(engine: Engine, base: Base, table: Table, column: Column) -> None:
    """Empty the cells of deleted rows in a column that gets another type.

    It is not known what SeaTable does with such cells when a row is restored.
    """
    engine.store.execute(
        "UPDATE trash SET row = json_remove(row, ?) WHERE base = ? AND table_id = ?",
        (f'$."{column.physical}"', base.number, table.id),
    )


def restore(engine: Engine, base: Base, table: Table, row_ids: Sequence[str], actor: Actor) -> None:
    """Undo a delete: several rows keep their old `_mtime`, a single one gets a new one."""
    store = engine.store
    place = (base.number, table.id)
    restored = []
    links: list[tuple[str, str, str]] = []
    for row_id in row_ids:
        found = store.execute(
            "SELECT row, links FROM trash WHERE base = ? AND table_id = ? AND row_id = ?",
            (*place, row_id),
        ).fetchone()
        if found is None:
            raise row_not_exist()
        row = msgspec.json.decode(found[0])
        if len(row_ids) == 1:
            row["_mtime"] = engine.clock.milliseconds()
        present = {column.physical for column in table.columns}
        cells = {
            name: value
            for name, value in row.items()
            if not name.startswith("k_") or name in present
        }
        store.execute(
            f"INSERT INTO {quote(table.physical)} ({', '.join(map(quote, cells))})"
            f" VALUES ({', '.join('?' * len(cells))})",
            list(cells.values()),
        )
        links += msgspec.json.decode(found[1])
        store.execute(
            "DELETE FROM trash WHERE base = ? AND table_id = ? AND row_id = ?", (*place, row_id)
        )
        restored.append(format_row(engine, table, row))
    store.executemany(
        "INSERT OR IGNORE INTO links (base, link_id, row_id, other_row_id) VALUES (?, ?, ?, ?)",
        [(base.number, *link) for link in links if _can_restore_link(engine, base, table, link)],
    )
    operation: dict[str, Any] = {
        "op_type": "insert_rows",
        "table_id": table.id,
        "row_ids": list(row_ids),
        "row_datas": restored,
    }
    if len(row_ids) == 1:
        operation = {
            "op_type": "insert_row",
            "table_id": table.id,
            "row_id": "",
            "row_data": restored[0],
        }
    engine.log_operation(base, actor, operation)


def _can_restore_link(engine: Engine, base: Base, table: Table, link: Sequence[str]) -> bool:
    """Whether the column of a link still exists, and the rows at both of its ends."""
    link_id, *row_ids = link
    column = base.link_column(table, link_id)
    if column is None:
        return False
    sides = (base.table_by_id(column.setting(side)) for side in ("table_id", "other_table_id"))
    return all(
        side is not None and engine.store.existing_ids(side, [row_id])
        for side, row_id in zip(sides, row_ids, strict=True)
    )
