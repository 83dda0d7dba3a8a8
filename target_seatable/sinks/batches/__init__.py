"""From the records of a batch to the changes of rows that they stand for."""

from __future__ import annotations

from target_seatable.sinks.batches.arrival import places
from target_seatable.sinks.batches.batch_items import BatchItems
from target_seatable.sinks.batches.counted_sink import CountedSink
from target_seatable.sinks.batches.record_marks import SDC_METADATA, Element, Tombstone

__all__ = ["SDC_METADATA", "BatchItems", "CountedSink", "Element", "Tombstone", "places"]
