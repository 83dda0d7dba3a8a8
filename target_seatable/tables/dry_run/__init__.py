"""A base that takes every change and makes none, to show what a run would do."""

from __future__ import annotations

from target_seatable.tables.dry_run.base import DryRunBase, is_made
from target_seatable.tables.dry_run.uncreated import UncreatedBase

__all__ = [
    "DryRunBase",
    "UncreatedBase",
    "is_made",
]
