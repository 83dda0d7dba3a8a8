"""Creating and changing tables, columns, select options and views."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

from . import ids
from .columns import TYPES, new_option
from .engine import Actor, Engine
from .errors import ApiError, CapacityError, OperationError, table_not_exist
from .model import SYSTEM_KEYS, Base, Column, Table
from .store import quoted

#: Types that the first column of a table may have.
FIRST_TYPES = ("text", "number", "date", "single-select", "formula", "auto-number")
_NAME = re.compile(r"^[^.}{`]*$")


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
        columns = [Column("0000", "Name", "text", None, _extras(first=True))]
        _add_table(engine, base, "Table1", columns)
    return base


def _add_table(engine: Engine, base: Base, name: str, columns: list[Column]) -> Table:
    taken = base.used_keys
    table_id = ids.short_key(taken) if taken else "0000"
    base.used_keys = [*taken, table_id]
    table = Table(table_id, name, columns, [default_view()], f"rows_{base.number}_{table_id}",
                  [column.key for column in columns])
    base.tables.append(table)
    engine.store.create_table(table)
    engine.store.save(base)
    return table


def create_table(
    engine: Engine, base: Base, name: object, columns: Sequence[Any], actor: Actor,
) -> Table:
    """A new table; links and lookups among its columns are made after the plain ones."""
    if not isinstance(name, str) or not name or not _NAME.match(name):
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
    for column in wanted:
        _append_column(engine, base, table, column["column_name"], column.get("column_type"),
                       column.get("column_data"))
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "insert_table", "table_id": table.id, "table_data": table.as_json()})
    return table


def rename_table(engine: Engine, base: Base, table: Table, name: object, actor: Actor) -> None:
    if not isinstance(name, str) or not name:
        raise ApiError(400, {"error_msg": "new_table_name invalid."})
    if base.table_named(name) not in (None, table):
        raise ApiError(400, {"error_msg": f"table {name} exists."})
    table.name = name
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "rename_table", "table_id": table.id, "table_name": name})


def delete_table(engine: Engine, base: Base, table: Table, actor: Actor) -> None:
    if len(base.tables) == 1:
        raise ApiError(400, {"error_msg": "The last table cannot be deleted."})
    base.tables.remove(table)
    for other in base.tables:
        for column in [c for c in other.columns if _links_to(c, table)]:
            other.columns.remove(column)
    for column in table.columns:
        if column.type == "link":
            engine.store.execute("DELETE FROM links WHERE base = ? AND link_id = ?",
                                 (base.number, column.setting("link_id")))
    engine.store.drop_table(table)
    engine.store.execute("DELETE FROM trash WHERE base = ? AND table_id = ?",
                         (base.number, table.id))
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "delete_table", "table_id": table.id, "table_name": table.name})


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
        names = ["_seq", "_creator", "_last_modifier", *(
            column.physical for column in columns if column.physical.startswith("k_"))]
        now = engine.clock.milliseconds()
        rows = engine.store.execute(
            f"SELECT {', '.join(map(quoted, names))} FROM {quoted(table.physical)}"
            " WHERE _archived = 0").fetchall()
        engine.store.executemany(
            f"INSERT INTO {quoted(made.physical)} (_id, _ctime, _mtime,"
            f" {', '.join(map(quoted, names))}) VALUES ({', '.join('?' * (len(names) + 3))})",
            [(ids.row_id(), now, now, *row) for row in rows])
    engine.record(base, actor, {
        "op_type": "insert_table", "table_id": made.id, "table_data": made.as_json()})
    return made


# Columns -----------------------------------------------------------------------------------------


def _extras(first: bool = False) -> dict[str, Any]:
    extra: dict[str, Any] = {"editable": True, "width": 200, "resizable": True}
    if not first:
        extra |= {
            "draggable": True, "permission_type": "", "permitted_users": [],
            "permitted_group": [], "edit_metadata_permission_type": "",
            "edit_metadata_permitted_users": [], "edit_metadata_permitted_group": [],
            "description": None, "colorbys": {},
        }
    return extra


def insert_column(
    engine: Engine,
    base: Base,
    table: Table,
    name: object,
    column_type: object,
    data: object,
    actor: Actor,
    anchor: object = None,
) -> Column:
    column = _append_column(engine, base, table, name, column_type, data)
    if anchor:
        after = table.column(anchor)
        table.columns.remove(column)
        table.columns.insert(table.columns.index(after) + 1, column)
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "insert_column", "table_id": table.id, "column_key": column.key,
        "column_data": column.as_json()})
    return column


def _append_column(
    engine: Engine, base: Base, table: Table, name: object, column_type: object, data: object
) -> Column:
    from .column_data import checked_data

    if not isinstance(name, str) or not name or not _NAME.match(name):
        raise ApiError(400, {"error_msg": "column_name invalid."})
    if table.column_named(name):
        raise ApiError(400, {"error_msg": f"Column {name} exists."})
    if len(table.columns) >= engine.profile.max_columns:
        raise CapacityError("exceed_columns_limit", "Exceed the columns limit")
    if column_type not in TYPES:
        if not engine.profile.accepts_unknown_types:
            raise ApiError(400, {"error_msg": f"column_type {column_type} invalid."})
        column_type = ""
    first = not table.columns
    key = SYSTEM_KEYS.get(str(column_type)) or (
        "0000" if first else ids.short_key(table.used_keys))
    if key in SYSTEM_KEYS.values() and table.column_keyed(key):
        raise ApiError(400, {"error_msg": f"Column of type {column_type} exists."})
    column = Column(key, name, str(column_type), None, _extras(first))
    column.data = checked_data(engine, base, table, column, data)
    table.columns.append(column)
    if key not in SYSTEM_KEYS.values():
        table.used_keys = [*table.used_keys, key]
    engine.store.add_column(table, column)
    if column.type == "link":
        _add_partner(engine, base, table, column)
    elif column.type == "auto-number":
        _number_existing(engine, base, table, column)
    return column


def _add_partner(engine: Engine, base: Base, table: Table, column: Column) -> None:
    """The other side's link column, which shares the link's id."""
    other = base.table_with_id(column.setting("other_table_id"))
    if other is None:
        raise table_not_exist(column.setting("other_table_id"))
    if other is table or column.setting("link_id") in [
        c.setting("link_id") for c in other.columns
    ]:
        return
    name, number = table.name, 1
    while other.column_named(name):
        name, number = f"{table.name} ({number})", number + 1
    key = ids.short_key(other.used_keys)
    first = table.columns[0]
    data = {**(column.data or {}), "display_column_key": first.key, "array_type": first.type,
            "array_data": first.data}
    other.columns.append(Column(key, name, "link", data, _extras()))
    other.used_keys = [*other.used_keys, key]
    engine.store.add_column(other, other.columns[-1])


def _number_existing(engine: Engine, base: Base, table: Table, column: Column) -> None:
    from .autonumber import next_number

    today = engine.zone_clock.today(engine.clock.milliseconds())
    name = quoted(table.physical)
    rows = engine.store.execute(f"SELECT _id FROM {name} ORDER BY _seq").fetchall()
    engine.store.executemany(
        f"UPDATE {name} SET {quoted(column.physical)} = ? WHERE _id = ?",
        [(next_number(column, today), row_id) for (row_id,) in rows])


def rename_column(
    engine: Engine, base: Base, table: Table, column: Column, name: object, actor: Actor
) -> None:
    if not isinstance(name, str) or not name or not _NAME.match(name):
        raise ApiError(400, {"error_msg": "new_column_name invalid."})
    if table.column_named(name) not in (None, column):
        raise ApiError(400, {"error_msg": f"Column {name} exists."})
    old = column.name
    column.name = name
    if old != name:
        _rename_in_formulas(table, old, name)
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "rename_column", "table_id": table.id, "column_key": column.key,
        "new_column_name": name, "old_column_name": old})


def _rename_in_formulas(table: Table, old: str, new: str) -> None:
    for column in table.columns:
        formula = column.setting("formula")
        if column.type == "formula" and isinstance(formula, str):
            column.data = {**(column.data or {}),
                           "formula": formula.replace("{" + old + "}", "{" + new + "}")}


def change_column(
    engine: Engine, base: Base, table: Table, column: Column, changes: dict[str, Any], actor: Actor
) -> None:
    """Resize, move or freeze: nothing but looks."""
    target = changes.pop("target_column", None)
    if target is not None:
        anchor = table.column(target)
        table.columns.remove(column)
        table.columns.insert(table.columns.index(anchor) + 1, column)
    column.extra.update(changes)
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "modify_column_setting", "table_id": table.id, "column_key": column.key})


def delete_column(engine: Engine, base: Base, table: Table, column: Column, actor: Actor) -> None:
    if column is table.columns[0]:
        raise ApiError(400, {"error_msg": "The first column cannot be deleted."})
    old = column.as_json()
    table.columns.remove(column)
    if column.type == "link":
        for other in base.tables:
            for partner in [c for c in other.columns if c.type == "link"
                            and c.setting("link_id") == column.setting("link_id")]:
                other.columns.remove(partner)
        engine.store.execute("DELETE FROM links WHERE base = ? AND link_id = ?",
                             (base.number, column.setting("link_id")))
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "delete_column", "table_id": table.id, "column_key": column.key,
        "old_column": old})


# Select options ----------------------------------------------------------------------------------


def _select_column(table: Table, name: object) -> Column:
    column = table.column(name)
    if column.type not in ("single-select", "multiple-select"):
        raise OperationError("parameter_error", "Column type is not single-select or multiple-select.")
    return column


def add_options(
    engine: Engine, base: Base, table: Table, name: object, options: Sequence[Any], actor: Actor
) -> None:
    column = _select_column(table, name)
    made = list(column.options)
    for option in options:
        if not isinstance(option, dict) or not option.get("name"):
            raise ApiError(400, {"error_msg": "options invalid."})
        if any(known["name"] == option["name"] for known in made):
            continue
        option_id = str(option.get("id") or ids.option_id([known["id"] for known in made]))
        made.append({**new_option(option_id, option["name"], len(made)), **option,
                     "id": option_id})
    _save_options(engine, base, table, column, made, actor)


def change_options(
    engine: Engine, base: Base, table: Table, name: object, options: Sequence[Any], actor: Actor
) -> list[dict[str, Any]]:
    """Rename or recolour options by id: cells keep the ids, so no `_mtime` moves."""
    column = _select_column(table, name)
    changes = {option.get("id"): option for option in options if isinstance(option, dict)}
    made = [{**known, **changes.get(known["id"], {})} for known in column.options]
    _save_options(engine, base, table, column, made, actor)
    return made


def delete_options(
    engine: Engine, base: Base, table: Table, name: object, names: Sequence[Any], actor: Actor
) -> None:
    column = _select_column(table, name)
    gone = [option["id"] for option in column.options if option["name"] in names]
    made = [option for option in column.options if option["id"] not in gone]
    physical, cell = quoted(table.physical), quoted(column.physical)
    for option_id in gone:
        if column.type == "single-select":
            engine.store.execute(
                f"UPDATE {physical} SET {cell} = NULL WHERE {cell} = ?", (option_id,))
        else:
            engine.store.execute(
                f"UPDATE {physical} SET {cell} = (SELECT CASE WHEN COUNT(*) THEN"
                f" json_group_array(value) END FROM json_each({cell}) WHERE value <> ?)"
                f" WHERE {cell} IS NOT NULL", (option_id,))
    _save_options(engine, base, table, column, made, actor)


def _save_options(
    engine: Engine, base: Base, table: Table, column: Column, options: list[dict[str, Any]],
    actor: Actor,
) -> None:
    column.data = {**(column.data or {}), "options": options}
    engine.store.save(base)
    engine.record(base, actor, {
        "op_type": "update_column_data", "table_id": table.id, "column_key": column.key,
        "new_column_data": column.data})
