"""What the HTTP surfaces share: who is calling, reading requests, writing answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, Response, g, request

from seatable_sandbox.model.errors import ApiError

if TYPE_CHECKING:
    from seatable_sandbox.http.server import Server

if TYPE_CHECKING:
    from seatable_sandbox.engine.tokens import ApiToken, Grant
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Base

NOT_FOUND_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>SeaTable</title></head>
<body><div id="main"><h2>Page not found</h2><p>Sorry, but the requested page could not be found.</p>
</div></body></html>
"""


def answer(document: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(document), status, content_type="application/json")


def not_found_page() -> Response:
    return Response(NOT_FOUND_PAGE, 404, content_type="text/html; charset=utf-8")


def refusal(error: ApiError) -> Response:
    """An error as an answer."""
    if isinstance(error.body, str):
        kind = error.content_type or "text/plain; charset=utf-8"
        return Response(error.body, error.status, error.headers, content_type=kind)
    if error.body is None:
        response = Response(b"", error.status, error.headers)
        response.headers.remove("Content-Type")
        return response
    response = answer(error.body, error.status)
    response.headers.extend(error.headers)
    return response


def body() -> dict[str, Any]:
    """The JSON object of a request; also of a GET."""
    data = request.get_data()
    if not data:
        return {}
    try:
        document = msgspec.json.decode(data)
    except msgspec.DecodeError:
        raise ApiError(400, {"error_msg": "request body is not valid JSON"}) from None
    if not isinstance(document, dict):
        raise ApiError(400, {"error_msg": "params invalid"})
    return document


def form() -> dict[str, Any]:
    """Fields of a web API request: a form, or JSON."""
    if request.mimetype == "application/json":
        return body()
    return dict(request.form.items())


def django_time(milliseconds: int) -> str:
    """A moment as the web API writes it: by the second."""
    return datetime.fromtimestamp(milliseconds // 1000, timezone.utc).isoformat()


def whole_number(name: str, default: int, minimum: int = 0) -> int:
    """A query parameter; nonsense counts as the default, as the server treats it."""
    try:
        value = int(request.args.get(name, default))
    except ValueError:
        return default
    return value if value >= minimum else default


def flag(name: str, default: bool = False) -> bool:
    return request.args.get(name, str(default)).lower() == "true"


def redirected(server: Server, path: str) -> Response | None:
    """SeaTable Cloud 5.0 sent v1 reads to the gateway; a POST becomes a GET on the way."""
    if not server.profile.redirects_v1_reads:
        return None
    query = request.query_string.decode()
    location = server.url + path + (f"?{query}" if query else "")
    return Response(b"", 302, {"Location": location}, content_type="text/html")


def sent_token(server: Server) -> str:
    """The token of the Authorization header, if its scheme is one that this server takes."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    schemes = ("token", "bearer") if server.profile.bearer_scheme else ("token",)
    return token.strip() if scheme.lower() in schemes else ""


def base_grant(server: Server, uuid: str, surface: str) -> Grant:
    """Who is calling a base endpoint.

    Raises:
        ApiError: The token is missing, foreign or expired: always a 403.
    """
    found = server.access.check(sent_token(server), uuid)
    if g.get("token_expired"):
        found = "expired"
    if isinstance(found, str):
        raise ApiError(403, server.token_refusal(found, surface))
    g.base_name = found.base.name
    server.limits.count_base_call(found.base)
    return found


def require_write(grant: Grant, surface: str) -> None:
    if grant.permission != "rw":
        message = "You don't have permission to edit the current table."
        key = "error_message" if surface == "gateway" else "error_msg"
        raise ApiError(403, {key: message})


def api_token_call(server: Server) -> tuple[ApiToken, Base]:
    """Who is calling an endpoint that takes an API token."""
    server.limits.count_web_call()
    token = server.access.api_token(sent_token(server))
    if token is None:
        raise ApiError(403, {"error_msg": "Permission denied."})
    base = server.engine.store.bases[token.base_number]
    g.base_name = base.name
    return token, base


def require_account(server: Server) -> None:
    """Only the account token may do this."""
    server.limits.count_web_call()
    token = sent_token(server)
    if not token:
        raise ApiError(403, {"detail": "Authentication credentials were not provided."})
    if token != server.access.account_token:
        raise ApiError(401, {"detail": "Invalid token"})


Handler = Callable[..., Any]


class Surface:
    """Checks the token, counts the call and makes all that the call does one transaction."""

    def __init__(self, server: Server, name: str, prefix: str) -> None:
        self.server = server
        self.name = name
        self.prefix = prefix
        self.routes = Blueprint(name, __name__)

    def call(
        self, path: str, *methods: str, write: bool = False, surface: str = ""
    ) -> Callable[[Handler], Handler]:
        """Register `handle(grant, …)` for a path below the base's prefix.

        Args:
            path: The path, with Flask's variables.
            methods: HTTP methods.
            write: Whether a read-only token is refused.
            surface: A name of its own for refusals, where an endpoint words them differently.
        """
        store = self.server.engine.store
        name = surface or self.name

        def register(handle: Handler) -> Handler:
            def view(uuid: str, **arguments: Any) -> Response:
                with store.lock:
                    grant = base_grant(self.server, uuid, name)
                    if write:
                        require_write(grant, name)
                    with store.transaction():
                        result = handle(grant, **arguments)
                    # Encoded before the lock is let go: results share objects with the structure.
                    response = result if isinstance(result, Response) else answer(result)
                    response.headers.extend(self.server.limits.headers(grant.base))
                    return response

            endpoint = f"{handle.__name__} {' '.join(methods)} {path}".replace(".", "-")
            self.routes.add_url_rule(self.prefix + path, endpoint, view, methods=list(methods))
            return handle

        return register
