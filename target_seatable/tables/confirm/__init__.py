"""Confirm writes: whether a lost answer was a write, and whether the columns are the same."""

from __future__ import annotations

from target_seatable.tables.confirm.polling import (
    MAX_WRITE_ATTEMPTS,
    is_server_failure,
    poll_until_stable,
)
from target_seatable.tables.confirm.written_columns import WrittenColumns

__all__ = ["MAX_WRITE_ATTEMPTS", "WrittenColumns", "is_server_failure", "poll_until_stable"]
