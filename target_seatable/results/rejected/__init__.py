"""Rejected records: kept with all reasons, and loaded again once they are corrected."""

from __future__ import annotations

from target_seatable.results.rejected.entries import MARKS, Entry, Marks, decode_message
from target_seatable.results.rejected.kinds import ReasonCounts
from target_seatable.results.rejected.rejected_records import RejectedRecords
from target_seatable.results.rejected.retried_file import RetriedFile, RetriedRecord

__all__ = [
    "MARKS",
    "Entry",
    "Marks",
    "ReasonCounts",
    "RejectedRecords",
    "RetriedFile",
    "RetriedRecord",
    "decode_message",
]
