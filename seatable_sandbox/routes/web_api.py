"""dtable-web: tokens, workspaces and bases, server-info and pings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, request

from seatable_sandbox.engine.engine import Actor
from seatable_sandbox.engine.tokens import ACCOUNT_NAME, ACCOUNT_PASSWORD, OWNER, ApiToken
from seatable_sandbox.model.errors import ApiError
from seatable_sandbox.routes import workspaces
from seatable_sandbox.routes.helpers import (
    answer,
    api_token_call,
    base_grant,
    django_time,
    form,
    require_account,
)

if TYPE_CHECKING:
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Base

USERS = [
    {
        "email": OWNER,
        "name": "Demo Owner",
        "contact_email": ACCOUNT_NAME,
        "avatar_url": "/media/avatars/default.png",
    },
]


def blueprint(server: Server) -> Blueprint:
    """The endpoints."""
    routes = Blueprint("web", __name__)
    store, access = server.engine.store, server.access

    @routes.get("/api2/ping/")
    def ping() -> Response:
        return answer("pong")

    @routes.get("/server-info/")
    def server_info() -> Response:
        return answer({"version": server.profile.version, "edition": server.profile.edition})

    @routes.post("/api2/auth-token/")
    def auth_token() -> Response:
        server.limits.count_web_call()
        sent = form()
        if (sent.get("username"), sent.get("password")) != (ACCOUNT_NAME, ACCOUNT_PASSWORD):
            message = "Unable to login with provided credentials."
            raise ApiError(400, {"non_field_errors": [message]})
        code = server.profile.otp
        if code is not None and request.headers.get("X-SEAFILE-OTP") != code:
            message = "Two factor auth token is missing or invalid."
            raise ApiError(400, {"non_field_errors": [message]}, {"X-SEAFILE-OTP": "required"})
        return answer({"token": access.account_token})

    @routes.get("/api2/auth/ping/")
    def auth_ping() -> Response:
        require_account(server)
        return answer("pong")

    @routes.get("/api2/account/info/")
    def account_info() -> Response:
        require_account(server)
        (user,) = USERS
        found = {key: user[key] for key in ("email", "name", "contact_email")}
        return answer({**found, "avatar_url": server.url + user["avatar_url"], "is_staff": False})

    @routes.get("/api/v2.1/dtable/app-access-token/")
    def app_access_token() -> Response:
        with store.lock:
            token, base = api_token_call(server)
            access.touch(token)
            lifetime = _lifetime(request.args.get("exp")) if server.profile.gateway else None
            return answer(_grant_answer(server, base, token.actor, token.permission, lifetime))

    def named_base(workspace_id: int, name: str) -> Base:
        require_account(server)
        base = store.base_named(workspace_id, name)
        if base is None:
            raise ApiError(404, {"error_msg": f"dtable {name} not found."})
        g.base_name = base.name
        return base

    @routes.get("/api/v2.1/workspace/<int:workspace_id>/dtable/<name>/access-token/")
    def access_token(workspace_id: int, name: str) -> Response:
        with store.lock:
            base = named_base(workspace_id, name)
            found = _grant_answer(server, base, Actor(OWNER), "rw", None)
            if server.profile.grant_answer == "6.0":
                found = {key: found[key] for key in ("access_token", "dtable_uuid")}
            return answer(found)

    tokens_path = "/api/v2.1/workspace/<int:workspace_id>/dtable/<name>/api-tokens/"

    @routes.route(tokens_path, methods=["GET", "POST"])
    def api_tokens(workspace_id: int, name: str) -> Response:
        with store.lock:
            base = named_base(workspace_id, name)
            if request.method == "GET":
                return answer({"api_tokens": [_shown(t) for t in access.api_tokens(base)]})
            sent = form()
            app_name, permission = sent.get("app_name"), sent.get("permission", "rw")
            if not app_name:
                raise ApiError(400, {"error_msg": "app_name invalid."})
            if permission not in ("r", "rw"):
                raise ApiError(400, {"error_msg": "permission invalid."})
            if any(token.app_name == app_name for token in access.api_tokens(base)):
                raise ApiError(400, {"error_msg": f"api token {app_name} already exist."})
            return answer(_shown(access.add_api_token(base, app_name, permission)), 201)

    @routes.route(tokens_path + "<app_name>/", methods=["PUT", "DELETE"])
    def api_token(workspace_id: int, name: str, app_name: str) -> Response:
        with store.lock:
            base = named_base(workspace_id, name)
            found = next((t for t in access.api_tokens(base) if t.app_name == app_name), None)
            if found is None:
                raise ApiError(404, {"error_msg": f"api token {app_name} not found."})
            if request.method == "DELETE":
                access.revoke(found.token)
                return answer({"success": True})
            permission = form().get("permission")
            if permission not in ("r", "rw"):
                raise ApiError(400, {"error_msg": "permission invalid."})
            return answer(_shown(access.change_permission(found, permission)))

    workspaces.add_routes(server, routes, named_base)

    @routes.get("/api/v2.1/dtables/<uuid>/related-users/")
    def users(uuid: str) -> Response:
        with store.lock:
            grant = base_grant(server, uuid, "dtable-web")
            return answer({"user_list": related_users(server, grant.base)})

    return routes


def related_users(server: Server, base: Base) -> list[dict[str, Any]]:
    """The users of a base: the owner and the users behind API tokens."""
    apps = [
        {
            "email": token.actor.user,
            "name": token.app_name,
            "contact_email": "",
            "avatar_url": "/media/avatars/default.png",
        }
        for token in server.access.api_tokens(base)
    ]
    return [{**user, "avatar_url": server.url + user["avatar_url"]} for user in [*USERS, *apps]]


def _lifetime(text: str | None) -> float | None:
    """`exp=5h` or `exp=3d` of servers since 6.0."""
    if not text:
        return None
    factor = {"h": 3600, "d": 86400}.get(text[-1])
    if factor is None or not text[:-1].isdigit():
        raise ApiError(400, {"error_msg": "exp invalid."})
    return int(text[:-1]) * factor


def _grant_answer(
    server: Server, base: Base, actor: Actor, permission: str, lifetime: float | None
) -> dict[str, Any]:
    generation = server.profile.grant_answer
    found: dict[str, Any] = {
        "access_token": server.access.issue(base, actor, permission, lifetime),
        "dtable_uuid": server.access.shown_uuid(base),
        "dtable_server": server.url
        + ("/api-gateway/" if generation == "6.0" else "/dtable-server/"),
    }
    if generation != "6.0":
        found["dtable_socket"] = server.url + "/"
    if generation != "2019":
        found["app_name"] = actor.app
        found["workspace_id"] = base.workspace_id
        found["dtable_name"] = base.name
    if server.profile.dtable_db:
        found["dtable_db"] = server.url + "/dtable-db/"
    if generation in ("4.4", "6.0"):
        found["use_api_gateway"] = True
    return found


def _shown(token: ApiToken) -> dict[str, Any]:
    return {
        "app_name": token.app_name,
        "api_token": token.token,
        "generated_by": token.generated_by,
        "generated_at": django_time(token.generated_ms),
        "last_access": django_time(token.last_access_ms),
        "permission": token.permission,
    }
