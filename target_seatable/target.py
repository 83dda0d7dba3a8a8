"""The target: from messages to sinks, from stored rows to states, from troubles to an exit code."""

from __future__ import annotations

import contextlib
import copy
import sys
import time
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import msgspec
from singer_sdk import Target
from singer_sdk.exceptions import InvalidInputLine
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities

from seatable_client.errors import InvalidValueError, SeaTableError
from seatable_client.formatting import error_text
from singer_seatable.cli import CommandLine, exit_on_error
from singer_seatable.gc_tuning import reduced_gc
from target_seatable.links.linker import Linker
from target_seatable.load_methods import LOAD_METHODS
from target_seatable.load_methods.coverage import Coverages
from target_seatable.messages.reader import FaultyRecord, MessageReader, ShortCut, Stopped
from target_seatable.messages.schema_upgrade import upgrade_schema
from target_seatable.results.report import RunReport
from target_seatable.results.source_state import incomplete_reason
from target_seatable.results.state import StateQueue
from target_seatable.settings import SETTINGS
from target_seatable.sinks.nested_tables import NestedTables
from target_seatable.sinks.routes import StreamRoutes
from target_seatable.sinks.table_sink import TableSink
from target_seatable.sinks.worker import BackgroundWorker
from target_seatable.tables.open_base import open_base
from target_seatable.tables.stream_tables import StreamTables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from singer_sdk import Sink

_json = msgspec.json.Encoder(decimal_format="number")


class TargetSeaTable(CommandLine, Target):
    """Loads Singer streams into the tables of a SeaTable base."""

    name = "target-seatable"
    package_name = "singer-seatable"
    # A copy, because the SDK adds settings of its own to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(dict(SETTINGS))
    default_sink_class = TableSink
    message_reader_class = MessageReader
    message_reader: MessageReader
    _MAX_RECORD_AGE_IN_MINUTES = 1.0

    # BATCH is left out: files of other streams' making would go past stream maps and validation.
    capabilities: ClassVar[list[Any]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.VALIDATE_RECORDS,
        TargetCapabilities.HARD_DELETE,
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One base has one call limit, so sinks do not compete for it.
        self.max_parallelism = 1
        self.checkpoints = StateQueue(self._write_state_message)
        method = LOAD_METHODS[self.config["load_method"]]
        self.coverages = Coverages(
            self.config.get("protected_rows") or {},
            keeps_rejected=method.removes_missing or bool(self.config.get("add_record_metadata")),
        )
        self.ledger = RunReport(self.config, self.coverages.note_rejected)
        self._drain_due = time.time() + 60 * self._MAX_RECORD_AGE_IN_MINUTES
        self._unlinked: list[int] = []
        self.batches = 0
        self.courier = BackgroundWorker()
        self._sizes: dict[str, int] = {}
        self._last_state: dict[str, Any] = {}
        self._ways = StreamRoutes(self)
        self.nesting = NestedTables(self.config)

    @cached_property
    def structure(self) -> StreamTables:
        """The tables of the base that the settings name."""
        method = LOAD_METHODS[self.config["load_method"]]
        return StreamTables(
            open_base(self.config), self.config, removes_missing=method.removes_missing
        )

    @cached_property
    def linker(self) -> Linker:
        """The links to write when all rows are stored."""
        return Linker(self.structure, self.ledger.rejects.add)

    def batch_done(self, ticket: int, *, is_linked: bool) -> None:
        """Each record of a batch is stored or rejected: STATEs after it may go out.

        Not yet where links are still to be written, or they would be lost with this process.
        """
        self.ledger.rejects.flush()
        if is_linked:
            self._unlinked.append(ticket)
        else:
            self.checkpoints.complete(ticket)

    def _write_links(self) -> None:
        loads = {sink.stream_name: sink.load for sink in self._sinks()}
        self.nesting.remove_gone(self.structure.base, loads)
        self.linker.write(rows=not self.config["dry_run"])
        self.ledger.rejects.flush()
        for ticket in self._unlinked:
            self.checkpoints.complete(ticket)
        self._unlinked.clear()

    def _sinks(self) -> list[TableSink]:
        return [cast("TableSink", sink) for sink in self._sinks_active.values()]

    # Messages

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        """Take a stream's schema; what came under an older one is stored before anything new."""
        _ = self.structure  # a mistake in the settings shows before records pile up
        message_dict["schema"] = upgrade_schema(message_dict["schema"])
        super()._process_schema_message(message_dict)
        self._ways.clear()
        self._ways.check_aliases()
        self.message_reader.short_cuts.clear()
        replaced, self._sinks_to_clear = self._sinks_to_clear, []
        for sink in replaced:
            self.drain_one(sink)
            sink.clean_up()

    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        """The sink of a stream; a new schema also makes sinks for its arrays of objects."""
        if schema is None:
            return super().get_sink(stream_name, record=record)
        rest, branches = self.nesting.divided(stream_name, schema, key_properties)
        sink = super().get_sink(stream_name, schema=rest, key_properties=key_properties)
        cast("TableSink", sink).set_nested_arrays(branches)
        return sink

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        """Hand a record to the sinks that its stream's maps name.

        What the SDK does, without what is the same for all records of a stream: that is found once,
        with the stream's schema.
        """
        batches = self.batches
        for change, sink in self._ways.of(message_dict["stream"]):
            record = message_dict["record"]
            if isinstance(record, FaultyRecord):
                sink.set_aside(record, InvalidValueError(f"{record.reason}."))
                continue
            if change is not None:
                try:
                    changed = change(dict(record))
                except Exception as error:  # noqa: BLE001  (an expression may fail in any way)
                    reason = f"stream_maps cannot be applied: {error_text(error).rstrip('.')}."
                    sink.set_aside(record, InvalidValueError(reason))
                    continue
                if changed is None:
                    continue
                record = changed
            sink.take(record, message_dict)
            if sink.is_full:
                self.drain_one(sink)
        self._handle_max_record_age()
        if self.batches != batches:
            self._drain_idle_sinks()
            self._shorten(message_dict["stream"])

    def _shorten(self, stream: str) -> None:
        """Take the lines of a stream straight to its sink, where that makes no difference.

        Not before its table is known, which the first records help to find or make.
        """
        ways = self._ways.of(stream)
        if len(ways) != 1 or stream in self.message_reader.short_cuts:
            return
        change, sink = ways[0]
        if change is None and sink.knows_table and sink.short_records is not None:

            def take(records: Sequence[Any], lines: Sequence[bytes]) -> None:
                while records:
                    count = sink.take_lines(records, lines)
                    records, lines = records[count:], lines[count:]
                    if sink.is_full:
                        self.drain_one(sink)
                        self._drain_idle_sinks()
                if time.time() > self._drain_due:
                    self._handle_max_record_age()

            self.message_reader.short_cuts[stream] = ShortCut(sink.short_records.decode, take)

    def _reset_max_record_age(self) -> None:
        super()._reset_max_record_age()
        self._drain_due = time.time() + 60 * self._MAX_RECORD_AGE_IN_MINUTES

    def assert_sink_exists(self, stream: str) -> None:
        """Refuse records of a stream of which no schema has come.

        Raises:
            RecordsWithoutSchemaException: none has.
        """
        self._assert_sink_exists(stream)

    def _drain_idle_sinks(self) -> None:
        """Store what streams hold that got no record while another filled a batch.

        Taps send one stream after the other: the few last records of one would hold back every
        STATE of the next.
        """
        for stream, sink in self._sinks_active.items():
            if sink.current_size == self._sizes.get(stream):
                self.drain_one(sink)
        self._sizes = {stream: sink.current_size for stream, sink in self._sinks_active.items()}

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        """Keep a STATE until the records before it are safe."""
        state = message_dict["value"]
        self._last_state = state if isinstance(state, dict) else {}
        self.checkpoints.receive(state)
        for sink in self._sinks():
            sink.confirmed = True

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Note the version. What is older goes when the input has come to its end, not before."""
        for stream_map in self.mapper.stream_maps.get(message_dict["stream"], ()):
            sink = self._sinks_active.get(stream_map.stream_alias)
            if sink is not None and sink.process_activate_version_messages:
                sink.activate_version(message_dict["version"])

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        raise InvalidInputLine(
            f"stream {message_dict['stream']!r} comes as BATCH files, which this target does "
            "not take. Switch batch_config off in the source."
        )

    def _write_state_message(self, state: dict[str, Any]) -> None:
        if self.config["dry_run"]:
            return
        # The SDK's own writer knows no decimals, which is what fractions are read as.
        sys.stdout.write(_json.encode(state).decode() + "\n")
        sys.stdout.flush()

    def process_endofpipe(self) -> None:
        """Store the rest.

        Raises:
            Exception: the error of the first rejected record, if more were rejected than may be.
            RowLimitExceeded: a rehearsed load has no room in the base.
        """
        super().process_endofpipe()
        self.courier.wait()
        for sink in self._sinks():
            sink.finish()
        if self._sinks_active:
            self.courier.do(self._write_links)
        if self.message_reader.signum is None:
            for sink in self._sinks():
                sink.remove(self._doubt(sink.stream_name))
        self.ledger.check(self.logger)
        if "structure" in self.__dict__ and self.structure.row_limit.exceeded:
            raise self.structure.row_limit.exceeded

    def _doubt(self, stream: str) -> str | None:
        """What speaks against removing the rows that a stream has not brought, in words."""
        if self.ledger.rejects.too_many:
            return "records were rejected"
        while branch := self.nesting.branch(stream):
            stream = branch.parent
        maps = self.mapper.stream_maps.items()
        sources = [name for name, ways in maps if stream in {one.stream_alias for one in ways}]
        return incomplete_reason(self._last_state, {stream, *sources})

    # Running

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Run the target as the SDK does; a user's mistake is a sentence, not a traceback.

        Args:
            about: only print what the target is and takes.
            about_format: how to print it.
            config: the SDK's merged `--config` options.
            file_input: the messages; standard input if not given.
        """
        super(Target, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        with exit_on_error(cls.logger):
            target = cls(
                config=config.config if config else None,
                parse_env_config=bool(config and config.parse_env),
            )
            target.run(file_input)

    def run(self, file_input: IO[str] | None) -> None:
        """Load until the input ends, or until a signal asks to stop between two messages."""
        try:
            with reduced_gc():
                self.listen(file_input)
        except Stopped as stop:
            self.logger.warning("Stopped by signal %d; storing what has arrived.", stop.signum)
            self.process_endofpipe()
        finally:
            with contextlib.suppress(SeaTableError):  # what ended the run has been raised
                self.courier.wait()
            self.courier.stop()
            self._report()
        if signum := self.message_reader.signum:
            sys.exit(128 + signum)

    def _report(self) -> None:
        """Say what became of each stream, whatever way the run ended."""
        for sentence in self.ledger.report():
            self.logger.info("%s", sentence)
        for sentence in self.ledger.misspelt():
            self.logger.warning("%s", sentence)
        if "structure" in self.__dict__:
            self.logger.info("%s", self.structure.base.costs())

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop between two messages; a second signal stops at once.

        The SDK's handler drains from wherever it interrupts, in the middle of a drain too, and
        then reports success.
        """
        del frame
        if self.message_reader.signum is not None:
            sys.exit(128 + signum)
        self.message_reader.stop(signum)
