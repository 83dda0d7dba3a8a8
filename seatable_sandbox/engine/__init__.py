"""The base of all operations: rows, links, trash, files, tokens, webhooks."""

from __future__ import annotations

from seatable_sandbox.engine.autonumber import next_number
from seatable_sandbox.engine.deletions import list_deleted_rows, log_deletions
from seatable_sandbox.engine.engine import Actor, Engine
from seatable_sandbox.engine.file_store import FileStore
from seatable_sandbox.engine.links import find_linked_rows
from seatable_sandbox.engine.stored_rows import format_row, load_rows
from seatable_sandbox.engine.tokens import (
    ACCOUNT_NAME,
    ACCOUNT_PASSWORD,
    OWNER,
    ApiToken,
    Grant,
    Tokens,
)
from seatable_sandbox.engine.webhooks import Webhook

__all__ = [
    "ACCOUNT_NAME",
    "ACCOUNT_PASSWORD",
    "OWNER",
    "Actor",
    "ApiToken",
    "Engine",
    "FileStore",
    "Grant",
    "Tokens",
    "Webhook",
    "find_linked_rows",
    "format_row",
    "list_deleted_rows",
    "load_rows",
    "log_deletions",
    "next_number",
]
