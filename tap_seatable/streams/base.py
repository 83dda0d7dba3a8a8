"""What all streams of this tap have in common: the SDK's, without what would be wrong here."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel

from seatable_client.errors import (
    ApiNotAvailable,
    ConfigError,
    NotFound,
    PermissionDenied,
    RequestRejected,
    SeaTableError,
)
from tap_seatable.errors import FileUnavailable, MissingRowsError
from tap_seatable.records.writer import RecordOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from singer_sdk.helpers.types import Context

    from tap_seatable.bases.source import Source
    from tap_seatable.records.writer import BlockWriter
    from tap_seatable.tap import TapSeaTable

    Record = dict[str, Any]

FAILS_ALONE = (
    FileUnavailable,
    ApiNotAvailable,
    NotFound,
    PermissionDenied,
    RequestRejected,
    MissingRowsError,
    ConfigError,
)
"""What can be wrong with one stream while the others are well."""


class SourceStream(Stream):
    """A stream of one base, read as a whole by `bring` and written by the page.

    Attributes:
        emitted: records that went out so far, those of deleted rows among them.
    """

    # Readers give every value the type its schema says, so there is nothing to conform.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(
        self, tap: TapSeaTable, source: Source, *, name: str, schema: dict[str, Any]
    ) -> None:
        self._seatable = tap
        self._source = source
        self.emitted = 0
        super().__init__(tap, schema=schema, name=source.stream_name(name))

    @abstractmethod
    def bring(self) -> None:
        """Bring the stream up to date."""

    @property
    def completion(self) -> Callable[[Record], Record] | None:
        """What is added to records as they go out; None for nothing."""
        return None

    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        """Bring the stream up to date, a page at a time instead of the SDK's record at a time.

        A stream that cannot be read fails alone, and so does a base if it is one of several. The
        run goes on and ends with an error.
        """
        del context, write_messages
        timer = self.get_sync_timer()
        with self.get_record_counter() as self._counter, timer:
            try:
                if self._source.trouble is not None:
                    raise NotFound(f"Base {self._source.base.name!r} was given up before.")
                before = self._calls
                self.bring()
                if self._calls > before:
                    self._source.unanswered = 0
            except FAILS_ALONE as error:
                self._source.unanswered = 0
                self._seatable.troubles.fail(self.name, error)
            except SeaTableError as error:
                self._seatable.troubles.doubt(self._source, self.name, error)
        self._write_state_message()
        yield from ()

    @property
    def _calls(self) -> int:
        return sum(self._source.base.transport.calls.values())

    # Where results go

    def open(self, version: int) -> RecordOutput:
        """Records of this version of the stream."""
        self._stream_version = version
        writer = cast("BlockWriter", self._tap.message_writer)
        return RecordOutput(writer, self.name, self.stream_maps, version, self.completion)

    def count(self, records: int) -> None:
        """So many records went out."""
        self.emitted += records
        self._counter.increment(records)
        self.state_manager.is_flushed = False

    def activate(self, version: int) -> None:
        """Say that all rows of other versions are gone."""
        self._write_activate_version_message(version)

    # What of the SDK's ways would be wrong here

    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Nothing: a bookmark from the rows met so far could pass one that is still to come."""

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Nothing: the SDK's note of where a run began would only travel through the state."""

    def get_replication_key_signpost(self, context: Context | None) -> None:  # type: ignore[override]
        """None: the SDK's signpost is this machine's clock, and the rows carry the server's."""

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would send them before the records, when nothing is safe yet."""
        return False
