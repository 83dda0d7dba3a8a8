"""SDK streams: base class, tables, side streams, tasks."""

from __future__ import annotations

from tap_seatable.streams.base import RunContext, SourceStream
from tap_seatable.streams.side import check_side_streams, make_side_streams
from tap_seatable.streams.table import TableStream
from tap_seatable.streams.tasks import begin_reads, check_settings, plan_run

__all__ = [
    "RunContext",
    "SourceStream",
    "TableStream",
    "begin_reads",
    "check_settings",
    "check_side_streams",
    "make_side_streams",
    "plan_run",
]
