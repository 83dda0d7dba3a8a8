"""Records to batches, nested arrays, stream maps, the worker thread, the shared context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_seatable.sinks.concurrency import BackgroundWorker
from target_seatable.sinks.context import ContextTarget, LoadContext
from target_seatable.sinks.named_streams import NamedStreams
from target_seatable.sinks.nested_tables import NestedTables
from target_seatable.sinks.opened_base import open_target_base
from target_seatable.sinks.routes import StreamRoutes, apply
from target_seatable.sinks.table_order import OrderedTarget
from target_seatable.sinks.table_sink import TableSink

if TYPE_CHECKING:
    from target_seatable.sinks.routes import Route as Route

__all__ = [
    "BackgroundWorker",
    "ContextTarget",
    "LoadContext",
    "NamedStreams",
    "NestedTables",
    "OrderedTarget",
    "StreamRoutes",
    "TableSink",
    "apply",
    "open_target_base",
]
