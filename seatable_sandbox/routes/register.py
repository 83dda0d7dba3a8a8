"""Adds the endpoints of a server's generation to an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_sandbox.routes import gateway, page
from seatable_sandbox.routes.shared import comments as row_comments
from seatable_sandbox.routes.shared import history, schema
from seatable_sandbox.routes.v1 import api as v1
from seatable_sandbox.routes.v1 import dtable_db, reading, writing
from seatable_sandbox.routes.web import account, comments, files, tokens, webhooks, workspaces

if TYPE_CHECKING:
    from flask import Flask

    from seatable_sandbox.routes.context import ServerContext


def register_routes(app: Flask, context: ServerContext) -> None:
    """Add the endpoints that the server's profile has to an application."""
    for room in (account, tokens, workspaces, files, comments, webhooks):
        room.ENDPOINTS.register(app, context)
    page.READING.register(app, context)
    page.EDITING.register(app, context)
    if context.profile.gateway:
        gateway.SERVER_ENDPOINTS.register(app, context)
        for endpoints in (
            gateway.ENDPOINTS,
            schema.ENDPOINTS,
            history.ENDPOINTS,
            row_comments.ENDPOINTS,
        ):
            endpoints.register(app, context, gateway.API)
    if context.profile.dtable_server:
        reading.SERVER_ENDPOINTS.register(app, context)
        for endpoints in (
            reading.ENDPOINTS,
            writing.ENDPOINTS,
            schema.ENDPOINTS,
            history.ENDPOINTS,
            row_comments.ENDPOINTS,
        ):
            endpoints.register(app, context, v1.API)
        if context.profile.dtable_db:
            dtable_db.SERVER_ENDPOINTS.register(app, context)
            dtable_db.ENDPOINTS.register(app, context, dtable_db.API)
