"""The tap: from its settings to streams, and from a run's troubles to an exit code."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from singer_sdk import Tap
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.singerlib import Schema
from singer_sdk.tap_base import CliTestOptionValue

from seatable_client.connection import connect
from seatable_client.errors import NotFound, SeaTableError, SettingError, exit_on_error
from tap_seatable.catalog import AUTOMATIC, plan_streams
from tap_seatable.changes import plan_tasks
from tap_seatable.output import BlockWriter
from tap_seatable.settings import SETTINGS
from tap_seatable.streams import TableStream, parse_start_date
from tap_seatable.sync import Remembering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from types import FrameType

    import click
    from singer_sdk.singerlib import Catalog

    from seatable_client.connection import Connection
    from seatable_client.metadata import Metadata
    from tap_seatable.changes import Task


class TapSeaTable(Tap):
    """The tables of a SeaTable base as Singer streams."""

    name = "tap-seatable"
    package_name = "singer-seatable"
    config_jsonschema: ClassVar[dict[str, Any]] = dict(SETTINGS)
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.failures: dict[str, SeaTableError] = {}
        super().__init__(*args, **kwargs)

    # What the streams share

    @cached_property
    def connection(self) -> Connection:
        """The base that the settings name."""
        return connect(self.config)

    @cached_property
    def start_date(self) -> datetime | None:
        """The setting as a moment in UTC."""
        return parse_start_date(self.config.get("start_date"))

    @functools.lru_cache(maxsize=1)  # noqa: B019  (a tap lives as long as its process)
    def zone(self) -> tzinfo:
        """The server's zone; UTC with a warning where nothing shows it."""
        zone = self.connection.zone()
        if zone is None:
            self.logger.warning(
                "This server writes date-times without an offset and does not show its time zone. "
                "They are taken for UTC; set server_timezone if that is wrong."
            )
        return zone or timezone.utc

    @cached_property
    def metadata(self) -> Metadata:
        """The base's structure at the start of the run. One call."""
        return self.connection.base.metadata()

    @cached_property
    def now(self) -> datetime:
        """The server's clock at the start of the run, or this machine's where it shows none."""
        _ = self.metadata
        server_time = self.connection.base.transport.server_time
        return (server_time or datetime.now(timezone.utc)).astimezone(timezone.utc)

    def task(self, stream: str) -> Task:
        """What to do with a stream that is synced incrementally."""
        return self._tasks[stream]

    @cached_property
    def _tasks(self) -> dict[str, Task]:
        known = {
            stream.name: stream.known
            for stream in self.table_streams
            if stream.selected and stream.replication_method == "INCREMENTAL"
        }
        return plan_tasks(
            self.connection.base,
            self.metadata,
            known,
            now=self.now,
            idle_check=bool(self.config["idle_check"]),
            full_compare_interval=timedelta(hours=float(self.config["full_compare_interval"])),
        )

    def remembering(self, fingerprint: str) -> Remembering:
        """What a stream's new memory is made of."""
        return Remembering(
            uuid=self.connection.base.auth.access().uuid,
            version=self.metadata.version,
            fingerprint=fingerprint,
            now=self.now,
            tables=len(self.streams),
            sketch_capacity=int(self.config["sketch_capacity"]),
        )

    def fail(self, stream: str, error: SeaTableError) -> None:
        """Note that a stream could not be read; the others go on."""
        self.logger.error("Stream %r was not read: %s", stream, error)
        self.failures[stream] = error

    # Discovery

    @property
    def table_streams(self) -> list[TableStream]:
        """All streams, as what they are."""
        return [stream for stream in self.streams.values() if isinstance(stream, TableStream)]

    def discover_streams(self) -> Sequence[TableStream]:
        """One stream per table that the settings let through. One call."""
        _ = self.start_date  # a mistake in it shall show before anything is read
        plans = plan_streams(
            self.metadata,
            tables=self.config.get("tables"),
            exclude_tables=self.config.get("exclude_tables"),
            by_id=self.config["naming"] == "id",
        )
        return [TableStream(self, plan) for plan in plans]

    def setup_mapper(self) -> None:
        """Bring a catalog from an earlier discovery up to date before anything builds on it."""
        if self.input_catalog is not None:
            self._refresh(self.input_catalog)
        super().setup_mapper()

    def _refresh(self, catalog: Catalog) -> None:
        """Let the base's structure decide what properties are; the catalog decides what is wanted.

        A catalog can be older than the base: Meltano keeps it until it is told otherwise.
        """
        for entry in catalog.streams:
            stream = self.streams.get(entry.tap_stream_id)
            selected = entry.metadata.resolve_selection()
            if not isinstance(stream, TableStream):
                if selected[()]:
                    self.fail(entry.tap_stream_id, self._gone(entry.tap_stream_id))
                continue
            known = entry.schema.properties or {}
            offered = stream.plan.schema["properties"]
            if new := [name for name in stream.plan.properties if name not in known]:
                self.logger.warning(
                    "Stream %r: the base has %s, which the catalog does not know. Run discovery "
                    "again to have it (with Meltano: --refresh-catalog).",
                    stream.name,
                    ", ".join(map(repr, new)),
                )
            wanted = [name for name in known if selected["properties", name]]
            if gone := [name for name in wanted if name not in offered]:
                self.logger.warning(
                    "Stream %r: the base no longer has %s; its values are null.",
                    stream.name,
                    ", ".join(map(repr, gone)),
                )
            if changed := [
                name
                for name in wanted
                if name in offered and known[name].to_dict() != offered[name]
            ]:
                self.logger.warning(
                    "Stream %r: the type of %s has changed since the catalog was made; the base's "
                    "is used.",
                    stream.name,
                    ", ".join(map(repr, changed)),
                )
            entry.schema.properties = {
                name: Schema.from_dict(offered[name]) if name in offered else known[name]
                for name in [*known, *sorted(AUTOMATIC - known.keys())]
            }
            stream.keep_to(entry.schema.properties)

    def _gone(self, stream: str) -> NotFound:
        offered = ", ".join(map(repr, self.streams)) or "none"
        return NotFound(
            f"The catalog selects stream {stream!r}, but base {self.connection.base.name!r} has no "
            f"such table, or tables and exclude_tables leave it out. Streams are: {offered}. Run "
            "discovery again, or deselect it."
        )

    # Settings from the environment

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805  (a property of the class)
        """The SDK's reading of the environment, which leaves numbers with a fraction as text."""
        try:
            found: dict[str, Any] = super()._env_var_config
        except ValueError as error:
            raise SettingError(
                f"A variable {cls._env_var_prefix}… of the environment does not hold what its "
                f"setting takes: {error}."
            ) from None
        for name, value in found.items():
            if SETTINGS["properties"].get(name, {}).get("type") == "number":
                with contextlib.suppress(ValueError):
                    found[name] = float(value)
        return found

    # Command line

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
                state=_read_object("--state", state),
                catalog=_read_object("--catalog", catalog),
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
                tap.logger.info("%s", tap.connection.base.costs())
            tap.raise_failures()

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
            base = tap.connection.base
            tap.logger.info(
                "Base %r is reachable through the %s with permission %s. %d of %d tables can be "
                "read. %s",
                base.name,
                base.generation,
                base.permission or "unknown",
                len(tap.streams) - len(tap.failures),
                len(tap.streams),
                base.costs(),
            )
            tap.raise_failures()
        ctx.exit()

    def raise_failures(self) -> None:
        """End the run with an error if a stream was not read.

        Raises:
            SeaTableError: naming the streams.
        """
        if self.failures:
            raise SeaTableError(
                f"{len(self.failures)} of the streams were not read: "
                f"{', '.join(map(repr, self.failures))}. The others are complete."
            )

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


def _read_object(option: str, file: IO[str] | None) -> dict[str, Any] | None:
    """The JSON object in a file that the command line names.

    Raises:
        SettingError: there is none.
    """
    if file is None:
        return None
    try:
        found = json.load(file)
    except ValueError as error:
        raise SettingError(f"The file of {option} {file.name} is no JSON: {error}.") from None
    if not (found is None or isinstance(found, dict)):
        raise SettingError(f"The file of {option} {file.name} holds no JSON object.")
    return found
