"""Counted, rejected, acknowledged."""

from __future__ import annotations

from target_seatable.results.batches import BatchTracker
from target_seatable.results.partial_source import PartialSource
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
from target_seatable.results.source_state import incomplete_reason
from target_seatable.results.state import StateQueue
from target_seatable.results.stats import StreamStats

__all__ = [
    "MARKS",
    "BatchTracker",
    "Entry",
    "Marks",
    "PartialSource",
    "ReasonCounts",
    "RejectedRecords",
    "RetriedFile",
    "RetriedRecord",
    "RunReport",
    "StateQueue",
    "StreamStats",
    "decode_message",
    "incomplete_reason",
]
