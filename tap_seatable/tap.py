"""The tap: from its settings to streams, and from a run's troubles to an exit code."""

from __future__ import annotations

import copy
import functools
import os
import sys
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError, MappingError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.tap_base import CliTestOptionValue

from seatable_client.connection import Server, without_secrets
from seatable_client.errors import NotFound, SeaTableError, SettingError, exit_on_error
from seatable_client.settings_sources import check_settings_files, environment_settings
from tap_seatable import mapping
from tap_seatable.attachments import Attachments
from tap_seatable.bases import open_bases, prefixes
from tap_seatable.bounds import conditions
from tap_seatable.catalog import check_tables, check_views, plan_streams, unmatched
from tap_seatable.gone import missing, told_by_state
from tap_seatable.inputs import bookmarks, read_catalog, read_state, well_formed
from tap_seatable.memory import forgotten
from tap_seatable.output import BlockWriter
from tap_seatable.refreshing import check_bases, origins, refresh
from tap_seatable.settings import SETTINGS
from tap_seatable.side import check_side_streams, side_streams
from tap_seatable.source import Source
from tap_seatable.streams import TableStream, parse_start_date
from tap_seatable.troubles import Troubles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from types import FrameType

    import click

    from tap_seatable.bases import OpenBases
    from tap_seatable.singer import SourceStream


class TapSeaTable(Tap):
    """The tables of SeaTable bases as Singer streams."""  # `--about` shows it

    name = "tap-seatable"
    package_name = "singer-seatable"
    # A copy, because the SDK adds settings of its own to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(dict(SETTINGS))
    dynamic_catalog = True
    message_writer_class = BlockWriter

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

    troubles: Troubles
    """What could not be read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.troubles = Troubles()
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
        self.troubles.without_bases(found.failures)
        return sources

    def costs(self) -> list[str]:
        """What the run has cost, a sentence for each base."""
        sentences = [self.server.costs(), *(source.base.costs() for source in self.sources)]
        return [sentence for sentence in sentences if sentence]

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
        """Sync the selected streams, unless one of them has a condition that is none.

        The SDK has this method final; but before it is called the state is not there to say which
        conditions are new, and a run shall end before its first record.

        Raises:
            SettingError: one has.
        """
        for stream in self.table_streams:
            if stream.selected:
                stream.check_condition()
        self._tell_of_gone_streams()
        if self.streams and not any(stream.selected for stream in self.streams.values()):
            self.logger.warning("There is nothing to read: the catalog selects no stream.")
        super().sync_all()

    def setup_mapper(self) -> None:
        """Bring a catalog from an earlier discovery up to date before anything builds on it."""
        if self.input_catalog is not None:
            if self.config["naming"] == "id":
                check_bases(self._origins, self.table_streams)
            for entry in refresh(self.input_catalog, self.streams):
                self.troubles.fail(entry.tap_stream_id, self._missing(entry.tap_stream_id))
        if not self.troubles.bases:  # else what is named may be in one of those
            for stream in mapping.unused(self.config, self.streams):
                self.logger.warning(
                    "stream_maps names %r, and there is no such stream: nothing is mapped by it.",
                    stream,
                )
        try:
            super().setup_mapper()
        except MappingError as error:
            raise SettingError(f"stream_maps cannot be right: {error}") from error

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
        for stream, sentence in told_by_state(marks, sources=self.sources, known=known):
            self.logger.warning("%s", sentence)
            marks[stream].update(forgotten(marks[stream]))

    # Settings

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings as the SDK does, whose sentences quote what is wrong, secrets too."""
        try:
            return super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            error.errors = [without_secrets(words, self._config) for words in error.errors]
            raise

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805  (a property of the class)
        """The SDK's reading of the environment, checked."""
        return environment_settings(
            lambda: super(TapSeaTable, cls)._env_var_config,
            cls._env_var_prefix,
            cls.config_jsonschema["properties"],  # with the SDK's own, once it has been asked
        )

    # Command line

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read files of settings; one that cannot be read is a sentence, not a traceback."""
        cls.append_builtin_config(cls.config_jsonschema)
        with exit_on_error(cls.logger):
            check_settings_files(value, cls.config_jsonschema["properties"])
        return super().cb_config(ctx, param, value)

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Run the tap as the SDK does, with an exit code that tells of streams not read.

        Args:
            about: only print what the tap is and takes.
            about_format: how to print it.
            config: the SDK's merged `--config` options.
            state: where to continue.
            catalog: what is wanted; everything if not given.
        """
        super(Tap, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        with exit_on_error(cls.logger):
            tap = cls(
                config=config.config if config else None,
                state=read_state(state),
                catalog=read_catalog(catalog),
                parse_env_config=bool(config and config.parse_env),
            )
            try:
                tap.sync_all()
            except BrokenPipeError:
                cls.logger.error(  # noqa: TRY400  (this is no failure of the tap)
                    "Stopped, because whatever reads this output has ended; its own log says why."
                )
                # What is still buffered has nowhere to go, either.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(1)
            finally:
                for sentence in tap.costs():
                    tap.logger.info("%s", sentence)
            tap.troubles.raise_all(rest="The others are complete." if tap.has_read else "")

    @classmethod
    def cb_discover(
        cls,
        ctx: click.Context,
        param: click.Option,
        value: bool,  # noqa: FBT001  (as the SDK has it)
    ) -> None:
        """Run discovery; a mistake in the settings is a sentence, not a traceback."""
        with exit_on_error(cls.logger):
            super().cb_discover(ctx, param, value)

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Read one row of every table and say how that went."""
        if value != CliTestOptionValue.All.value:
            with exit_on_error(cls.logger):
                super().cb_test(ctx, param, value)
            return
        config = ctx.params.get("config")
        with exit_on_error(cls.logger):
            tap = cls(
                config=config.config if config else None,
                parse_env_config=bool(config and config.parse_env),
            )
            tap.run_connection_test()
            for source in tap.sources:
                tap.logger.info("%s", source.report(tap.troubles.streams))
            tap.troubles.raise_all()
        ctx.exit()

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop with the signal's own exit code, so that no pipeline takes half a table for all.

        No state is written here: every STATE that is true is out already. A line that is being
        written is finished first, so that readers meet none that breaks off.
        """
        del frame
        cast("BlockWriter", self.message_writer).stop(functools.partial(self._stop, signum))

    def _stop(self, signum: int) -> NoReturn:
        self.logger.warning("Stopped by signal %d; the next run continues.", signum)
        sys.exit(128 + signum)
