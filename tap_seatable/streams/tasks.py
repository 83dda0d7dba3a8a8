"""Plans what a run does with each table, before its first stream."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from singer_seatable.threads import map_at_once
from tap_seatable.bases import RunFailures
from tap_seatable.errors import InvalidCondition
from tap_seatable.sync import ConcurrentReads, plan_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatable_client.api import Base, ReadRequest
    from seatable_client.errors import SeaTableError
    from tap_seatable.bases import Source
    from tap_seatable.streams.base import RunContext
    from tap_seatable.streams.table import TableStream


def check_settings(streams: Iterable[TableStream], failures: RunFailures) -> None:
    """Check the settings of streams, conditions with a call if they are new.

    A stream fails alone whose condition fits the tables of that name in other bases.

    Raises:
        ConfigError: a setting is invalid, or a condition fits no table.
    """
    refusals = {stream: _refusal_of(stream) for stream in streams}
    fitting = {
        stream.plan.table.name
        for stream, refusal in refusals.items()
        if refusal is None and stream.plan.row_filter.where
    }
    for stream, refusal in refusals.items():
        if refusal is None:
            continue
        if stream.plan.table.name not in fitting:
            raise refusal
        failures.record_stream_failure(stream.name, refusal)


def _refusal_of(stream: TableStream) -> InvalidCondition | None:
    """Why the condition of a stream does not fit its table; None if it does, or there is none.

    Raises:
        ConfigError: another setting is invalid.
    """
    try:
        stream.check_settings()
    except InvalidCondition as error:
        return error
    return None


def plan_run(streams: Iterable[TableStream], run: RunContext) -> None:
    """Give every selected incremental stream its task. At most a few calls for each base.

    As many bases at once are planned as `concurrency` says. An error while planning is the failure
    of the streams that it concerns, which are then not read.

    Raises:
        SeaTableError: an error that holds for all streams, and there is no other base.
    """
    by_source: dict[Source, list[TableStream]] = {}
    for stream in streams:
        if stream.is_read and stream.replication_method == "INCREMENTAL":
            by_source.setdefault(stream.source, []).append(stream)
    plan = partial(_plan_source, run=run)
    for outcome in map_at_once(plan, [*by_source.items()], run.config.concurrency):
        if isinstance(outcome, Exception):
            raise outcome
        run.failures.streams |= outcome  # base by base, whichever was planned first


def _plan_source(
    planned: tuple[Source, Sequence[TableStream]], run: RunContext
) -> dict[str, SeaTableError]:
    """Plan the streams of one base; returns why some cannot be read."""
    source, streams = planned
    failures = RunFailures()
    readable = [stream for stream in streams if stream.name not in run.failures.streams]
    for stream in readable:
        failures.attempt(source, [stream.name], stream.load_history)
    readable = [stream for stream in readable if stream.name not in failures.streams]
    names = [stream.name for stream in readable]
    failures.attempt(source, names, partial(_plan_base, source, readable, run))
    return failures.streams


def _plan_base(source: Source, streams: Sequence[TableStream], run: RunContext) -> None:
    tasks = plan_tasks(
        source.base,
        source.metadata,
        {stream.name: stream.history for stream in streams},
        now=source.now,
        full_compare_interval=run.config.full_compare_interval,
    )
    for stream in streams:
        stream.task = tasks[stream.name]


def begin_reads(streams: Iterable[TableStream], run: RunContext) -> None:
    """Let the first reads of tables begin, as many at once for each base as `concurrency` says."""
    if run.config.concurrency == 1:
        return
    requests: dict[Base, dict[str, ReadRequest]] = {}
    for stream in streams:
        if not stream.is_read or stream.name in run.failures.streams:
            continue
        if request := stream.first_request():
            requests.setdefault(stream.source.base, {})[stream.name] = request
    run.reads = ConcurrentReads(requests, at_once=run.config.concurrency)
