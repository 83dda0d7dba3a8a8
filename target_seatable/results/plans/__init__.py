"""Plans of dry runs: shown as tables, kept as files, and compared with a later run."""

from __future__ import annotations

from target_seatable.results.plans.load_plan import ColumnPlan, LoadPlan, StreamPlan
from target_seatable.results.plans.plan_file import (
    PlannedLoad,
    RowCounts,
    check_place,
    plan_of,
    write_plan,
)
from target_seatable.results.plans.recorder import PlanRecorder
from target_seatable.results.plans.tables import print_plan

__all__ = [
    "ColumnPlan",
    "LoadPlan",
    "PlanRecorder",
    "PlannedLoad",
    "RowCounts",
    "StreamPlan",
    "check_place",
    "plan_of",
    "print_plan",
    "write_plan",
]
