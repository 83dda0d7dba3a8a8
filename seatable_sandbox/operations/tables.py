"""Creating, renaming, copying and deleting tables, and making bases."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from seatable_sandbox.model import ids
from seatable_sandbox.model.errors import ApiError, CapacityError
from seatable_sandbox.model.model import Base, Column, Table
from seatable_sandbox.model.store import quoted
from seatable_sandbox.operations.columns import NAME, append_column, extras

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Actor, Engine

#: Types that the first column of a table may have.
FIRST_TYPES = ("text", "number", "date", "single-select", "formula", "auto-number")
#: Columns that are made after those that they need.
_LATER = {"link": 1, "link-formula": 2, "formula": 3}


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
    """A new base, with an empty table of the usual name if asked for."""
    base = engine.store.add_base(name, workspace_id, engine.clock.milliseconds(), uuid)
    if table:
        columns = [Column("0000", "Name", "text", None, extras(first=True))]
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
) -> Table:
    """A new table; links and lookups among its columns are made after the plain ones."""
    if not isinstance(name, str) or not name or not NAME.match(name):
        raise ApiError(400, {"error_msg": "table_name invalid."})
    if base.table_named(name):
        raise ApiError(400, {"error_msg": f"table {name} exists."})
    if len(base.tables) >= engine.profile.max_tables:
        raise CapacityError("exceed_tables_limit", "Number of tables exceeds 200 limit")
    wanted = list(columns) or [{"column_name": "Name", "column_type": "text"}]
    for column in wanted:
        if not isinstance(column, dict) or not isinstance(column.get("column_name"), str):
            raise ApiError(400, {"error_msg": "columns invalid."})
    first_type = wanted[0].get("column_type")
    if first_type not in FIRST_TYPES:
        raise ApiError(400, {"error_msg": f"column type {first_type} is invalid for first column"})
    table = _add_table(engine, base, name, [])
    # The SQLite table exists before its columns do: each is added like a later one.
    made: dict[int, Column] = {}
    for index in sorted(
        range(len(wanted)), key=lambda i: _LATER.get(wanted[i].get("column_type"), 0) if i else -1
    ):
        column = wanted[index]
        made[index] = append_column(
            engine,
            base,
            table,
            column["column_name"],
            column.get("column_type"),
            column.get("column_data"),
        )
    table.columns[:] = [made[index] for index in range(len(wanted))]
    engine.store.save(base)
    engine.record(
        base,
        actor,
        {"op_type": "insert_table", "table_id": table.id, "table_data": table.as_json()},
    )
    return table


def rename_table(engine: Engine, base: Base, table: Table, name: object, actor: Actor) -> None:
    if not isinstance(name, str) or not name:
        raise ApiError(400, {"error_msg": "new_table_name invalid."})
    if base.table_named(name) not in (None, table):
        raise ApiError(400, {"error_msg": f"table {name} exists."})
    table.name = name
    engine.store.save(base)
    engine.record(
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
    engine.record(
        base, actor, {"op_type": "delete_table", "table_id": table.id, "table_name": table.name}
    )


def _links_to(column: Column, table: Table) -> bool:
    ends = (column.setting("table_id"), column.setting("other_table_id"))
    return column.type == "link" and table.id in ends


def duplicate_table(
    engine: Engine, base: Base, table: Table, with_rows: bool, actor: Actor
) -> Table:
    """A copy of a table; its links stay behind."""
    number = 1
    while base.table_named(f"{table.name}({number})"):
        number += 1
    columns = [copy.deepcopy(column) for column in table.columns if column.type != "link"]
    made = _add_table(engine, base, f"{table.name}({number})", columns)
    if with_rows:
        names = [
            "_seq",
            "_creator",
            "_last_modifier",
            *(column.physical for column in columns if column.physical.startswith("k_")),
        ]
        now = engine.clock.milliseconds()
        rows = engine.store.execute(
            f"SELECT {', '.join(map(quoted, names))} FROM {quoted(table.physical)}"
            " WHERE _archived = 0"
        ).fetchall()
        engine.store.executemany(
            f"INSERT INTO {quoted(made.physical)} (_id, _ctime, _mtime,"
            f" {', '.join(map(quoted, names))}) VALUES ({', '.join('?' * (len(names) + 3))})",
            [(ids.row_id(), now, now, *row) for row in rows],
        )
    engine.record(
        base, actor, {"op_type": "insert_table", "table_id": made.id, "table_data": made.as_json()}
    )
    return made
