"""The plan of a run: made, shown and kept by a dry run, or applied by a later one."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import registry
from seatable_client.errors import ConfigError
from seatable_client.formatting import error_text
from target_seatable.results import (
    ColumnPlan,
    PlannedLoad,
    RowCounts,
    StreamPlan,
    check_place,
    plan_of,
    print_plan,
    write_plan,
)
from target_seatable.rows import comma_remedy
from target_seatable.schema import alike_names, check_header
from target_seatable.tables import is_made

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from seatable_client.api import Base
    from seatable_client.metadata import Column
    from target_seatable.results import PlanRecorder, RunReport
    from target_seatable.settings import TargetConfig
    from target_seatable.sinks import LoadContext, TableSink
    from target_seatable.tables import DryRunBase

log = logging.getLogger(__name__)

_LARGE_PART = 10
"""A load of more than the tenth part of a month's calls is a large one."""


class Planning:
    """What a run has to do with plans.

    Args:
        settings: the target's settings.
        report: of the run.

    Raises:
        ConfigError: the plan could not be written.
    """

    def __init__(self, settings: TargetConfig, report: RunReport) -> None:
        self._settings = settings
        self._report = report
        if settings.dry_run and settings.plan_path:
            check_place(settings.plan_path)

    def check_header(self, stream: str, properties: Collection[str]) -> None:
        """Check the names of a stream's properties; a dry run goes on, and fails in the end.

        Raises:
            ConfigError: the names come from a header that was read wrongly.
        """
        plan = self._report.plan
        try:
            check_header(stream, properties, self._settings)
        except ConfigError as mistake:
            if plan is None:
                raise
            plan.mistakes.append(mistake)
            plan.warn(stream, [str(mistake)])
        if plan is not None:
            plan.warn(stream, alike_names(properties))

    @contextlib.contextmanager
    def ending(
        self, context: LoadContext | None, sinks: Sequence[TableSink], *, is_complete: bool
    ) -> Iterator[None]:
        """Show what a dry run has found, and keep it; or say what is other than planned.

        Args:
            context: what the sinks share; None if no stream came.
            sinks: of all streams.
            is_complete: whether the input has come to its end.

        Raises:
            ConfigError: no stream came, and there is no plan to compare this with.
        """
        planned = context.planned if context is not None else self._plan_without_streams()
        failure: Exception | None = None
        recorder = self._report.plan
        try:
            yield
            _raise_first(recorder.mistakes if recorder is not None else ())
        except Exception as error:
            failure = error
            raise
        finally:
            if context is not None:
                self._compare_calls(context.tables.base)
            base = context.tables.base_tables.dry_base if context is not None else None
            if context is not None and recorder is not None and base is not None:
                self._finish(context, recorder, base, sinks, failure, is_complete=is_complete)
            elif planned is not None:
                self._compare(planned)

    def _plan_without_streams(self) -> PlannedLoad | None:
        """The plan that a run without any stream was to apply, if any."""
        is_applied = self._settings.plan_path and not self._settings.dry_run
        return PlannedLoad(self._settings.plan_path) if is_applied else None

    def _compare_calls(self, base: Base) -> None:
        """Log what part of a month's calls a load takes, if it is a large one."""
        plan = self._settings.subscription
        if plan is None or plan.monthly_calls is None:
            return
        calls = sum(base.transport.calls.values()) + base.skipped_calls
        if calls * _LARGE_PART >= plan.monthly_calls:
            per_user = " for each user" if plan.per_user else ""
            log.warning(
                "This load takes about %s calls, and plan %s allows a team %s calls a month%s. "
                "docs/call-budget.md says how to share them.",
                f"{calls:,}",
                self._settings.plan,
                f"{plan.monthly_calls:,}",
                per_user,
            )

    def _finish(
        self,
        context: LoadContext,
        recorder: PlanRecorder,
        base: DryRunBase,
        sinks: Sequence[TableSink],
        failure: Exception | None,
        *,
        is_complete: bool,
    ) -> None:
        plan = plan_of(
            base,
            base.before,
            self._settings.by_name,
            [self._stream(context, recorder, base, sink) for sink in sinks],
            calls=base.skipped_calls,
            ends_with=error_text(failure) if failure is not None else None,
        )
        print_plan(plan)
        if not self._settings.plan_path:
            return
        if not is_complete:
            log.warning("No plan was written, because the run was stopped.")
            return
        write_plan(self._settings.plan_path, plan)
        log.info("The plan is in %s. It holds samples of the data.", self._settings.plan_path)
        if plan.base.id and plan.base.operations is None:
            log.warning(
                "The plan cannot be applied: this server does not count the operations on a base, "
                "so it would be unknown whether it has changed meanwhile."
            )

    def _compare(self, planned: PlannedLoad) -> None:
        done = {
            stream: RowCounts(stats.added, stats.changed, stats.deleted + stats.marked)
            for stream, stats in self._report.streams()
        }
        for sentence in planned.differences(done):
            log.warning("%s", sentence)

    def _stream(
        self, context: LoadContext, recorder: PlanRecorder, base: DryRunBase, sink: TableSink
    ) -> StreamPlan:
        name, table = sink.stream_name, context.tables.table(sink.stream)
        stats = self._report.stats(name)
        table_name = table.name if table else context.tables.table_name(sink.stream)
        columns: dict[str, Column] = {}
        keys = list(sink.stream.keys)
        if sink.load is not None and table is not None:
            layout = sink.load.layout
            keys = [field.property for field in layout.keys]
            columns = {field.property: field.column for field in layout.fields}
            columns |= {
                link.property: table.by_name[link.column]
                for link in layout.links  # the link of an array's elements is no property's
                if link.column in table.by_name and not link.parts
            }
        shown = []
        for prop in dict.fromkeys([*sink.stream.properties, *recorder.watched(name)]):
            column = columns.get(prop)
            shown.append(self._column(context, recorder, base, name, table_name, prop, column))
            locale = context.config.locale
            sentence = _decimal_comma(recorder, name, prop, shown[-1], locale)
            recorder.warn(name, filter(None, [sentence]))
        known = {column.name for column in columns.values()}
        shown += [
            ColumnPlan(
                property=None,
                column=column.name,
                type=column.type,
                format=column.data.get("format"),
                is_new=True,
                why="made by the run itself, or as in the source",
            )
            for column in (table.columns if table else ())
            if column.name not in known and not is_made(column)
        ]
        return StreamPlan(
            stream=name,
            table=table_name,
            is_new=table is not None and context.tables.has_made(table),
            keys=keys,
            columns=shown,
            add=stats.added,
            change=stats.changed,
            unchanged=stats.unchanged,
            delete=stats.deleted,
            mark=stats.marked,
            skip=stats.skipped,
            refuse=self._report.rejected.counts[name],
            calls=base.calls_by_table[table_name],
            looks_wrong=recorder.warnings(name),
        )

    @staticmethod
    def _column(
        context: LoadContext,
        recorder: PlanRecorder,
        base: DryRunBase,
        stream: str,
        table: str,
        prop: str,
        column: Column | None,
    ) -> ColumnPlan:
        watch = recorder.watch(stream, prop)
        seen: dict[str, Any] = {
            "property": prop,
            "samples": watch.samples,
            "empty": watch.empty,
            "refused": watch.refused,
        }
        if column is None:
            return ColumnPlan(column=None, type=None, why="not written", **seen)
        is_new = not is_made(column)
        why = context.tables.reason_for(stream, prop) if is_new else "exists"
        is_link = registry.type_of(column).is_link  # which a dry run does not resolve
        is_counted = base.finds_by_sql and not is_link
        changed = base.changed_cells[table][column.name] if is_counted else None
        return ColumnPlan(
            column=column.name,
            type=column.type,
            format=column.data.get("format"),
            is_new=is_new,
            why=why or "as in the source",
            changed=0 if is_new else changed,
            **seen,
        )


def _raise_first(errors: Sequence[Exception]) -> None:
    for error in errors:
        raise error


def _decimal_comma(
    recorder: PlanRecorder, stream: str, prop: str, column: ColumnPlan, locale: str
) -> str | None:
    """A sentence, if values look like numbers with a decimal comma and are not read as such."""
    text = recorder.watch(stream, prop).decimal_comma
    is_double = registry.type_named(column.type or "").holds_double
    if text is None or (is_double and not column.refused):
        return None
    return (
        f"{prop!r} holds values such as {text!r}, which look like numbers with a decimal comma. "
        f"{comma_remedy(locale)}"
    )
