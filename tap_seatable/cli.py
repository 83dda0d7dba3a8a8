"""The tap as a command: sentences in place of tracebacks, and an exit code for what failed."""

from __future__ import annotations

import functools
import os
import sys
from abc import abstractmethod
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.tap_base import CliTestOptionValue

from seatable_client.connection import without_secrets
from singer_seatable.cli import exit_on_error
from singer_seatable.config_sources import check_settings_files, environment_settings
from tap_seatable.inputs.files import read_catalog, read_state
from tap_seatable.records.writer import BlockWriter

if TYPE_CHECKING:
    from types import FrameType

    import click

    from tap_seatable.bases.failures import RunFailures


class CommandLine(Tap):
    """A tap as a command.

    Attributes:
        failures: the bases and streams that could not be read.
    """

    message_writer_class = BlockWriter

    failures: RunFailures

    @property
    @abstractmethod
    def has_read(self) -> bool:
        """Whether any stream has been read."""

    @abstractmethod
    def check_streams(self) -> None:
        """Check the settings of selected streams before anything is read."""

    @abstractmethod
    def costs(self) -> list[str]:
        """The calls that the run has made, in sentences."""

    @abstractmethod
    def reports(self) -> list[str]:
        """What `--test` has found, in sentences."""

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
            lambda: super(CommandLine, cls)._env_var_config,
            cls._env_var_prefix,
            cls.config_jsonschema["properties"],  # with the SDK's own, once it has been asked
        )

    # Options and runs

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
        """Run the tap as the SDK does, with an exit code for streams that were not read.

        Args:
            about: only print the tap's description and settings.
            about_format: how to print them.
            config: the SDK's merged `--config` options.
            state: the file to continue from.
            catalog: the file that selects streams; everything if not given.
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
            tap.failures.raise_all(rest="The others are complete." if tap.has_read else "")

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
            tap.check_streams()
            tap.run_connection_test()
            for sentence in tap.reports():
                tap.logger.info("%s", sentence)
            tap.failures.raise_all()
        ctx.exit()

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
