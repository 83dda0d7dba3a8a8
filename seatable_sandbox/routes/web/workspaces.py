"""dtable-web: workspaces of the account, and creating, renaming and deleting bases in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from seatable_sandbox.engine import OWNER, Actor
from seatable_sandbox.model import ApiError
from seatable_sandbox.operations import rows, tables
from seatable_sandbox.routes.authorization import require_account, require_account_base
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import format_web_time, json_response, read_form

if TYPE_CHECKING:
    from seatable_sandbox.model import Base
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()

PERSONAL = 1
"""The number of the account's own workspace; all others belong to groups."""

_GROUP_DOMAIN = "@seafile_group"
_ROWS_OF_A_NEW_BASE = 3


# Workspaces --------------------------------------------------------------------------------------


@ENDPOINTS.route("/api/v2.1/workspaces/", "GET")
def list_workspaces(context: ServerContext) -> Any:
    require_account(context)
    bases = list(context.store.bases.values())
    starred = [
        {**_format_base(base), "starred": True}
        for base in bases
        if base.number in context.starred_bases
    ]
    found: list[dict[str, Any]] = [
        {"id": "", "name": "starred", "type": "starred", "table_list": starred},
        {
            "id": "",
            "name": "shared",
            "type": "shared",
            "table_list": [],
            "shared_table_list": [],
        },
    ]
    for number in _workspace_ids(context):
        tables = [_format_base(base) for base in bases if base.workspace_id == number]
        workspace: dict[str, Any] = {"id": number, "table_list": tables}
        if number == PERSONAL:
            workspace |= {"name": "personal", "type": "personal"}
        else:
            group = {"group_id": _group_id(number), "group_owner": OWNER}
            workspace |= {"name": f"Group {number}", "type": "group", **group}
        found.append(workspace)
    return {"workspace_list": found}


def _workspace_ids(context: ServerContext) -> list[int]:
    """The workspaces that the account sees: its own, its groups', and those of bases."""
    used = {base.workspace_id for base in context.store.bases.values()}
    return sorted({PERSONAL, *context.groups, *used})


def _group_id(workspace_id: int) -> int:
    """The group of a workspace; another number than the workspace's, so that a mix-up shows."""
    return 40 + workspace_id


# Bases -------------------------------------------------------------------------------------------


@ENDPOINTS.route("/api/v2.1/dtables/", "POST")
def create_base(context: ServerContext) -> Any:
    require_account(context)
    sent = read_form()
    name = sent.get("name")
    if not name or "/" in name:
        raise ApiError(400, {"error_msg": "name invalid."})
    workspace_id = _find_workspace(context, sent)
    if context.store.base_by_name(workspace_id, name):
        message = f"Base {name} already exists in this workspace."
        raise ApiError(400, {"error_msg": message})
    if not context.groups.get(workspace_id, True):  # a member, but no administrator
        raise ApiError(403, {"error_msg": "Permission denied."})
    base = tables.create_base(context.engine, name, workspace_id, table=True)
    empty: list[Any] = [{"Name": ""} for _ in range(_ROWS_OF_A_NEW_BASE)]
    rows.append(context.engine, base, base.tables[0], empty, Actor(OWNER))
    g.base_name = name
    return json_response({"table": _format_base(base)}, 201)


def _find_workspace(context: ServerContext, sent: dict[str, Any]) -> int:
    """Where a base is created: an owner counts before a workspace, as in dtable-web."""
    owner, workspace_id = sent.get("owner"), sent.get("workspace_id")
    known = _workspace_ids(context)
    if owner == OWNER:
        return PERSONAL
    if owner:
        owners = {f"{_group_id(number)}{_GROUP_DOMAIN}": number for number in known}
        if owner not in owners:
            raise ApiError(403, {"error_msg": "Permission denied."})
        return owners[owner]
    if not context.profile.creates_in_workspace:
        raise ApiError(400, {"error_msg": "owner invalid."})
    if not workspace_id:
        return PERSONAL
    found = {str(number): number for number in known}.get(str(workspace_id))
    if found is None:
        raise ApiError(404, {"error_msg": "Workspace not found."})
    return found


@ENDPOINTS.route("/api/v2.1/workspace/<int:workspace_id>/dtable/", "DELETE")
def delete_base(context: ServerContext, workspace_id: int) -> Any:
    sent = read_form()
    context.store.remove_base(require_account_base(context, workspace_id, str(sent.get("name"))))
    return {"success": "true"}


@ENDPOINTS.route("/api/v2.1/workspace/<int:workspace_id>/dtable/", "PUT")
def rename_base(context: ServerContext, workspace_id: int) -> Any:
    sent = read_form()
    base = require_account_base(context, workspace_id, str(sent.get("name")))
    new_name = sent.get("new_name") or base.name
    if new_name != base.name and context.store.base_by_name(workspace_id, new_name):
        raise ApiError(400, {"error_msg": f"{new_name} exists."})
    base.name = new_name
    context.store.save(base)
    return {"table": _format_base(base)}


def _format_base(base: Base) -> dict[str, Any]:
    return {
        "id": base.number,
        "workspace_id": base.workspace_id,
        "uuid": base.uuid,
        "name": base.name,
        "creator": "Demo Owner",
        "modifier": "Demo Owner",
        "created_at": format_web_time(base.created_ms),
        "updated_at": format_web_time(base.updated_ms),
        "color": None,
        "text_color": None,
        "icon": None,
        "starred": False,
    }
