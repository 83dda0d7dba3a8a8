"""Creating, changing and deleting views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.model import ApiError, ids
from seatable_sandbox.operations.tables import default_view

if TYPE_CHECKING:
    from seatable_sandbox.engine import Actor, Engine
    from seatable_sandbox.model import Base, Table

SETTINGS = (
    "name",
    "filters",
    "filter_conjunction",
    "sorts",
    "groupbys",
    "hidden_columns",
    "colorbys",
    "row_height",
    "is_locked",
    "type",
)
"""What a client may change."""
_LISTS = {"filters": dict, "sorts": dict, "groupbys": dict, "hidden_columns": str}
"""The settings that are lists, and of what."""


def require_view(table: Table, name: object) -> dict[str, Any]:
    """The view of this name.

    Raises:
        ApiError: 404 if there is none.
    """
    for view in table.views:
        if view["name"] == name:
            return view
    raise ApiError(404, {"error_msg": "view not found"})


def create(
    engine: Engine, base: Base, table: Table, sent: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    name = sent.get("name")
    if not isinstance(name, str) or not name:
        raise ApiError(400, {"error_msg": "name invalid."})
    if any(view["name"] == name for view in table.views):
        raise ApiError(400, {"error_msg": f"view {name} exists."})
    view = default_view(ids.short_key([view["_id"] for view in table.views]), name)
    view.update(_read_settings(sent))
    table.views.append(view)
    _save(engine, base, table, actor, "insert_view", view["_id"])
    return view


def change(
    engine: Engine, base: Base, table: Table, name: str, sent: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    view = require_view(table, name)
    new_name = sent.get("name", name)
    if not isinstance(new_name, str) or not new_name:
        raise ApiError(400, {"error_msg": "name invalid."})
    if any(other["name"] == new_name and other is not view for other in table.views):
        raise ApiError(400, {"error_msg": f"view {new_name} exists."})
    view.update(_read_settings(sent))
    _save(engine, base, table, actor, "modify_view", view["_id"])
    return view


def _read_settings(sent: dict[str, Any]) -> dict[str, Any]:
    """What a request says about a view.

    Raises:
        ApiError: 400 for a list that is none, or has other items than it should have.
    """
    settings = {key: sent[key] for key in SETTINGS if key in sent}
    for key in settings.keys() & _LISTS.keys():
        if settings[key] in (None, [{}]):  # so a client empties a list
            settings[key] = []
        if not _is_list_of(settings[key], _LISTS[key]):
            raise ApiError(400, {"error_msg": f"{key} invalid."})
    return settings


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def delete(engine: Engine, base: Base, table: Table, name: str, actor: Actor) -> None:
    view = require_view(table, name)
    if len(table.views) == 1:
        raise ApiError(400, {"error_msg": "The last view cannot be deleted."})
    table.views.remove(view)
    _save(engine, base, table, actor, "delete_view", view["_id"])


def _save(
    engine: Engine, base: Base, table: Table, actor: Actor, operation: str, view_id: str
) -> None:
    engine.store.save(base)
    engine.log_operation(
        base, actor, {"op_type": operation, "table_id": table.id, "view_id": view_id}
    )
