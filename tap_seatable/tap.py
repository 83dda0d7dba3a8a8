"""The tap: from its settings to bases, from bases to streams, and what catalog and state say."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.exceptions import MappingError
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from seatable_client.connection import Server
from seatable_client.errors import ConfigError, NotFound, SeaTableError
from tap_seatable.bases.failures import RunFailures
from tap_seatable.bases.open import open_bases, prefixes
from tap_seatable.bases.source import Source
from tap_seatable.catalog import stream_maps
from tap_seatable.catalog.attachment_policy import Attachments
from tap_seatable.catalog.discovery import check_tables, check_views, plan_streams, unmatched
from tap_seatable.catalog.row_filter import conditions, parse_start_date
from tap_seatable.cli import TapCommandLine
from tap_seatable.inputs.catalog_refresh import check_bases, origins, refresh
from tap_seatable.inputs.files import bookmarks, well_formed
from tap_seatable.inputs.missing_streams import explain_missing_streams, missing
from tap_seatable.settings import SETTINGS
from tap_seatable.state.bookmark import reset_bookmark
from tap_seatable.streams.side import check_side_streams, side_streams
from tap_seatable.streams.table import TableStream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_seatable.bases.open import OpenBases
    from tap_seatable.streams.base import SourceStream


class TapSeaTable(TapCommandLine):
    """The tables of SeaTable bases as Singer streams."""  # `--about` shows it

    name = "tap-seatable"
    package_name = "singer-seatable"
    # A copy, because the SDK adds settings of its own to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(dict(SETTINGS))
    dynamic_catalog = True

    # BATCH is left out: the SDK's batch files hold deselected columns and ignore stream maps.
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.troubles = RunFailures()
        self._origins = origins(kwargs.get("catalog"))
        self._known_streams = {*self._origins, *bookmarks(kwargs.get("state"))}
        super().__init__(*args, **kwargs)

    # What the streams share

    @cached_property
    def start_date(self) -> datetime | None:
        """The setting as a moment in UTC."""
        return parse_start_date(self.config.get("start_date"))

    @cached_property
    def server(self) -> Server:
        """The server that the settings name."""
        return Server(self.config)

    @cached_property
    def sources(self) -> list[Source]:
        """The bases to read, as far as they can be opened and tell their structure.

        Of several bases one that cannot is left to the summary; the others are read.
        """
        found: OpenBases = open_bases(self.server, self.config)
        by_id, several = self.config["naming"] == "id", bool(self.config.get("bases"))
        bases = [connection.base for connection in found.connections]
        streams = self._known_streams
        names = prefixes(bases, by_id=by_id, streams=streams) if several else [""]
        sources = []
        for connection, prefix in zip(found.connections, names, strict=True):
            source = Source(connection, prefix, self.config)
            try:
                _ = source.metadata
            except SeaTableError as failure:
                if not several:
                    raise
                found.failures[source.base.name] = failure
            else:
                sources.append(source)
        self.troubles.record_base_failures(found.failures)
        return sources

    def costs(self) -> list[str]:
        """What the run has cost, a sentence for each base."""
        sentences = [self.server.costs(), *(source.base.costs() for source in self.sources)]
        return [sentence for sentence in sentences if sentence]

    def reports(self) -> list[str]:
        """What `--test` has found, a sentence for each base."""
        return [source.report(self.troubles.streams) for source in self.sources]

    # Discovery

    @cached_property
    def _where(self) -> dict[str, str]:
        """The setting, by table name."""
        return conditions(self.config.get("where"))

    @property
    def table_streams(self) -> list[TableStream]:
        """The streams of tables and views."""
        return [stream for stream in self.streams.values() if isinstance(stream, TableStream)]

    def discover_streams(self) -> Sequence[SourceStream]:
        """A stream per table and view that the settings let through. Two calls for each base."""
        _ = self.start_date  # a mistake in it shall show before anything is read
        side = self.config.get("side_streams") or ()
        tables, exclude = self.config.get("tables"), self.config.get("exclude_tables")
        sources = self.sources
        if not self.troubles.bases:  # else what is named may be in one of those
            bases = [source.metadata for source in sources]
            check_tables("tables", tables or (), bases, patterns=True)
            check_tables("where", self._where, bases)
            for pattern in unmatched(exclude or (), bases):
                self.logger.warning(
                    "exclude_tables names %r, and there is no such table: nothing is left out.",
                    pattern,
                )
            check_views(self.config.get("views") or (), bases)
            check_side_streams(side, sources)
        for source in sources:
            plans = plan_streams(
                source.metadata,
                base=source.base.id,
                tables=tables,
                exclude_tables=exclude,
                by_id=self.config["naming"] == "id",
                where=self._where,
                attachments=Attachments.wanted(self.config),
                views=self.config.get("views") or (),
            )
            source.streams = [TableStream(self, source, plan) for plan in plans]
        found = [
            stream
            for source in sources
            for stream in [*source.streams, *side_streams(self, source, side)]
        ]
        if not found and not self.troubles.bases:
            self.logger.warning(
                "There is nothing to read: the settings tables and exclude_tables leave no table."
                if any(source.metadata.tables for source in sources)
                else "There is nothing to read: no base has a table."
            )
        return found

    def run_discovery(self) -> str:
        """Print the catalog, if it is one of all bases.

        Whoever keeps a catalog would never read a base again that was not there for a moment.

        Raises:
            SeaTableError: a base cannot be read.
        """
        _ = self.streams
        self.troubles.raise_all(rest="No catalog is made without them.")
        return super().run_discovery()

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over a state as far as it has the form of one; streams judge what it says."""
        marks = bookmarks(state)
        if state.get("bookmarks") and not marks:
            self.logger.warning("The state holds no bookmarks by stream, so all rows are read.")
        super().load_state({"bookmarks": {name: well_formed(own) for name, own in marks.items()}})

    @property
    def has_read(self) -> bool:
        """Whether a selected stream was read."""
        return any(
            stream.selected and name not in self.troubles.streams
            for name, stream in self.streams.items()
        )

    def sync_all(self) -> None:  # type: ignore[misc]
        """Sync the selected streams, unless their settings cannot be.

        The SDK has this method final; but before it is called the state is not there to say which
        conditions are new, and a run shall end before its first record.

        Raises:
            ConfigError: they cannot.
        """
        self.check_streams()
        self._tell_of_gone_streams()
        if self.streams and not any(stream.selected for stream in self.streams.values()):
            self.logger.warning("There is nothing to read: the catalog selects no stream.")
        super().sync_all()

    def check_streams(self) -> None:
        """See what can be wrong with the settings of selected streams before anything is read.

        Raises:
            ConfigError: something is.
        """
        for stream in self.table_streams:
            if stream.selected:
                stream.check_settings()

    def setup_mapper(self) -> None:
        """Bring a catalog from an earlier discovery up to date before anything builds on it."""
        if self.input_catalog is not None:
            if self.config["naming"] == "id":
                check_bases(self._origins, self.table_streams)
            for entry in refresh(self.input_catalog, self.streams):
                self.troubles.fail(entry.tap_stream_id, self._missing(entry.tap_stream_id))
        if not self.troubles.bases:  # else what is named may be in one of those
            for stream in stream_maps.unused(self.config, self.streams):
                self.logger.warning(
                    "stream_maps names %r, and there is no such stream: nothing is mapped by it.",
                    stream,
                )
        try:
            super().setup_mapper()
        except MappingError as error:
            raise ConfigError(f"stream_maps cannot be right: {error}") from error

    def _missing(self, stream: str) -> NotFound:
        return missing(
            stream,
            self._origins.get(stream, {}),
            sources=self.sources,
            offered=self.streams,
            unread=self.troubles.bases,
        )

    def _tell_of_gone_streams(self) -> None:
        """Say once what became of streams that only the state knows; then it forgets them."""
        marks = self.state.get("bookmarks", {})
        catalog = self.input_catalog.streams if self.input_catalog is not None else ()
        known = {*self.streams, *(entry.tap_stream_id for entry in catalog)}
        for stream, sentence in explain_missing_streams(marks, sources=self.sources, known=known):
            self.logger.warning("%s", sentence)
            marks[stream].update(reset_bookmark(marks[stream]))
