"""The endpoints of all generations of servers."""

from __future__ import annotations

from seatable_sandbox.routes.context import Call, ServerContext
from seatable_sandbox.routes.helpers import error_response, not_found_page, redirect_to_slash
from seatable_sandbox.routes.register import register_routes

__all__ = [
    "Call",
    "ServerContext",
    "error_response",
    "not_found_page",
    "redirect_to_slash",
    "register_routes",
]
