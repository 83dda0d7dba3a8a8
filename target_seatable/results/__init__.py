"""Counted, rejected, acknowledged."""

from __future__ import annotations

from target_seatable.results.batches import BatchTracker
from target_seatable.results.partial_source import PartialSource
from target_seatable.results.plans import (
    ColumnPlan,
    LoadPlan,
    PlannedLoad,
    PlanRecorder,
    RowCounts,
    StreamPlan,
    check_place,
    plan_of,
    print_plan,
    write_plan,
)
from target_seatable.results.rejected import (
    MARKS,
    Entry,
    Marks,
    ReasonCounts,
    RejectedRecords,
    RetriedFile,
    RetriedRecord,
    decode_message,
)
from target_seatable.results.report import RunReport
from target_seatable.results.state import StateQueue
from target_seatable.results.stats import StreamStats

__all__ = [
    "MARKS",
    "BatchTracker",
    "ColumnPlan",
    "Entry",
    "LoadPlan",
    "Marks",
    "PartialSource",
    "PlanRecorder",
    "PlannedLoad",
    "ReasonCounts",
    "RejectedRecords",
    "RetriedFile",
    "RetriedRecord",
    "RowCounts",
    "RunReport",
    "StateQueue",
    "StreamPlan",
    "StreamStats",
    "check_place",
    "decode_message",
    "plan_of",
    "print_plan",
    "write_plan",
]
