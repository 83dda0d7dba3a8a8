"""Creating, renaming, duplicating and deleting tables; creating bases."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from seatable_sandbox.model import ApiError, Base, CapacityError, Column, Table, ids, quote
from seatable_sandbox.operations.columns import NAME, append_column, default_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Actor, Engine

FIRST_TYPES = ("text", "number", "date", "single-select", "formula", "auto-number")
"""Types that the first column of a table may have."""
_CREATION_ORDER = {"link": 1, "link-formula": 2, "formula": 3}
"""Columns of these types are created after those that they need."""


def default_view(view_id: str = "0000", name: str = "Default View") -> dict[str, Any]:
    return {
        "_id": view_id,
        "name": name,
        "type": "table",
        "private_for": None,
        "is_locked": False,
        "row_height": "default",
        "filter_conjunction": "And",
        "filters": [],
        "sorts": [],
        "groupbys": [],
        "colorbys": {},
        "hidden_columns": [],
        "rows": [],
        "formula_rows": {},
        "link_rows": {},
        "summaries": {},
        "colors": {},
        "column_colors": {},
        "groups": [],
    }


def create_base(
    engine: Engine, name: str, workspace_id: int, uuid: str | None = None, table: bool = False
) -> Base:
    """Create a base; with `table`, it has an empty table of SeaTable's default name."""
    base = engine.store.add_base(name, workspace_id, engine.clock.milliseconds(), uuid)
    if table:
        columns = [Column("0000", "Name", "text", None, default_extra(first=True))]
        _add_table(engine, base, "Table1", columns)
    return base


def _add_table(engine: Engine, base: Base, name: str, columns: list[Column]) -> Table:
    taken = base.used_keys
    table_id = ids.short_key(taken) if taken else "0000"
    base.used_keys = [*taken, table_id]
    table = Table(
        table_id,
        name,
        columns,
        [default_view()],
        f"rows_{base.number}_{table_id}",
        [column.key for column in columns],
    )
    base.tables.append(table)
    engine.store.create_table(table)
    engine.store.save(base)
    return table


def create_table(
    engine: Engine,
    base: Base,
    name: object,
    columns: Sequence[Any],
    actor: Actor,
    *,
    by_api: bool = False,
) -> Table:
    """Create a table; plain columns are created before links and formulas.

    Raises:
        ApiError: A name, a column or the first column's type is invalid, or the base is full.
    """
    if not isinstance(name, str) or not name or not NAME.match(name):
        raise ApiError(400, {"error_msg": "table_name invalid."})
    if base.table_by_name(name):
        raise ApiError(400, {"error_msg": f"table {name} exists."})
    if len(base.tables) >= engine.profile.max_tables:
        raise CapacityError("exceed_tables_limit", "Number of tables exceeds 200 limit")
    specified = list(columns) or [{"column_name": "Name", "column_type": "text"}]
    for column in specified:
        if not isinstance(column, dict) or not isinstance(column.get("column_name"), str):
            raise ApiError(400, {"error_msg": "columns invalid."})
    first_type = specified[0].get("column_type")
    if first_type not in FIRST_TYPES:
        raise ApiError(400, {"error_msg": f"column type {first_type} is invalid for first column"})
    table = _add_table(engine, base, name, [])
    created: dict[int, Column] = {}

    def creation_order(index: int) -> int:
        return _CREATION_ORDER.get(specified[index].get("column_type"), 0) if index else -1

    for index in sorted(range(len(specified)), key=creation_order):
        column = specified[index]
        created[index] = append_column(
            engine,
            base,
            table,
            column["column_name"],
            column.get("column_type"),
            column.get("column_data"),
        )
        if by_api and column.get("column_type") == "formula":
            # Only where a column is added to a table, the API works out what a formula yields.
            created[index].data = dict(column["column_data"])
    table.columns[:] = [created[index] for index in range(len(specified))]
    if by_api and engine.profile.gateway:
        # The first column of the table that a new base has lacks most of it, also on gateways.
        table.columns[0].extra = default_extra()
    engine.store.save(base)
    engine.log_operation(
        base,
        actor,
        {"op_type": "insert_table", "table_id": table.id, "table_data": table.as_json()},
    )
    return table


def rename_table(engine: Engine, base: Base, table: Table, name: object, actor: Actor) -> None:
    if not isinstance(name, str) or not name:
        raise ApiError(400, {"error_msg": "new_table_name invalid."})
    if base.table_by_name(name) not in (None, table):
        raise ApiError(400, {"error_msg": f"table {name} exists."})
    table.name = name
    engine.store.save(base)
    engine.log_operation(
        base, actor, {"op_type": "rename_table", "table_id": table.id, "table_name": name}
    )


def delete_table(engine: Engine, base: Base, table: Table, actor: Actor) -> None:
    if len(base.tables) == 1:
        raise ApiError(400, {"error_msg": "The last table cannot be deleted."})
    base.tables.remove(table)
    for other in base.tables:
        for column in [c for c in other.columns if _links_to(c, table)]:
            other.columns.remove(column)
    for column in table.columns:
        if column.type == "link":
            engine.store.execute(
                "DELETE FROM links WHERE base = ? AND link_id = ?",
                (base.number, column.setting("link_id")),
            )
    engine.store.drop_table(table)
    engine.store.execute(
        "DELETE FROM trash WHERE base = ? AND table_id = ?", (base.number, table.id)
    )
    engine.store.save(base)
    engine.log_operation(
        base, actor, {"op_type": "delete_table", "table_id": table.id, "table_name": table.name}
    )


def _links_to(column: Column, table: Table) -> bool:
    ends = (column.setting("table_id"), column.setting("other_table_id"))
    return column.type == "link" and table.id in ends


def duplicate_table(
    engine: Engine, base: Base, table: Table, with_rows: bool, actor: Actor
) -> Table:
    """Copy a table, without its link columns."""
    number = 1
    while base.table_by_name(f"{table.name}({number})"):
        number += 1
    columns = [copy.deepcopy(column) for column in table.columns if column.type != "link"]
    copied = _add_table(engine, base, f"{table.name}({number})", columns)
    if with_rows:
        names = [
            "_seq",
            "_creator",
            "_last_modifier",
            *(column.physical for column in columns if column.physical.startswith("k_")),
        ]
        now = engine.clock.milliseconds()
        rows = engine.store.execute(
            f"SELECT {', '.join(map(quote, names))} FROM {quote(table.physical)}"
            " WHERE _archived = 0"
        ).fetchall()
        engine.store.executemany(
            f"INSERT INTO {quote(copied.physical)} (_id, _ctime, _mtime,"
            f" {', '.join(map(quote, names))}) VALUES ({', '.join('?' * (len(names) + 3))})",
            [(ids.row_id(engine.row_source), now, now, *row) for row in rows],
        )
    engine.log_operation(
        base,
        actor,
        {"op_type": "insert_table", "table_id": copied.id, "table_data": copied.as_json()},
    )
    return copied
