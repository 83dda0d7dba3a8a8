"""Operations of endpoints on a base: tables, columns, options, views, rows, listing.

Others import its modules by name: `rows.append`, `listing.view_row_ids`.
"""

from __future__ import annotations

from seatable_sandbox.operations.link_filters import apply_filters

__all__ = [
    "apply_filters",
]
