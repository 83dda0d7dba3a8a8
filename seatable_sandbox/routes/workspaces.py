"""Workspaces of the account, and making, renaming and deleting the bases in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, g, request

from seatable_sandbox.engine.engine import Actor
from seatable_sandbox.engine.tokens import OWNER
from seatable_sandbox.model.errors import ApiError
from seatable_sandbox.operations import rows, tables
from seatable_sandbox.routes.helpers import answer, django_time, form, require_account

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint

    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Base

PERSONAL = 1
"""The number of the account's own workspace; all others are of groups."""

_GROUP_DOMAIN = "@seafile_group"
_ROWS_OF_A_NEW_BASE = 3


def add_routes(server: Server, routes: Blueprint, named_base: Callable[[int, str], Base]) -> None:
    """Register the endpoints.

    Args:
        server: the server.
        routes: where to.
        named_base: the base of that name in a workspace, or 404.
    """
    store, access = server.engine.store, server.access

    def numbers() -> list[int]:
        """The workspaces that the account sees: its own, its groups', and those of bases."""
        used = {base.workspace_id for base in store.bases.values()}
        return sorted({PERSONAL, *access.groups, *used})

    @routes.get("/api/v2.1/workspaces/")
    def workspaces() -> Response:
        require_account(server)
        with store.lock:
            by_workspace: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers()}
            for base in store.bases.values():
                by_workspace[base.workspace_id].append(_base(base))
            starred = [
                {**_base(base), "starred": True}
                for base in store.bases.values()
                if base.number in access.starred
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
        for number, bases in by_workspace.items():
            listed: dict[str, Any] = {"id": number, "table_list": bases}
            if number == PERSONAL:
                listed |= {"name": "personal", "type": "personal"}
            else:
                group = {"group_id": _group_id(number), "group_owner": OWNER}
                listed |= {"name": f"Group {number}", "type": "group", **group}
            found.append(listed)
        return answer({"workspace_list": found})

    def asked_workspace(sent: dict[str, Any]) -> int:
        """Where a base is to be made: an owner counts before a workspace, as in dtable-web."""
        owner, workspace_id = sent.get("owner"), sent.get("workspace_id")
        if owner == OWNER:
            return PERSONAL
        if owner:
            group = {f"{_group_id(number)}{_GROUP_DOMAIN}": number for number in numbers()}
            if owner not in group:
                raise ApiError(403, {"error_msg": "Permission denied."})
            return group[owner]
        if not server.profile.creates_in_workspace:
            raise ApiError(400, {"error_msg": "owner invalid."})
        if not workspace_id:
            return PERSONAL
        if not str(workspace_id).isdigit() or int(workspace_id) not in numbers():
            raise ApiError(404, {"error_msg": "Workspace not found."})
        return int(workspace_id)

    @routes.post("/api/v2.1/dtables/")
    def create_base() -> Response:
        require_account(server)
        sent = form()
        name = sent.get("name")
        if not name or "/" in name:
            raise ApiError(400, {"error_msg": "name invalid."})
        with store.transaction():
            workspace_id = asked_workspace(sent)
            if store.base_named(workspace_id, name):
                message = f"Base {name} already exists in this workspace."
                raise ApiError(400, {"error_msg": message})
            if not access.groups.get(workspace_id, True):  # a member, but no administrator
                raise ApiError(403, {"error_msg": "Permission denied."})
            base = tables.create_base(server.engine, name, workspace_id, table=True)
            empty: list[Any] = [{"Name": ""} for _ in range(_ROWS_OF_A_NEW_BASE)]
            rows.append(server.engine, base, base.tables[0], empty, Actor(OWNER))
            g.base_name = name
            return answer({"table": _base(base)}, 201)

    @routes.route("/api/v2.1/workspace/<int:workspace_id>/dtable/", methods=["PUT", "DELETE"])
    def change_base(workspace_id: int) -> Response:
        sent = form()
        with store.lock:
            base = named_base(workspace_id, str(sent.get("name")))
            if request.method == "DELETE":
                store.remove_base(base)
                return answer({"success": "true"})
            new_name = sent.get("new_name") or base.name
            if new_name != base.name and store.base_named(workspace_id, new_name):
                raise ApiError(400, {"error_msg": f"{new_name} exists."})
            base.name = new_name
            store.save(base)
            return answer({"table": _base(base)})


def _group_id(workspace_id: int) -> int:
    """The group of a workspace; its number is another one, so that they cannot be confused."""
    return 40 + workspace_id


def _base(base: Base) -> dict[str, Any]:
    return {
        "id": base.number,
        "workspace_id": base.workspace_id,
        "uuid": base.uuid,
        "name": base.name,
        "creator": "Demo Owner",
        "modifier": "Demo Owner",
        "created_at": django_time(base.created_ms),
        "updated_at": django_time(base.updated_ms),
        "color": None,
        "text_color": None,
        "icon": None,
        "starred": False,
    }
