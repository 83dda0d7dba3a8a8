"""Makes the tables of a copied base in the order that they have there.

A stream that fills a batch would get its table before a smaller one that came first, and one
without rows would get it at the end. No API puts tables into another order afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_seatable.sinks.context import ContextTarget
from target_seatable.sinks.table_sink import TableSink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk import Sink


class OrderedTarget(ContextTarget):
    """A target that makes the tables of a copy in the order of their streams."""

    _sizes: dict[str, int]

    def _sinks(self) -> list[TableSink]:
        return [sink for sink in self._sinks_active.values() if isinstance(sink, TableSink)]

    def _drain_idle_sinks(self) -> None:
        """Store the batches of streams that got no record while another stream filled a batch.

        Taps send one stream after the other: the few last records of a stream would hold back
        every STATE of the next.
        """
        for stream, sink in self._sinks_active.items():
            if sink.current_size == self._sizes.get(stream):
                self.drain_one(sink)
        self._sizes = {stream: sink.current_size for stream, sink in self._sinks_active.items()}

    def remove_refused_tables(self, *, has_failed: bool = False) -> None:
        """Remove the tables that this run has made for streams whose every record was refused.

        Args:
            has_failed: whether the run has failed, perhaps just after it had made a table.
        """
        for sink in self._sinks():
            sink.remove_refused_table(has_failed=has_failed)

    def drain_one(self, sink: Sink) -> None:  # type: ignore[misc]
        """Store a batch, behind the tables of earlier streams."""
        create_earlier_tables(sink, self._sinks())
        self._create_parent_table(sink)
        super().drain_one(sink)

    def _create_parent_table(self, sink: Sink) -> None:
        """Create the table that the first elements of an array take the columns of their key from.

        Args:
            sink: the sink of a stream whose batch is to be stored.
        """
        if not isinstance(sink, TableSink) or sink.load is not None or not sink.current_size:
            return
        parent = self._sinks_active.get(sink.stream.parent.name) if sink.stream.parent else None
        if isinstance(parent, TableSink) and parent.load is None:
            self.drain_one(parent)


def create_earlier_tables(sink: Sink, sinks: Iterable[TableSink]) -> None:
    """Create the tables of the copied streams that came before, if this one may get its table.

    Args:
        sink: the sink of a stream whose batch is to be stored.
        sinks: those of all streams, in the order of their schemas.
    """
    if (
        not isinstance(sink, TableSink)
        or sink.load is not None
        or not sink.stream.source
        or not sink.current_size
    ):
        return
    for earlier in sinks:
        if earlier is sink:
            return
        if earlier.load is None and earlier.stream.source:
            earlier.drain()
            if earlier.load is None:
                earlier.create_empty_table()
