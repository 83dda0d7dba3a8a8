"""Tables of the base: find, create, dry run, limits."""

from __future__ import annotations

from target_seatable.tables.big_data import check_subscription, explain_refusal
from target_seatable.tables.confirm import MAX_WRITE_ATTEMPTS, is_server_failure, poll_until_stable
from target_seatable.tables.connection import open_base
from target_seatable.tables.copies import CopiedColumns, CopiedViews
from target_seatable.tables.dry_run import DryRunBase, is_made
from target_seatable.tables.stream_tables import StreamTables

__all__ = [
    "MAX_WRITE_ATTEMPTS",
    "CopiedColumns",
    "CopiedViews",
    "DryRunBase",
    "StreamTables",
    "check_subscription",
    "explain_refusal",
    "is_made",
    "is_server_failure",
    "open_base",
    "poll_until_stable",
]
