"""The threads that write: one at a time for tables that a link joins, several for others."""

from __future__ import annotations

from target_seatable.sinks.concurrency.lanes import StartingSink, lane_of, start_at_once
from target_seatable.sinks.concurrency.worker import THREAD_NAME, BackgroundWorker

__all__ = ["THREAD_NAME", "BackgroundWorker", "StartingSink", "lane_of", "start_at_once"]
