"""Authorization of requests: account tokens, API tokens and base tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, request

from seatable_sandbox.model import ApiError

if TYPE_CHECKING:
    from seatable_sandbox.engine import ApiToken, Grant
    from seatable_sandbox.model import Base
    from seatable_sandbox.routes.context import ServerContext

GATEWAY = "gateway"
DELETED_ROWS = "deleted-rows"


def read_token(context: ServerContext) -> str:
    """The token of the Authorization header; empty if this server does not take its scheme."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    schemes = ("token", "bearer") if context.profile.bearer_scheme else ("token",)
    return token.strip() if scheme.lower() in schemes else ""


def require_base_token(context: ServerContext, uuid: str, wording: str = "") -> Grant:
    """Check the base token of a request and count the call.

    Args:
        context: The server's parts.
        uuid: The base of the request.
        wording: Who words the refusal: GATEWAY, DELETED_ROWS, or "" for all others.

    Returns:
        What the token allows.

    Raises:
        ApiError: 403 if the token is missing, foreign or expired; 429 over the limit.
    """
    found = context.tokens.check(read_token(context), uuid)
    if g.get("token_expired"):
        found = "expired"
    if isinstance(found, str):
        raise ApiError(403, _token_refusal(context, found, wording))
    g.base_name = found.base.name
    # The quota is the gateway's. Before there was one, all calls counted.
    in_quota = request.path.startswith("/api-gateway/") or not context.profile.gateway
    context.limits.count_base_call(found.base, in_quota=in_quota)
    return found


def _token_refusal(context: ServerContext, reason: str, wording: str) -> dict[str, Any]:
    """The body of the 403 for a base token, which differs by generation and API."""
    if wording == GATEWAY:
        return {"error_message": "invalid token"}
    if reason == "expired" and context.profile.grant_answer == "4.4":
        return {"error_msg": "Token expired."}
    if wording == DELETED_ROWS:
        return {"error_msg": "You don't have permission to get deleted rows."}
    return {"error_msg": "You don't have permission to get data from the current table."}


def require_write(grant: Grant, wording: str = "") -> None:
    """Refuse a read-only token.

    Raises:
        ApiError: 403.
    """
    if grant.permission != "rw":
        message = "You don't have permission to edit the current table."
        raise ApiError(403, {"error_message" if wording == GATEWAY else "error_msg": message})


def require_api_token(context: ServerContext) -> tuple[ApiToken, Base]:
    """Check the API token of a request and count the call; returns it and its base.

    Raises:
        ApiError: 403 if the token is missing or unknown; 429 over the limit.
    """
    context.limits.count_web_call()
    token = context.tokens.api_token(read_token(context))
    if token is None:
        raise ApiError(403, {"error_msg": "Permission denied."})
    base = context.store.bases[token.base_number]
    g.base_name = base.name
    return token, base


def require_account(context: ServerContext) -> None:
    """Check that a request has the account token, and count the call.

    Raises:
        ApiError: 403 without a token, 401 with another one; 429 over the limit.
    """
    context.limits.count_web_call()
    token = read_token(context)
    if not token:
        raise ApiError(403, {"detail": "Authentication credentials were not provided."})
    if token != context.tokens.account_token:
        raise ApiError(401, {"detail": "Invalid token"})


def require_account_base(context: ServerContext, workspace_id: int, name: str) -> Base:
    """Check that a request has the account token; returns the base that it names.

    Raises:
        ApiError: As of `require_account`; 404 if there is no such base.
    """
    require_account(context)
    base = context.store.base_by_name(workspace_id, name)
    if base is None:
        raise ApiError(404, {"error_msg": f"dtable {name} not found."})
    g.base_name = base.name
    return base
