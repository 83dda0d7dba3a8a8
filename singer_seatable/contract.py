"""What tap-seatable and target-seatable agree on, beyond the Singer specification."""

from __future__ import annotations

SCHEMA_EXTENSION = "x-seatable"
"""Schema keyword that describes a SeaTable table or column, so that a copy can recreate it."""

DELETED_AT = "_deleted_at"
"""Tombstone column of tap-seatable: when a row was deleted, null in living rows.

Unlike `_sdc_deleted_at` no loader strips it.
"""

SDC_DELETED_AT = "_sdc_deleted_at"
"""Tombstone column of the Singer SDK and of PipelineWise."""

TOMBSTONE_COLUMNS = frozenset({DELETED_AT, SDC_DELETED_AT})
"""Properties that mark a record as a tombstone. They are no columns of the table."""
