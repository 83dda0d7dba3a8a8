"""The number of records in a sink's metric, the same with each series of the SDK."""

from __future__ import annotations

from singer_sdk import Sink
from singer_sdk.sinks import BatchSink

# From 0.55 on the SDK counts the batches that it drains, and `_clean_up` reports the number.
# Before, a sink counts for itself, and `clean_up` reports it.
_SDK_COUNTS = hasattr(Sink, "_clean_up")


class CountedSink(BatchSink):
    """A sink whose `record_count` has every record once."""

    def count_batch(self) -> None:
        """Count the records of the batch that is being drained, unless the SDK does."""
        if not _SDK_COUNTS:
            self.record_counter_metric.increment(self.current_size)

    def finish(self) -> None:
        """Report the number and clean up, as the SDK does with each sink at the end of a run."""
        getattr(self, "_clean_up", self.clean_up)()
