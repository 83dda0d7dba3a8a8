"""Deleted rows and their links, kept so that a delete can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.engine.documents import document
from seatable_sandbox.model.errors import row_not_exist
from seatable_sandbox.model.store import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.model.model import Base, Column, Table


def keep(engine: Engine, base: Base, table: Table, rows: list[dict[str, Any]]) -> None:
    """Put rows that are about to be deleted aside, and take their links away."""
    store = engine.store
    links: dict[str, list[tuple[str, str, str]]] = {}
    doomed = msgspec.json.encode([row["_id"] for row in rows]).decode()
    for column in table.columns:
        if column.type != "link":
            continue
        for side, index in (("one", 1), ("other", 2)):
            where = f"base = ? AND link_id = ? AND {side} IN (SELECT value FROM json_each(?))"
            bound = (base.number, column.setting("link_id"), doomed)
            for link in store.execute(
                f"SELECT link_id, one, other FROM links WHERE {where}", bound
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


def forget_cells(engine: Engine, base: Base, table: Table, column: Column) -> None:
    """Empty the cells that deleted rows have in a column, as when it gets another type.

    Nothing tells what SeaTable makes of a cell of the former type that comes back.
    """
    engine.store.execute(
        "UPDATE trash SET row = json_remove(row, ?) WHERE base = ? AND table_id = ?",
        (f'$."{column.physical}"', base.number, table.id),
    )


def restore(engine: Engine, base: Base, table: Table, row_ids: Sequence[str], actor: Actor) -> None:
    """Undo a delete: several rows keep their old `_mtime`, a single one gets a new one."""
    store = engine.store
    place = (base.number, table.id)
    back = []
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
            f"INSERT INTO {quoted(table.physical)} ({', '.join(map(quoted, cells))})"
            f" VALUES ({', '.join('?' * len(cells))})",
            list(cells.values()),
        )
        links += msgspec.json.decode(found[1])
        store.execute(
            "DELETE FROM trash WHERE base = ? AND table_id = ? AND row_id = ?", (*place, row_id)
        )
        back.append(document(table, row))
    store.executemany(
        "INSERT OR IGNORE INTO links (base, link_id, one, other) VALUES (?, ?, ?, ?)",
        [(base.number, *link) for link in links if _joins_rows(engine, base, table, link)],
    )
    told: dict[str, Any] = {
        "op_type": "insert_rows",
        "table_id": table.id,
        "row_ids": list(row_ids),
        "row_datas": back,
    }
    if len(row_ids) == 1:
        told = {"op_type": "insert_row", "table_id": table.id, "row_id": "", "row_data": back[0]}
    engine.record(base, actor, told)


def _joins_rows(engine: Engine, base: Base, table: Table, link: Sequence[str]) -> bool:
    """Whether the column of a link that a row of this table had is there, and both of its rows."""
    link_id, *row_ids = link
    column = base.link_column(table, link_id)
    if column is None:
        return False
    sides = (base.table_with_id(column.setting(side)) for side in ("table_id", "other_table_id"))
    return all(
        side is not None and engine.store.existing_ids(side, [row_id])
        for side, row_id in zip(sides, row_ids, strict=True)
    )
