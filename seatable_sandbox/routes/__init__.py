"""The endpoints of all generations of servers."""

from __future__ import annotations

from seatable_sandbox.routes.context import Call, ServerContext
from seatable_sandbox.routes.helpers import error_response, redirect_to_slash, unknown_path
from seatable_sandbox.routes.register import register_routes

__all__ = [
    "Call",
    "ServerContext",
    "error_response",
    "redirect_to_slash",
    "register_routes",
    "unknown_path",
]
