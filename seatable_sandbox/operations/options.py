"""The options of select columns. Cells hold ids, so renaming an option changes no row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import new_option
from seatable_sandbox.model import ApiError, OperationError, ids, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Actor, Engine
    from seatable_sandbox.model import Base, Column, Table


def _select_column(table: Table, name: object) -> Column:
    column = table.column(name)
    if column.type not in ("single-select", "multiple-select"):
        raise OperationError(
            "parameter_error", "Column type is not single-select or multiple-select."
        )
    return column


def add(
    engine: Engine, base: Base, table: Table, name: object, options: Sequence[Any], actor: Actor
) -> None:
    column = _select_column(table, name)
    known = list(column.options)
    for option in options:
        if not isinstance(option, dict) or not option.get("name"):
            raise ApiError(400, {"error_msg": "options invalid."})
        if any(other["name"] == option["name"] for other in known):
            continue
        option_id = str(option.get("id") or ids.option_id([other["id"] for other in known]))
        default = new_option(option_id, option["name"], len(known))
        known.append({**default, **option, "id": option_id})
    _save_options(engine, base, table, column, known, actor)


def change(
    engine: Engine, base: Base, table: Table, name: object, options: Sequence[Any], actor: Actor
) -> list[dict[str, Any]]:
    """Rename or recolour options by id; cells keep the ids, so no `_mtime` changes."""
    column = _select_column(table, name)
    if not all(
        isinstance(option, dict) and isinstance(option.get("id"), str) for option in options
    ):
        raise ApiError(400, {"error_msg": "options invalid."})
    changes = {option["id"]: option for option in options}
    changed = [{**known, **changes.get(known["id"], {})} for known in column.options]
    _save_options(engine, base, table, column, changed, actor)
    return changed


def delete(
    engine: Engine, base: Base, table: Table, name: object, names: Sequence[Any], actor: Actor
) -> None:
    column = _select_column(table, name)
    deleted_ids = [option["id"] for option in column.options if option["name"] in names]
    kept = [option for option in column.options if option["id"] not in deleted_ids]
    physical, cell = quote(table.physical), quote(column.physical)
    for option_id in deleted_ids:
        if column.type == "single-select":
            engine.store.execute(
                f"UPDATE {physical} SET {cell} = NULL WHERE {cell} = ?", (option_id,)
            )
        else:
            engine.store.execute(
                f"UPDATE {physical} SET {cell} = (SELECT CASE WHEN COUNT(*) THEN"
                f" json_group_array(value) END FROM json_each({cell}) WHERE value <> ?)"
                f" WHERE {cell} IS NOT NULL",
                (option_id,),
            )
    _save_options(engine, base, table, column, kept, actor)


def set_cascade(
    engine: Engine,
    base: Base,
    table: Table,
    child_name: object,
    parent_name: object,
    children: dict[str, Any],
    actor: Actor,
) -> None:
    """Say which options a column offers for each option of another one, by names.

    Options that the columns do not have are left out.
    """
    child, parent = _select_column(table, child_name), _select_column(table, parent_name)
    if not all(isinstance(names, list) for names in children.values()):
        raise ApiError(400, {"error_msg": "cascade_settings invalid."})
    settings = {
        option["id"]: [other["id"] for other in child.options if other["name"] in names]
        for option in parent.options
        if (names := children.get(option["name"])) is not None
    }
    cascade = {"cascade_column_key": parent.key, "cascade_settings": settings}
    child.data = {**(child.data or {}), **cascade}
    _save_options(engine, base, table, child, child.options, actor)


def _save_options(
    engine: Engine,
    base: Base,
    table: Table,
    column: Column,
    options: list[dict[str, Any]],
    actor: Actor,
) -> None:
    column.data = {**(column.data or {}), "options": options}
    engine.store.save(base)
    engine.log_operation(
        base,
        actor,
        {
            "op_type": "update_column_data",
            "table_id": table.id,
            "column_key": column.key,
            "new_column_data": column.data,
        },
    )
