"""Copies of tables: links, formulas and views, which come after rows and plain columns."""

from __future__ import annotations

from target_seatable.tables.copies.columns import CopiedColumns
from target_seatable.tables.copies.views import CopiedViews

__all__ = ["CopiedColumns", "CopiedViews"]
