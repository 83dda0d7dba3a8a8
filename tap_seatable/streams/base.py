"""The base of all streams of this tap: the SDK's stream, without what would be wrong here."""

from __future__ import annotations

import logging
from abc import abstractmethod
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform

from tap_seatable.records import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import SchemaMessage

    from singer_seatable.run_log import RunProgress, StandingWarnings
    from tap_seatable.bases import RunFailures, Source
    from tap_seatable.config import TapConfig
    from tap_seatable.records import BlockWriter
    from tap_seatable.sync import ConcurrentReads

    Record = dict[str, Any]

log = logging.getLogger(__name__)


@dataclass
class RunContext:
    """What the streams of a run share.

    Attributes:
        config: the settings.
        failures: the streams that could not be read.
        tables: how many streams of tables and views share the state.
        standing: the warnings that the state remembers.
        reads: those that have begun before their turn; None before the run begins, and where each
            begins when it is due.
        progress: shows how far streams are; None for none.
    """

    config: TapConfig
    failures: RunFailures
    tables: int
    standing: StandingWarnings
    reads: ConcurrentReads | None = None
    progress: RunProgress | None = None


class SourceStream(Stream):
    """A stream of one base, written by the page.

    Args:
        tap: the tap.
        source: the base.
        run: what the streams of a run share.
        name: the stream's name.
        schema: JSON Schema of its records.

    Attributes:
        writer: what its records went through in this run; None before it began.
    """

    # Readers give every value the type its schema says, so there is nothing to conform.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(
        self, tap: Tap, source: Source, run: RunContext, *, name: str, schema: dict[str, Any]
    ) -> None:
        self.source = source
        self.writer: RecordWriter | None = None
        self._run = run
        super().__init__(tap, schema=schema, name=name)

    @abstractmethod
    def sync_table(self, writer: RecordWriter) -> None:
        """Bring the stream up to date.

        Raises:
            SeaTableError: the stream cannot be read.
        """

    @property
    def sent_as(self) -> tuple[str, ...]:
        """The names that the stream's records go out under; empty for its own name alone."""
        names = {
            stream_map.stream_alias
            for stream_map in self.stream_maps
            if not isinstance(stream_map, RemoveRecordTransform)
        }
        return () if names == {self.name} else tuple(sorted(names))

    @property
    def rows_of(self) -> tuple[str, str]:
        """The base and the table that the rows come from; a side stream has rows of its own."""
        return "", self.name

    @property
    def is_read(self) -> bool:
        """Whether the catalog selects the stream, and some map lets its records out.

        A stream whose deletions nobody hears of must not be read: its state would forget the rows.
        """
        return self.selected and not all(
            isinstance(stream_map, RemoveRecordTransform) for stream_map in self.stream_maps
        )

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to read, because nothing has happened since the last run."""
        return not self.is_read

    @property
    def logger(self) -> logging.Logger:
        """The logger of this module; the SDK's would have the stream's name."""
        return log

    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log what the SDK says of each stream in each run: its INFO is DEBUG."""
        log.log(logging.DEBUG if level == logging.INFO else level, message, *args, **kwargs)

    @property
    def completer(self) -> Callable[[Record], Record] | None:
        """What adds links or paths to the files of records as they go out; None for nothing."""
        return None

    @property
    def empty_record(self) -> Mapping[str, None]:
        """A record whose every property is null, for tombstones."""
        return {}

    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        """Bring the stream up to date, a page at a time instead of the SDK's record at a time.

        A stream that cannot be read fails alone, and so does a base if it is one of several. The
        run goes on and ends with an error.
        """
        del context, write_messages
        timer = nullcontext() if self.is_idle else self.get_sync_timer()
        with self.get_record_counter() as self._counter, timer:
            if self.is_read and self.name not in self._run.failures.streams:
                self._run.failures.attempt(self.source, [self.name], self._sync_table)
        self._remember_warnings()
        self._write_state_message()
        yield from ()

    def _remember_warnings(self) -> None:
        """Let the state know which warnings were logged. Only now: a run may have ended before.

        A state without bookmarks would be no state of this tap.
        """
        if remembered := self._run.standing.remember():
            state = cast("dict[str, Any]", self.tap_state)
            state.setdefault("bookmarks", {})
            state.update(remembered)

    def _sync_table(self) -> None:
        self.writer = self._record_writer()
        self.sync_table(self.writer)

    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        """The SDK's messages; none for a stream that is known not to be read."""
        if self.name not in self._run.failures.streams:
            yield from super()._generate_schema_messages()

    def _record_writer(self) -> RecordWriter:
        return RecordWriter(
            cast("BlockWriter", self._tap.message_writer),
            self.name,
            self.stream_maps,
            complete=self.completer,
            on_written=self._count_records,
            empty_record=self.empty_record,
        )

    def _count_records(self, records: int) -> None:
        self._counter.increment(records)
        self.state_manager.is_flushed = False

    def _flush_state(self) -> None:
        """Write a STATE message."""
        self.state_manager.is_flushed = False
        self._write_state_message()

    # What would be wrong here of what the SDK does

    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Nothing: a bookmark from the rows seen so far could pass one that is still to come."""

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Nothing: the SDK's note of where a run began would only travel through the state."""

    def get_replication_key_signpost(self, context: Context | None) -> None:  # type: ignore[override]
        """None: the SDK's signpost is this machine's clock, and the rows carry the server's."""

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would send them before the records, when nothing is safe yet."""
        return False
