"""Creating and changing columns. No change of a column moves a row's `_mtime`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns.types import TYPES, javascript_string, type_of
from seatable_sandbox.engine import trash
from seatable_sandbox.engine.autonumber import next_number
from seatable_sandbox.formulas.computed import Computer
from seatable_sandbox.model import ids
from seatable_sandbox.model.errors import ApiError, CapacityError, ConversionError, table_not_exist
from seatable_sandbox.model.model import SYSTEM_KEYS, Base, Column, Table
from seatable_sandbox.model.store import quoted
from seatable_sandbox.operations.column_data import checked_data

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Actor, Engine

#: Names of tables and columns must match.
NAME = re.compile(r"^[^.}{`]*$")


def extras(first: bool = False) -> dict[str, Any]:
    extra: dict[str, Any] = {"editable": True, "width": 200, "resizable": True}
    if not first:
        extra |= {
            "draggable": True,
            "permission_type": "",
            "permitted_users": [],
            "permitted_group": [],
            "edit_metadata_permission_type": "",
            "edit_metadata_permitted_users": [],
            "edit_metadata_permitted_group": [],
            "description": None,
            "colorbys": {},
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
    column = append_column(engine, base, table, name, column_type, data)
    if anchor:
        after = table.column(anchor)
        table.columns.remove(column)
        table.columns.insert(table.columns.index(after) + 1, column)
    engine.store.save(base)
    engine.record(
        base,
        actor,
        {
            "op_type": "insert_column",
            "table_id": table.id,
            "column_key": column.key,
            "column_data": column.as_json(),
        },
    )
    return column


def append_column(
    engine: Engine, base: Base, table: Table, name: object, column_type: object, data: object
) -> Column:
    if not isinstance(name, str) or not name or not NAME.match(name):
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
    key = SYSTEM_KEYS.get(str(column_type)) or ("0000" if first else ids.short_key(table.used_keys))
    if key in SYSTEM_KEYS.values() and table.column_keyed(key):
        raise ApiError(400, {"error_msg": f"Column of type {column_type} exists."})
    column = Column(key, name, str(column_type), None, extras(first))
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
    if other is table or column.setting("link_id") in [c.setting("link_id") for c in other.columns]:
        return
    name, number = table.name, 1
    while other.column_named(name):
        name, number = f"{table.name} ({number})", number + 1
    key = ids.short_key(other.used_keys)
    first = table.columns[0]
    data = {
        **(column.data or {}),
        "display_column_key": first.key,
        "array_type": first.type,
        "array_data": first.data,
    }
    other.columns.append(Column(key, name, "link", data, extras()))
    other.used_keys = [*other.used_keys, key]
    engine.store.add_column(other, other.columns[-1])


def _number_existing(engine: Engine, base: Base, table: Table, column: Column) -> None:
    today = engine.zone_clock.today(engine.clock.milliseconds())
    name = quoted(table.physical)
    rows = engine.store.execute(f"SELECT _id FROM {name} ORDER BY _seq").fetchall()
    engine.store.executemany(
        f"UPDATE {name} SET {quoted(column.physical)} = ? WHERE _id = ?",
        [(next_number(column, today), row_id) for (row_id,) in rows],
    )


def rename_column(
    engine: Engine, base: Base, table: Table, column: Column, name: object, actor: Actor
) -> None:
    if not isinstance(name, str) or not name or not NAME.match(name):
        raise ApiError(400, {"error_msg": "new_column_name invalid."})
    if table.column_named(name) not in (None, column):
        raise ApiError(400, {"error_msg": f"Column {name} exists."})
    old = column.name
    column.name = name
    if old != name:
        _rename_in_formulas(table, old, name)
    engine.store.save(base)
    engine.record(
        base,
        actor,
        {
            "op_type": "rename_column",
            "table_id": table.id,
            "column_key": column.key,
            "new_column_name": name,
            "old_column_name": old,
        },
    )


def _rename_in_formulas(table: Table, old: str, new: str) -> None:
    for column in table.columns:
        formula = column.setting("formula")
        if column.type == "formula" and isinstance(formula, str):
            column.data = {
                **(column.data or {}),
                "formula": formula.replace("{" + old + "}", "{" + new + "}"),
            }


def change_look(
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
    engine.record(
        base,
        actor,
        {"op_type": "modify_column_setting", "table_id": table.id, "column_key": column.key},
    )


def delete_column(engine: Engine, base: Base, table: Table, column: Column, actor: Actor) -> None:
    if column is table.columns[0]:
        raise ApiError(400, {"error_msg": "The first column cannot be deleted."})
    old = column.as_json()
    table.columns.remove(column)
    if column.type == "link":
        for other in base.tables:
            for partner in [
                c
                for c in other.columns
                if c.type == "link" and c.setting("link_id") == column.setting("link_id")
            ]:
                other.columns.remove(partner)
        engine.store.execute(
            "DELETE FROM links WHERE base = ? AND link_id = ?",
            (base.number, column.setting("link_id")),
        )
    engine.store.save(base)
    engine.record(
        base,
        actor,
        {
            "op_type": "delete_column",
            "table_id": table.id,
            "column_key": column.key,
            "old_column": old,
        },
    )


def modify_type(
    engine: Engine,
    base: Base,
    table: Table,
    column: Column,
    new_type: object,
    data: object,
    actor: Actor,
) -> None:
    """Change a column's type; cells are converted by way of what they show."""
    if new_type not in TYPES:
        raise ApiError(400, {"error_msg": f"new_column_type {new_type} invalid."})
    row_ids = [row[0] for row in engine.store.execute(f"SELECT _id FROM {quoted(table.physical)}")]
    shown = Computer(engine, base).values(table, column, row_ids)
    old = column.type
    column.type = str(new_type)
    # A column changed into a link is broken: it has no data, and links to nothing.
    column.data = None if new_type == "link" else checked_data(engine, base, table, column, data)
    coerce, writing = type_of(column).coerce, engine.writing()
    if column.physical.startswith("k_"):
        cells: list[tuple[Any, str]] = []
        for row_id, value in shown.items():
            if value is None or coerce is None:
                cells.append((None, row_id))
                continue
            try:
                cells.append((coerce(_rewritten(value), column, writing), row_id))
            except ConversionError:
                cells.append((None, row_id))
        engine.store.executemany(
            f"UPDATE {quoted(table.physical)} SET {quoted(column.physical)} = ? WHERE _id = ?",
            cells,
        )
        trash.forget_cells(engine, base, table, column)
    engine.store.save(base)
    engine.record(
        base,
        actor,
        {
            "op_type": "modify_column_type",
            "table_id": table.id,
            "column_key": column.key,
            "old_column_type": old,
            "new_column_type": column.type,
        },
    )


def _rewritten(value: Any) -> Any:
    """A shown value as a client would write it into a column of the new type."""
    if isinstance(value, list):
        return [javascript_string(one) if isinstance(one, (list, dict)) else one for one in value]
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).strftime("%Y-%m-%d %H:%M")
    return value if isinstance(value, (str, int, float)) else javascript_string(value)
