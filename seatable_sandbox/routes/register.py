"""Adds the endpoints of a server's generation to an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_sandbox.routes import gateway, page, shared, v1, web

if TYPE_CHECKING:
    from flask import Flask

    from seatable_sandbox.routes.context import ServerContext


def register_routes(app: Flask, context: ServerContext) -> None:
    """Add the endpoints that the server's profile has to an application."""
    for endpoints in (
        web.ACCOUNT,
        web.TOKENS,
        web.WORKSPACES,
        web.FILES,
        web.COMMENTS,
        web.WEBHOOKS,
    ):
        endpoints.register(app, context)
    page.READING.register(app, context)
    page.EDITING.register(app, context)
    if context.profile.gateway:
        gateway.SERVER_ENDPOINTS.register(app, context)
        for base_endpoints in (gateway.ENDPOINTS, shared.SCHEMA, shared.HISTORY, shared.COMMENTS):
            base_endpoints.register(app, context, gateway.API)
    if context.profile.dtable_server:
        v1.SERVER.register(app, context)
        for base_endpoints in (
            v1.READING,
            v1.WRITING,
            shared.SCHEMA,
            shared.HISTORY,
            shared.COMMENTS,
        ):
            base_endpoints.register(app, context, v1.API)
        if context.profile.dtable_db:
            v1.DTABLE_DB_SERVER.register(app, context)
            v1.DTABLE_DB.register(app, context, v1.DTABLE_DB_API)
