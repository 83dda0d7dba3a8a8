"""The tap as a command: sentences in place of tracebacks, and an exit code for what failed."""

from __future__ import annotations

import copy
import functools
import os
import sys
from abc import abstractmethod
from typing import IO, TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from singer_sdk import Tap
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.tap_base import CliTestOptionValue

from seatable_client.errors import ConfigError, ErrorKind
from singer_seatable.cli import CommandLine, describe, exit_on_error
from tap_seatable.settings import SETTINGS

if TYPE_CHECKING:
    from types import FrameType

    import click

    from tap_seatable.bases import RunFailures
    from tap_seatable.records import BlockWriter


_NO_BATCHES = (
    "batch_config is set, and this tap writes no BATCH files: there are loaders that delete the "
    "rows of such files as soon as they have loaded them. Remove batch_config."
)


class TapCommandLine(CommandLine, Tap):
    """The tap as a command, without what reads bases: that much answers `--help`.

    Attributes:
        failures: the bases and streams that could not be read.
    """

    name = "tap-seatable"
    package_name = "singer-seatable"
    logger_name = "tap_seatable.tap"
    # A copy, because the SDK adds settings of its own to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(dict(SETTINGS))
    subcommands = (
        "Sub-commands: 'bases' lists the bases that the credentials open. 'verify' compares a base "
        "with a warehouse. Each has a --help of its own."
    )

    # BATCH is left out: see docs/decisions/09-no-batch-files-from-the-tap.md.
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    failures: RunFailures

    @property
    @abstractmethod
    def has_read(self) -> bool:
        """Whether any stream has been read."""

    @abstractmethod
    def check_streams(self) -> None:
        """Check the settings of selected streams before anything is read."""

    @abstractmethod
    def log_costs(self) -> None:
        """Log the calls that the run has made, in sentences."""

    @abstractmethod
    def log_summary(self, *, is_complete: bool) -> None:
        """Log the last line of the run, for programs.

        Args:
            is_complete: whether the run came to its end.
        """

    @abstractmethod
    def reports(self) -> list[str]:
        """What `--test` has found, in sentences."""

    def setup_mapper(self) -> None:
        """Make the stream maps of the streams in the catalog."""
        super().setup_mapper()
        self.mapper.register_raw_streams_from_catalog(self.catalog)

    # Settings

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        if self._config.get("batch_config"):
            raise ConfigError(_NO_BATCHES)
        return super()._validate_config(raise_errors=raise_errors)

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805  (a property of the class)
        if os.environ.get(f"{cls._env_var_prefix}BATCH_CONFIG"):
            raise ConfigError(_NO_BATCHES)
        return cast("dict[str, Any]", super()._env_var_config)

    # Options and runs

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
        """Run the tap as the SDK does, with an exit code for streams that were not read.

        Args:
            about: only print the tap's description and settings.
            about_format: how to print them.
            config: the SDK's merged `--config` options.
            state: the file to continue from.
            catalog: the file that selects streams; everything if not given.
        """
        from tap_seatable.inputs import read_catalog, read_state  # noqa: PLC0415  (no --help needs it)

        super(Tap, cls).invoke(about=about, about_format=about_format)
        cls.log_version()
        with exit_on_error(cls.logger):
            tap = cls(
                config=config.config if config else None,
                state=read_state(state),
                catalog=read_catalog(catalog),
                parse_env_config=bool(config and config.parse_env),
            )
            is_complete = False
            try:
                tap.sync_all()
                is_complete = True
            except BrokenPipeError as error:
                for sentence in describe(error):
                    cls.logger.error(sentence)  # noqa: TRY400  (this is no failure of the tap)
                # What is still buffered has nowhere to go, either.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(ErrorKind.SYSTEM.exit_code)
            finally:
                tap.log_costs()
                tap.log_summary(is_complete=is_complete)
            tap.failures.raise_all(rest="The others are complete." if tap.has_read else "")

    @classmethod
    def cb_discover(
        cls,
        ctx: click.Context,
        param: click.Option,  # noqa: ARG003  (as the SDK has it)
        value: bool,  # noqa: FBT001  (as the SDK has it)
    ) -> None:
        """Run discovery; a mistake in the settings is a sentence, not a traceback."""
        if not value:
            return
        with exit_on_error(cls.logger):
            cls._from_options(ctx, setup_mapper=False).run_discovery()
        ctx.exit()

    @classmethod
    def cb_test(
        cls,
        ctx: click.Context,
        param: click.Option,  # noqa: ARG003  (as the SDK has it)
        value: str,
    ) -> None:
        """Read one row of every table and report how that went, or write the schemas."""
        if value == CliTestOptionValue.Disabled.value:
            return
        with exit_on_error(cls.logger):
            tap = cls._from_options(ctx)
            if value == CliTestOptionValue.Schema.value:
                tap.write_schemas()
            else:
                tap.check_streams()
                tap.run_connection_test()
                for sentence in tap.reports():
                    tap.logger.info("%s", sentence)
                tap.failures.raise_all()
        ctx.exit()

    @classmethod
    def _from_options(cls, ctx: click.Context, **options: Any) -> TapCommandLine:
        """A tap with the settings that the options before this one give."""
        config = ctx.params.get("config")
        return cls(
            config=config.config if config else None,
            parse_env_config=bool(config and config.parse_env),
            **options,
        )

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop with the signal's own exit code, so that no pipeline takes half a table for all.

        No state is written here: every valid STATE is out already. The current line is finished
        first, so that readers get no broken one.
        """
        del frame
        cast("BlockWriter", self.message_writer).stop(functools.partial(self._stop, signum))

    def _stop(self, signum: int) -> NoReturn:
        self.logger.warning("Stopped by signal %d; the next run continues.", signum)
        sys.exit(128 + signum)
