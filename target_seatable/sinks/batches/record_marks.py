"""Marks of a record besides its values: the SDK's metadata, its deletion, what it is part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_seatable.contract import SDC_DELETED_AT
from target_seatable.messages import SourceRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

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


class Element(SourceRecord):
    """An element of an array as a record.

    Attributes:
        owner: the same object for all elements of one record, however deep they are in it.
    """

    def __init__(self, record: Mapping[str, Any], owner: object) -> None:
        super().__init__(record)
        self.owner = owner
