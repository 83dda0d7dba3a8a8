"""From messages to sinks, and from stored rows to STATEs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, cast

import msgspec

from seatable_client.errors import InvalidValueError
from singer_seatable.run_log import RunProgress, is_alone_on_terminal
from target_seatable.load_methods import LOAD_METHODS, Coverages
from target_seatable.messages import (
    LINE,
    FastPath,
    FaultyRecord,
    MessageReader,
    SourceRecord,
    upgrade_schema,
)
from target_seatable.results import BatchTracker, PartialSource, RunReport, StateQueue
from target_seatable.settings import TargetCommandLine, parse_config
from target_seatable.sinks import (
    BackgroundWorker,
    LoadContext,
    NamedStreams,
    NestedTables,
    OrderedTarget,
    StreamRoutes,
    TableSink,
    apply,
    open_target_base,
)
from target_seatable.target.planning import Planning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_seatable.schema import NestedArray
    from target_seatable.settings import TargetConfig
    from target_seatable.sinks import Route

_json = msgspec.json.Encoder(decimal_format="number")


class MessageTarget(TargetCommandLine, OrderedTarget):
    """A target that hands the records of messages to the sinks of their streams."""

    default_sink_class = TableSink
    message_reader_class = MessageReader
    message_reader: MessageReader
    _MAX_RECORD_AGE_IN_MINUTES = 1.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One base has one call limit, so sinks do not compete for it.
        self.max_parallelism = 1
        self._settings = self._parse_settings()
        removes = any(LOAD_METHODS[name].removes_missing for name in self._settings.load_methods)
        self._coverages = Coverages(
            self._settings.protected_rows,
            keeps_rejected=removes or self._settings.add_record_metadata,
        )
        self._report = RunReport(self._settings, self._coverages.note_rejected)
        self._planning = Planning(self._settings, self._report)
        self._states = StateQueue(self._write_checked_state, self._report.rejected.flush)
        self._batches = BatchTracker(self._states, self._report.rejected)
        self._partial_source = PartialSource()
        self._named = NamedStreams(self._settings)
        self._worker = BackgroundWorker(1 if self._settings.dry_run else self._settings.concurrency)
        self._nested = NestedTables(self._settings)
        self._routes = StreamRoutes(self.mapper, self.get_sink)
        self._progress = RunProgress(self.logger, "records loaded", draws=is_alone_on_terminal())
        self._context: LoadContext | None = None
        self._sizes: dict[str, int] = {}
        self._drain_due = time.time() + 60 * self._MAX_RECORD_AGE_IN_MINUTES

    def _parse_settings(self) -> TargetConfig:
        """The settings of the run."""
        return parse_config(self.config)

    @property
    def context(self) -> LoadContext:
        """What the sinks share; the first call opens the base.

        Raises:
            SeaTableError: the base cannot be opened, or a setting is invalid.
        """
        if self._context is None:
            opened = open_target_base(self._settings, report=self._report, nested=self._nested)
            self._context = LoadContext(
                config=self._settings,
                tables=opened.tables,
                copied_columns=opened.copied_columns,
                copied_views=opened.copied_views,
                linker=opened.linker,
                report=self._report,
                batches=self._batches,
                worker=self._worker,
                nested=self._nested,
                progress=self._progress,
                coverages=self._coverages,
                sink_of=self._nested_sink,
                drain=self.drain_one,
                plan=self._report.plan,
                planned=opened.planned,
            )
        return self._context

    def _nested_sink(self, array: NestedArray) -> TableSink:
        return self.get_sink(array.stream, schema=dict(array.schema), key_properties=array.keys)

    # Messages

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        """Take a stream's schema; records under an older one are stored before any new record."""
        source = message_dict.get(LINE) or _json.encode(message_dict)
        _ = self.context  # a mistake in the settings shows before records pile up
        message_dict["schema"] = upgrade_schema(message_dict["schema"])
        self._planning.check_header(message_dict["stream"], message_dict["schema"]["properties"])
        self._named.check_source(message_dict["stream"], message_dict["schema"])
        super()._process_schema_message(message_dict)
        self._routes.clear()
        self._routes.check_aliases()
        sinks = [sink for _, sink in self._routes.get(message_dict["stream"])]
        completes = any(sink.removes_missing for sink in sinks)  # none where a map leaves it out
        self._partial_source.note_schema(message_dict["stream"], message_dict, completes=completes)
        self._replace_sinks()
        self._report.rejected.note_schema(
            message_dict["stream"], source, [sink.stream_name for sink in sinks]
        )

    def _replace_sinks(self) -> None:
        """Store what sinks of an older schema have taken, and send records to the new ones."""
        self._routes.clear()
        self.message_reader.fast_paths.clear()
        replaced, self._sinks_to_clear = self._sinks_to_clear, []
        for sink in cast("list[TableSink]", replaced):
            self.drain_one(sink)
            sink.finish()
        if replaced:
            self._worker.wait()  # the new sinks may read the same tables

    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> TableSink:
        """The sink of a stream; a new schema also makes sinks for its arrays of objects."""
        arrays: Sequence[NestedArray] = ()
        whole = schema
        if whole is not None:
            self._named.check_stream(stream_name, whole)
            schema, arrays = self._nested.split_schema(stream_name, whole, key_properties)
        sink = super().get_sink(
            stream_name, record=record, schema=schema, key_properties=key_properties
        )
        if not isinstance(sink, TableSink):
            raise TypeError(f"{type(sink).__name__} is not a sink of this target.")
        if whole is not None:
            sink.set_nested_arrays(arrays)
        for array in arrays:
            self._report.rejected.note_array(array.stream, array.parent, array.schema, array.keys)
        return sink

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        """Hand a record to the sinks that its stream's maps name.

        The steps are the SDK's. What is the same for all records of a stream is found once, with
        the stream's schema.
        """
        sent = self._batches.sent
        self._partial_source.has_records = True
        given, lines = message_dict["record"], tuple(filter(None, [message_dict.get(LINE)]))
        for transform, known_sink in self._routes_of(message_dict):
            record, sink = given, known_sink
            if isinstance(given, FaultyRecord):
                given.lines = lines
                sink.reject(given, InvalidValueError(f"{given.reason}."))
                continue
            if transform is not None:
                try:
                    record = apply(transform, given)
                except InvalidValueError as error:
                    sink.reject(SourceRecord(given, lines), error)
                    continue
                if record is None:
                    self._leave_out(sink, message_dict)
                    continue
                if names := {name for name in sink.stream.without_column if record.get(name)}:
                    schema, keys = self._routes.declare(message_dict["stream"], sink, names)
                    sink = self.get_sink(sink.stream_name, schema=schema, key_properties=keys)
                    self._replace_sinks()
            sink.take(SourceRecord(record, lines), message_dict)
            if sink.is_full:
                self.drain_one(sink)
        self._handle_max_record_age()
        if self._batches.sent != sent:
            self._drain_idle_sinks()
            self._add_fast_path(message_dict["stream"])

    def _routes_of(self, message: dict[str, Any]) -> Sequence[Route]:
        """The routes that the record of a RECORD message takes."""
        return self._routes.get(message["stream"])

    def _leave_out(self, sink: TableSink, message: dict[str, Any]) -> None:
        """Leave out a record on the route to this sink, as the filter of its stream map says."""

    def _add_fast_path(self, stream: str) -> None:
        """Let the reader hand the lines of a stream straight to its sink, if no map changes them.

        Not before the stream's table is known, which the first records help to find or create.
        """
        routes = self._routes.get(stream)
        if len(routes) != 1 or stream in self.message_reader.fast_paths:
            return
        transform, sink = routes[0]
        if transform is None and sink.decoder is not None:

            def take(records: Sequence[Any], lines: Sequence[bytes]) -> None:
                while records:
                    count = sink.take_lines(records, lines)
                    records, lines = records[count:], lines[count:]
                    if sink.is_full:
                        self.drain_one(sink)
                        self._drain_idle_sinks()
                if time.time() > self._drain_due:
                    self._handle_max_record_age()

            self.message_reader.fast_paths[stream] = FastPath(
                sink.decoder.decode, take, sink.decoder.can_nest
            )

    def _reset_max_record_age(self) -> None:
        super()._reset_max_record_age()
        self._drain_due = time.time() + 60 * self._MAX_RECORD_AGE_IN_MINUTES

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        """Keep a STATE until the records before it are stored or rejected."""
        state = message_dict["value"]
        self._partial_source.note_state(state)
        self._states.receive(state)
        for sink in self._sinks():
            sink.has_state = True

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Note the version. Older rows are removed at the end of the input, not before."""
        for stream_map in self.mapper.stream_maps.get(message_dict["stream"], ()):
            sink = self._sinks_active.get(stream_map.stream_alias)
            if sink is not None and sink.process_activate_version_messages:
                sink.activate_version(message_dict["version"])

    def _write_checked_state(self, state: dict[str, Any]) -> None:
        """Write a STATE, if nobody has changed the columns of the rows that it counts as stored."""
        self._check_columns()
        self._write_state_message(state)

    def _check_columns(self) -> None:
        if self._context is not None and not self._settings.dry_run:
            self._context.tables.written.check()

    def _write_state_message(self, state: dict[str, Any]) -> None:
        if self._settings.dry_run:
            return
        # The SDK's own writer knows no decimals, and fractions are read as such.
        sys.stdout.write(_json.encode(state).decode() + "\n")
        sys.stdout.flush()
