"""Marks of a record besides its values: the SDK's metadata, and that its row was deleted."""

from __future__ import annotations

from typing import Any

from singer_seatable.contract import SDC_DELETED_AT
from target_seatable.messages import SourceRecord

SDC_METADATA = frozenset({
    "_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", SDC_DELETED_AT,
    "_sdc_sequence", "_sdc_table_version", "_sdc_sync_started_at",
})  # fmt: skip
"""Properties that the SDK adds to records."""


class Tombstone(SourceRecord):
    """A record that says that its row was deleted."""

    def __init__(self, record: SourceRecord, deleted_at: Any) -> None:
        super().__init__(record, record.lines)
        self[SDC_DELETED_AT] = self.deleted_at = deleted_at
