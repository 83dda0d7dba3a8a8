"""Syncing a table: tasks, reads, and checks of what was read."""

from __future__ import annotations

from tap_seatable.sync.concurrent_reads import ConcurrentReads
from tap_seatable.sync.one_page import first_request
from tap_seatable.sync.planner import plan_tasks
from tap_seatable.sync.row_count_check import check_row_count
from tap_seatable.sync.row_order import in_order
from tap_seatable.sync.table_reader import TableReader
from tap_seatable.sync.table_sync import TableSync
from tap_seatable.sync.task import FULL_TABLE, TableHistory, Task

__all__ = [
    "FULL_TABLE",
    "ConcurrentReads",
    "TableHistory",
    "TableReader",
    "TableSync",
    "Task",
    "check_row_count",
    "first_request",
    "in_order",
    "plan_tasks",
]
