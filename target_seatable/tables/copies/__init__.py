"""What a copied table has besides its rows and plain columns: links, formulas, views."""

from __future__ import annotations

from target_seatable.tables.copies.columns import CopiedColumns
from target_seatable.tables.copies.views import CopiedViews

__all__ = ["CopiedColumns", "CopiedViews"]
