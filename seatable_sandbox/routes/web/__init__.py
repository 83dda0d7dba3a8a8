"""dtable-web: accounts, tokens, workspaces, files."""

from __future__ import annotations

from seatable_sandbox.routes.web.account import ENDPOINTS as ACCOUNT
from seatable_sandbox.routes.web.comments import ENDPOINTS as COMMENTS
from seatable_sandbox.routes.web.files import ENDPOINTS as FILES
from seatable_sandbox.routes.web.tokens import ENDPOINTS as TOKENS
from seatable_sandbox.routes.web.webhooks import ENDPOINTS as WEBHOOKS
from seatable_sandbox.routes.web.workspaces import ENDPOINTS as WORKSPACES

__all__ = [
    "ACCOUNT",
    "COMMENTS",
    "FILES",
    "TOKENS",
    "WEBHOOKS",
    "WORKSPACES",
]
