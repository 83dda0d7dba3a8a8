"""The load context: what all sinks of a run share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from singer_sdk import Target

from target_seatable.sinks.concurrency import start_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from singer_sdk import Sink

    from singer_seatable.run_log import RunProgress
    from target_seatable.links import Linker
    from target_seatable.load_methods import Coverages, LoadMethod
    from target_seatable.results import BatchTracker, PlannedLoad, PlanRecorder, RunReport
    from target_seatable.schema import NestedArray
    from target_seatable.settings import TargetConfig
    from target_seatable.sinks.concurrency import BackgroundWorker, StartingSink
    from target_seatable.sinks.nested_tables import NestedTables
    from target_seatable.tables import CopiedColumns, CopiedViews, StreamTables


class RecordSink(Protocol):
    """Takes the records of one stream."""

    @property
    def is_full(self) -> bool:
        """Whether the batch is complete, so that it has to be drained before the next record."""

    def take(self, record: dict[str, Any], message: Mapping[str, Any]) -> None:
        """Take a record of the stream out of its RECORD message."""

    def drain(self) -> None:
        """Store the batch."""

    def activate_version(self, new_version: int) -> None:
        """Note that rows of older versions are removed at the end of the input."""


@dataclass(frozen=True)
class LoadContext:
    """What all sinks of a run share.

    Attributes:
        config: the target's settings.
        tables: the tables of the base.
        copied_columns: the formulas and links of copied tables, made at the end of the run.
        copied_views: the views of copied tables, made after the rows are linked.
        linker: the links between rows, written at the end of the run.
        report: counters and rejected records.
        batches: the batches under way, and the STATEs that they hold back.
        worker: stores batches beside the reading of the input.
        nested: the arrays of objects that become tables of their own.
        progress: shows how many records are loaded.
        coverages: what each stream has brought of its table.
        sink_of: the sink of an array's elements, made if need be.
        drain: stores the batch of a sink.
        plan: notes what a dry run sees; None in other runs.
        planned: the plan that this run applies, if any.
    """

    config: TargetConfig
    tables: StreamTables
    copied_columns: CopiedColumns
    copied_views: CopiedViews
    linker: Linker
    report: RunReport
    batches: BatchTracker
    worker: BackgroundWorker
    nested: NestedTables
    progress: RunProgress
    coverages: Coverages
    sink_of: Callable[[NestedArray], RecordSink]
    drain: Callable[[Sink], None]
    plan: PlanRecorder | None = None
    planned: PlannedLoad | None = None

    def finish_tables(self, loads: Mapping[str, LoadMethod | None]) -> None:
        """Do what takes the rows of all streams: nested arrays, columns of copies, links.

        Args:
            loads: how each stream is loaded; None for one that has no table.
        """
        self.nested.remove_stale_rows(self.tables.base, loads)
        self.copied_columns.make()
        self.tables.remove_initial_table()
        self.linker.write(loads, rows=not self.config.dry_run)
        self.batches.complete_links()
        self.copied_views.make()


class ContextTarget(Target):
    """A target whose sinks share a context; the SDK makes sinks with nothing but their target."""

    @property
    @abstractmethod
    def context(self) -> LoadContext:
        """What the sinks share."""

    def _drain_all(self, sink_list: Iterable[Sink], parallelism: int) -> None:
        """Store the batches of these sinks; their tables are found or created at once."""
        sinks = list(sink_list)
        if sinks:
            start_at_once(cast("list[StartingSink]", sinks), self.context.worker)
        super()._drain_all(sinks, parallelism)
