"""The tap: from its settings to bases, from bases to streams, and what catalog and state add."""

from __future__ import annotations

import contextlib
import logging
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MappingError

from seatable_client.connection import Server
from seatable_client.errors import ConfigError, NotFound, SeaTableError
from singer_seatable.run_log import RunProgress, StandingWarnings, log_summary
from singer_seatable.threads import map_at_once
from tap_seatable.bases import RunFailures, Source, open_bases, stream_prefixes
from tap_seatable.catalog import CatalogMemory, plan_streams, stream_names
from tap_seatable.cli import TapCommandLine
from tap_seatable.config import TapConfig
from tap_seatable.inputs import (
    bookmarks_of,
    check_bases,
    check_contracts,
    check_hidden,
    check_hidden_by_patterns,
    check_maps,
    check_names,
    check_shared_names,
    explain_missing_stream,
    explain_missing_streams,
    refresh_catalog,
    warn_of_long_names,
    well_formed,
)
from tap_seatable.records import BlockWriter
from tap_seatable.state import reset_bookmark
from tap_seatable.streams import (
    RunContext,
    SourceStream,
    TableStream,
    begin_reads,
    check_settings,
    make_side_streams,
    plan_run,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream


class TapSeaTable(TapCommandLine):
    """The tables of SeaTable bases as Singer streams."""  # `--about` shows it

    message_writer_class = BlockWriter
    dynamic_catalog = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._start = time.monotonic()
        self.failures = RunFailures()
        self._memory = CatalogMemory(kwargs.get("catalog"))
        self._standing = StandingWarnings(kwargs.get("state"))
        self._known_streams = {*self._memory.origins, *bookmarks_of(kwargs.get("state"))}
        super().__init__(*args, **kwargs)

    # What the streams share

    @cached_property
    def settings(self) -> TapConfig:
        """The settings, parsed.

        Raises:
            ConfigError: a setting is invalid.
        """
        return TapConfig.parse(self.config)

    @cached_property
    def server(self) -> Server:
        """The server that the settings name."""
        return Server(self.config)

    @cached_property
    def sources(self) -> list[Source]:
        """The bases to read, as far as they can be opened and their structure can be read.

        Of several bases one that cannot be is left to the summary; the others are read.
        """
        several = bool(self.settings.bases)
        opened = open_bases(self.server, self.settings)
        prefixes = [""]
        if several:
            prefixes = stream_prefixes(
                [connection.base for connection in opened.connections],
                by_id=self.settings.ids_as_names,
                known_streams=self._known_streams,
                max_bytes=self.settings.max_name_bytes,
            )
        found = [
            Source(connection, prefix)
            for connection, prefix in zip(opened.connections, prefixes, strict=True)
        ]
        structures = map_at_once(lambda source: source.metadata, found, self.settings.concurrency)
        sources = []
        for source, structure in zip(found, structures, strict=True):
            if not isinstance(structure, Exception):
                sources.append(source)
            elif several and isinstance(structure, SeaTableError):
                name = source.base.name  # which another one may have, too
                opened.failures[name if name not in opened.failures else source.prefix] = structure
            else:
                raise structure
        self.failures.record_base_failures(opened.failures)
        return sources

    @property
    def is_idle(self) -> bool:
        """Whether the run had nothing to read and met no failure."""
        streams = [stream for stream in self.streams.values() if stream.selected]
        return not (self.failures.streams or self.failures.bases) and all(
            isinstance(stream, SourceStream) and stream.is_idle for stream in streams
        )

    def log_costs(self) -> None:
        """Log the calls that the run has made; an idle run's summary tells them all."""
        level = logging.DEBUG if self.is_idle else logging.INFO
        for sentence in [self.server.costs(), *(source.base.costs() for source in self.sources)]:
            if sentence:
                self.logger.log(level, "%s", sentence)

    def log_summary(self, *, is_complete: bool) -> None:
        """Log the last line of the run, for programs. A run that opened no base has none."""
        if "sources" not in vars(self):
            return
        streams = [stream for stream in self.streams.values() if stream.selected]
        writers = [stream.writer for stream in streams if isinstance(stream, SourceStream)]
        counts = {
            "streams": len(streams),
            "failed": max(
                len(self.failures.streams) + len(self.failures.bases), int(not is_complete)
            ),
            "rows": sum(writer.records for writer in writers if writer),
            "deletes": sum(writer.tombstones for writer in writers if writer),
            "seconds": round(time.monotonic() - self._start, 3),
        }
        bases = [source.base.transport for source in self.sources]
        transports = [self.server.transport, *bases]
        log_summary(self.logger, counts, transports, is_idle=self.is_idle)

    def reports(self) -> list[str]:
        """What `--test` has found, in a sentence for each base."""
        sentences = []
        for source in self.sources:
            names = [stream.name for stream in self.table_streams if stream.source is source]
            readable = sum(name not in self.failures.streams for name in names)
            sentences.append(source.describe_access(readable=readable, tables=len(names)))
        return sentences

    # Discovery

    @property
    def table_streams(self) -> list[TableStream]:
        """The streams of tables and views."""
        return [stream for stream in self.streams.values() if isinstance(stream, TableStream)]

    def discover_streams(self) -> Sequence[SourceStream]:
        """A stream per table and view that the settings let through. Two calls for each base."""
        config, sources = self.settings, self.sources
        if not self.failures.bases:  # else what is named may be in one of those
            check_names(config, sources, self._memory)
        plans = {
            source: plan_streams(
                source.metadata, source.base.id, config, self._memory, self._standing
            )
            for source in sources
        }
        kept = [plan.known.name for of_base in plans.values() for plan in of_base if plan.known]
        run = self._run_context = RunContext(
            config,
            self.failures,
            tables=sum(map(len, plans.values())),
            standing=self._standing,
        )
        streams: list[SourceStream] = []
        for source in sources:
            names = stream_names(
                plans[source], source.stream_name, kept, max_bytes=config.max_name_bytes
            )
            tables = [
                TableStream(self, source, plan, run, name=names[plan.origin["id"]])
                for plan in plans[source]
            ]
            streams += [*tables, *make_side_streams(self, source, run, tables)]
        if not streams and not self.failures.bases:
            self.logger.warning(
                "There is nothing to read: the settings tables and exclude_tables leave no table."
                if any(source.metadata.tables for source in sources)
                else "There is nothing to read: no base has a table."
            )
        return streams

    def load_streams(self) -> list[Stream]:  # type: ignore[misc]
        """The streams base by base, in the order of their tables, in which a copy makes them.

        The SDK has this method final, and sorts by name.
        """
        streams = sorted(self.discover_streams(), key=lambda stream: stream.source.prefix)
        return [*streams]

    def run_discovery(self) -> str:
        """Print the catalog, if it is one of all bases.

        A kept catalog would leave out for good a base that could not be read just then.

        Raises:
            SeaTableError: a base cannot be read.
        """
        _ = self.streams
        self.failures.raise_all(rest="No catalog is made without them.")
        return super().run_discovery()

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over a state as far as it has the form of one; streams check their bookmarks."""
        bookmarks = bookmarks_of(state)
        if state.get("bookmarks") and not bookmarks:
            self.logger.warning("The state holds no bookmarks by stream, so all rows are read.")
        super().load_state(
            {"bookmarks": {name: well_formed(content) for name, content in bookmarks.items()}}
        )

    @property
    def has_read(self) -> bool:
        """Whether a selected stream was read."""
        return any(
            stream.selected and name not in self.failures.streams
            for name, stream in self.streams.items()
        )

    def sync_all(self) -> None:  # type: ignore[misc]
        """Check the settings, plan the run, and sync the selected streams.

        The SDK has this method final. But only here is the state known, and a mistake in the
        settings must end a run before its first record.

        Raises:
            ConfigError: a setting of a selected stream is invalid.
            SeaTableError: the only base cannot be read.
        """
        with contextlib.closing(self.server.transport):
            self._begin()
            self._run_context.progress = RunProgress(self.logger, "rows read")
            try:
                super().sync_all()
            finally:
                self._run_context.progress.close()
                if self._run_context.reads is not None:
                    self._run_context.reads.close()

    def _begin(self) -> None:
        """Check the settings against what is there, plan the run, and begin the first reads.

        Raises:
            ConfigError: a setting of a selected stream is invalid.
            SeaTableError: the only base cannot be read.
        """
        for source in self.sources:
            self.failures.claim(source, self._selected_of(source))
        self.check_streams()
        self._explain_missing_streams()
        if self.streams and not any(stream.selected for stream in self.streams.values()):
            self.logger.warning("There is nothing to read: the catalog selects no stream.")
        plan_run(self.table_streams, self._run_context)
        begin_reads(self.table_streams, self._run_context)

    def _selected_of(self, source: Source) -> list[str]:
        return [
            name
            for name, stream in self.streams.items()
            if stream.selected and isinstance(stream, SourceStream) and stream.source is source
        ]

    def check_streams(self) -> None:
        """Check the settings of selected streams before anything is read.

        Raises:
            ConfigError: a setting is invalid.
        """
        streams = [
            stream
            for stream in self.table_streams
            if stream.selected and stream.name not in self.failures.streams
        ]
        for stream in streams:
            check_hidden(self.settings, stream)
            warn_of_long_names(stream, self.settings.max_name_bytes, self._standing)
        if not self.failures.bases:  # else what is named may be in one of those
            check_hidden_by_patterns(self.settings, self.streams.values())
        read = [stream for stream in self.streams.values() if isinstance(stream, SourceStream)]
        check_shared_names(self.settings, [stream for stream in read if stream.selected])
        check_settings([stream for stream in streams if stream.is_read], self.failures)

    def setup_mapper(self) -> None:
        """Bring a catalog from an earlier discovery up to date before anything builds on it."""
        if self.input_catalog is not None:
            if self.settings.ids_as_names:
                check_bases(self._memory.origins, self.table_streams)
            for stream, error in refresh_catalog(
                self.input_catalog,
                self.streams,
                self._memory,
                self._standing,
                self.settings.rule,
            ):
                self.failures.record_stream_failure(
                    stream, error or self._explain_missing_stream(stream)
                )
        if not self.failures.bases:  # else what is named may be in one of those
            check_contracts(self.settings, {*self.streams, *self._memory.origins})
            check_maps(self.settings, self.streams)
        try:
            super().setup_mapper()
        except MappingError as error:
            raise ConfigError(f"stream_maps is invalid: {error}") from error

    def _explain_missing_stream(self, stream: str) -> NotFound:
        return explain_missing_stream(
            stream,
            self._memory.origins.get(stream, {}),
            sources=self.sources,
            tables=self.table_streams,
            known=self.streams,
            unread=self.failures.bases,
        )

    def _explain_missing_streams(self) -> None:
        """Warn once of streams that only the state knows, and reset their bookmarks."""
        bookmarks = self.state.get("bookmarks", {})
        catalog = self.input_catalog.streams if self.input_catalog is not None else ()
        known = {*self.streams, *(entry.tap_stream_id for entry in catalog)}
        for stream, sentence in explain_missing_streams(
            bookmarks, sources=self.sources, tables=self.table_streams, known=known
        ):
            self.logger.warning("%s", sentence)
            bookmarks[stream].update(reset_bookmark(bookmarks[stream]))
