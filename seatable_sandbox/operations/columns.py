"""Creating and changing columns, which changes no row's `_mtime`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import TYPES, javascript_string, type_of
from seatable_sandbox.engine import next_number, trash
from seatable_sandbox.formulas import Computer
from seatable_sandbox.model import (
    SYSTEM_KEYS,
    ApiError,
    Base,
    CapacityError,
    Column,
    ConversionError,
    Table,
    ids,
    quote,
    table_not_exist,
)
from seatable_sandbox.operations.column_data import complete_data

if TYPE_CHECKING:
    from seatable_sandbox.engine import Actor, Engine

NAME = re.compile(r"^[^.}{`]*$")
"""What names of tables and columns must match."""


def default_extra(first: bool = False) -> dict[str, Any]:
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
    engine.log_operation(
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
    if table.column_by_name(name):
        raise ApiError(400, {"error_msg": f"Column {name} exists."})
    if len(table.columns) >= engine.profile.max_columns:
        raise CapacityError("exceed_columns_limit", "Exceed the columns limit")
    if not isinstance(column_type, str) or column_type not in TYPES:
        if not engine.profile.accepts_unknown_types:
            raise ApiError(400, {"error_msg": f"column_type {column_type} invalid."})
        column_type = ""
    first = not table.columns
    key = SYSTEM_KEYS.get(str(column_type)) or ("0000" if first else ids.short_key(table.used_keys))
    if key in SYSTEM_KEYS.values() and table.column_by_key(key):
        raise ApiError(400, {"error_msg": f"Column of type {column_type} exists."})
    column = Column(key, name, str(column_type), None, default_extra(first))
    column.data = complete_data(engine, base, table, column, data)
    table.columns.append(column)
    if key not in SYSTEM_KEYS.values():
        table.used_keys = [*table.used_keys, key]
    engine.store.add_column(table, column)
    if column.type == "link":
        _add_reverse_link(engine, base, table, column)
    elif column.type == "auto-number":
        _fill_auto_numbers(engine, base, table, column)
    return column


def _add_reverse_link(engine: Engine, base: Base, table: Table, column: Column) -> None:
    """Add the link column of the other table, which shares the link's id."""
    other = base.table_by_id(column.setting("other_table_id"))
    if other is None:
        raise table_not_exist(column.setting("other_table_id"))
    if other is table or column.setting("link_id") in [c.setting("link_id") for c in other.columns]:
        return
    name, number = table.name, 1
    while other.column_by_name(name):
        name, number = f"{table.name} ({number})", number + 1
    key = ids.short_key(other.used_keys)
    first = table.columns[0]
    data = {
        **(column.data or {}),
        "display_column_key": first.key,
        "array_type": first.type,
        "array_data": first.data,
    }
    other.columns.append(Column(key, name, "link", data, default_extra()))
    other.used_keys = [*other.used_keys, key]
    engine.store.add_column(other, other.columns[-1])


def _fill_auto_numbers(engine: Engine, base: Base, table: Table, column: Column) -> None:
    today = engine.zone_clock.today(engine.clock.milliseconds())
    name = quote(table.physical)
    rows = engine.store.execute(f"SELECT _id FROM {name} ORDER BY _seq").fetchall()
    engine.store.executemany(
        f"UPDATE {name} SET {quote(column.physical)} = ? WHERE _id = ?",
        [(next_number(column, today), row_id) for (row_id,) in rows],
    )


def rename_column(
    engine: Engine, base: Base, table: Table, column: Column, name: object, actor: Actor
) -> None:
    if not isinstance(name, str) or not name or not NAME.match(name):
        raise ApiError(400, {"error_msg": "new_column_name invalid."})
    if table.column_by_name(name) not in (None, column):
        raise ApiError(400, {"error_msg": f"Column {name} exists."})
    old = column.name
    column.name = name
    if old != name:
        _rename_in_formulas(table, old, name)
    engine.store.save(base)
    engine.log_operation(
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


def change_appearance(
    engine: Engine, base: Base, table: Table, column: Column, changes: dict[str, Any], actor: Actor
) -> None:
    """Resize, move or freeze a column."""
    target = changes.pop("target_column", None)
    if target is not None:
        anchor = table.column(target)
        if anchor is not column:
            table.columns.remove(column)
            table.columns.insert(table.columns.index(anchor) + 1, column)
    column.extra.update(changes)
    engine.store.save(base)
    engine.log_operation(
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
            for reverse in [
                c
                for c in other.columns
                if c.type == "link" and c.setting("link_id") == column.setting("link_id")
            ]:
                other.columns.remove(reverse)
        engine.store.execute(
            "DELETE FROM links WHERE base = ? AND link_id = ?",
            (base.number, column.setting("link_id")),
        )
    engine.store.save(base)
    engine.log_operation(
        base,
        actor,
        {
            "op_type": "delete_column",
            "table_id": table.id,
            "column_key": column.key,
            "old_column": old,
        },
    )


def change_type(
    engine: Engine,
    base: Base,
    table: Table,
    column: Column,
    new_type: object,
    data: object,
    actor: Actor,
) -> None:
    """Change a column's type; cells are converted from the values that they show.

    Raises:
        ApiError: 400 for an unknown type, and for a column that shows who wrote a row and when:
            its key, such as `_ctime`, is that of the row's own field. What SeaTable does with
            those is not documented.
    """
    if column.key in SYSTEM_KEYS.values():
        raise ApiError(400, {"error_msg": f"The type of column {column.name} cannot be changed."})
    if not isinstance(new_type, str) or new_type not in TYPES:
        raise ApiError(400, {"error_msg": f"new_column_type {new_type} invalid."})
    row_ids = [row[0] for row in engine.store.execute(f"SELECT _id FROM {quote(table.physical)}")]
    shown = Computer(engine, base).values(table, column, row_ids)
    old = column.type
    column.type = str(new_type)
    # A column changed to a link is broken: it has no data, and no links.
    column.data = None if new_type == "link" else complete_data(engine, base, table, column, data)
    coerce, context = type_of(column).coerce, engine.write_context()
    cells: list[tuple[Any, str]] = []
    for row_id, value in shown.items():
        if value is None or coerce is None:
            cells.append((None, row_id))
            continue
        try:
            cells.append((coerce(_to_written_value(value), column, context), row_id))
        except ConversionError:
            cells.append((None, row_id))
    engine.store.executemany(
        f"UPDATE {quote(table.physical)} SET {quote(column.physical)} = ? WHERE _id = ?", cells
    )
    trash.clear_cells(engine, base, table, column)
    engine.store.save(base)
    engine.log_operation(
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


def _to_written_value(value: Any) -> Any:
    """Format a shown value as a client would write it into a column of the new type."""
    if isinstance(value, list):
        return [
            javascript_string(item) if isinstance(item, (list, dict)) else item for item in value
        ]
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).strftime("%Y-%m-%d %H:%M")
    return value if isinstance(value, (str, int, float)) else javascript_string(value)
