"""Lanes of work: what concerns tables that no link joins is done at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from seatable_client.column_types import type_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from seatable_client.metadata import Table
    from target_seatable.schema import StreamSchema
    from target_seatable.sinks.concurrency.worker import BackgroundWorker

_JOINED = ("joined",)
"""The one lane of all tables that links join."""


class StartingSink(Protocol):
    """The sink of a stream whose table is not known before its first batch."""

    stream: StreamSchema
    load: Any
    """How records get into the table; None until it is known."""

    @property
    def lane(self) -> Hashable:
        """What batches of the stream must not be stored beside."""

    @property
    def waiting(self) -> Sequence[dict[str, Any]]:
        """The records of the batch that is being collected."""

    def start_loading(self, records: Sequence[dict[str, Any]]) -> Any:
        """Find or create the table."""


def lane_of(stream: StreamSchema, table: Table | None, *, has_nested: bool) -> Hashable:
    """The lane of a stream: batches of one lane are stored one after the other.

    Args:
        stream: the stream.
        table: its table; None if the base does not have it.
        has_nested: whether arrays in its records become tables, which are linked to it.
    """
    has_links = table is not None and any(type_of(column).is_link for column in table.columns)
    is_joined = has_links or has_nested or stream.nested_array or stream.links
    return _JOINED if is_joined else stream.name


def start_at_once(sinks: Iterable[StartingSink], worker: BackgroundWorker) -> None:
    """Let the tables of several streams be found or created at once, before their batches' turns.

    Not those of a copied base, which has its tables in the order of the original, nor those that
    links join.
    """
    for sink in sinks:
        is_alone = not sink.stream.source and sink.lane != _JOINED
        if sink.load is None and sink.waiting and is_alone:
            worker.begin(partial(sink.start_loading, sink.waiting), sink.lane)
