"""Registering the base endpoints of one surface: gateway or dtable-server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from seatable_sandbox.routes.helpers import answer, base_grant, require_write

if TYPE_CHECKING:
    from seatable_sandbox.http.server import Server

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
