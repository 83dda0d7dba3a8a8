"""dtable-web: base tokens, API tokens, and the users of a base."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import request

from seatable_sandbox.engine import OWNER, Actor, ApiToken
from seatable_sandbox.model import ApiError
from seatable_sandbox.routes.authorization import (
    require_account_base,
    require_api_token,
    require_base_token,
)
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import format_web_time, json_response, read_form
from seatable_sandbox.routes.users import list_related_users

if TYPE_CHECKING:
    from seatable_sandbox.model import Base
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()

_BASE = "/api/v2.1/workspace/<int:workspace_id>/dtable/<name>"


# Base tokens -------------------------------------------------------------------------------------


@ENDPOINTS.route("/api/v2.1/dtable/app-access-token/", "GET")
def get_base_token(context: ServerContext) -> Any:
    token, base = require_api_token(context)
    context.tokens.touch(token)
    lifetime = _parse_lifetime(request.args.get("exp")) if context.profile.gateway else None
    permission = "r" if _exceeds_team(context) else token.permission
    return _issue_base_token(context, base, token.actor, permission, lifetime)


def _exceeds_team(context: ServerContext) -> bool:
    """Whether the bases hold more rows than the plan of the team permits."""
    most = context.profile.max_rows_per_team
    tables = [table for base in context.store.bases.values() for table in base.tables]
    return most is not None and sum(map(context.store.count, tables)) > most


@ENDPOINTS.route(f"{_BASE}/access-token/", "GET")
def get_base_token_of_account(context: ServerContext, workspace_id: int, name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    found = _issue_base_token(context, base, Actor(OWNER), "rw", None)
    if context.profile.grant_answer == "6.0":
        return {key: found[key] for key in ("access_token", "dtable_uuid")}
    return found


def _parse_lifetime(text: str | None) -> float | None:
    """Seconds of `exp=5h` or `exp=3d`, which servers take since 6.0.

    Raises:
        ApiError: 400 for anything else.
    """
    if not text:
        return None
    unit_seconds = {"h": 3600, "d": 86400}.get(text[-1])
    if unit_seconds is None or not re.fullmatch("[0-9]{1,6}", text[:-1]):
        raise ApiError(400, {"error_msg": "exp invalid."})
    return int(text[:-1]) * unit_seconds


def _issue_base_token(
    context: ServerContext, base: Base, actor: Actor, permission: str, lifetime: float | None
) -> dict[str, Any]:
    """A new base token with the fields that this generation of servers answers beside it."""
    generation = context.profile.grant_answer
    data_server = "/api-gateway/" if generation == "6.0" else "/dtable-server/"
    found: dict[str, Any] = {
        "access_token": context.tokens.issue(base, actor, permission, lifetime),
        "dtable_uuid": context.tokens.format_uuid(base),
        "dtable_server": context.url + data_server,
    }
    if generation != "6.0":
        found["dtable_socket"] = context.url + "/"
    if generation != "2019":
        found["app_name"] = actor.app
        found["workspace_id"] = base.workspace_id
        found["dtable_name"] = base.name
    if context.profile.dtable_db:
        found["dtable_db"] = context.url + "/dtable-db/"
    if generation in ("4.4", "6.0"):
        found["use_api_gateway"] = True
    return found


# API tokens --------------------------------------------------------------------------------------


@ENDPOINTS.route(f"{_BASE}/api-tokens/", "GET")
def list_api_tokens(context: ServerContext, workspace_id: int, name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    return {"api_tokens": [_format_token(token) for token in context.tokens.api_tokens(base)]}


@ENDPOINTS.route(f"{_BASE}/api-tokens/", "POST")
def create_api_token(context: ServerContext, workspace_id: int, name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    sent = read_form()
    app_name = sent.get("app_name")
    if not app_name:
        raise ApiError(400, {"error_msg": "app_name invalid."})
    permission = _read_permission(sent, "rw")
    if any(token.app_name == app_name for token in context.tokens.api_tokens(base)):
        raise ApiError(400, {"error_msg": f"api token {app_name} already exist."})
    token = context.tokens.add_api_token(base, app_name, permission)
    return json_response(_format_token(token), 201)


@ENDPOINTS.route(f"{_BASE}/temp-api-token/", "GET")
def create_temporary_token(context: ServerContext, workspace_id: int, name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    return {"api_token": context.tokens.issue_temporary(base)}


@ENDPOINTS.route(f"{_BASE}/api-tokens/<app_name>/", "PUT")
def change_api_token(context: ServerContext, workspace_id: int, name: str, app_name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    token = _find_api_token(context, base, app_name)
    permission = _read_permission(read_form())
    return _format_token(context.tokens.change_permission(token, permission))


@ENDPOINTS.route(f"{_BASE}/api-tokens/<app_name>/", "DELETE")
def delete_api_token(context: ServerContext, workspace_id: int, name: str, app_name: str) -> Any:
    base = require_account_base(context, workspace_id, name)
    context.tokens.revoke(_find_api_token(context, base, app_name).token)
    return {"success": True}


def _find_api_token(context: ServerContext, base: Base, app_name: str) -> ApiToken:
    for token in context.tokens.api_tokens(base):
        if token.app_name == app_name:
            return token
    raise ApiError(404, {"error_msg": f"api token {app_name} not found."})


def _read_permission(sent: dict[str, Any], default: str | None = None) -> str:
    permission = sent.get("permission", default)
    if permission not in ("r", "rw"):
        raise ApiError(400, {"error_msg": "permission invalid."})
    return str(permission)


def _format_token(token: ApiToken) -> dict[str, Any]:
    return {
        "app_name": token.app_name,
        "api_token": token.token,
        "generated_by": token.generated_by,
        "generated_at": format_web_time(token.generated_ms),
        "last_access": format_web_time(token.last_access_ms),
        "permission": token.permission,
    }


# Users -------------------------------------------------------------------------------------------


@ENDPOINTS.route("/api/v2.1/dtables/<uuid>/related-users/", "GET")
def get_related_users(context: ServerContext, uuid: str) -> Any:
    grant = require_base_token(context, uuid)
    return {"user_list": list_related_users(context, grant.base)}
