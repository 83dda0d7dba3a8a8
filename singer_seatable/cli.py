"""The command line of both plugins: checked settings, errors as sentences with exit codes."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import metrics
from singer_sdk._logging import _setup_console_logging
from singer_sdk.cli import plugin_cli
from singer_sdk.exceptions import (
    ConfigurationError,
    ConfigValidationError,
    DiscoveryError,
    MappingError,
    SingerSDKError,
)
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.plugin_base import PluginBase, SingerCommand
from singer_sdk.singerlib.exceptions import SingerError

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from seatable_client.formatting import error_text
from seatable_client.settings import without_secrets
from singer_seatable.run_log import hide_idle_lines
from singer_seatable.settings import (
    check_settings_files,
    environment_settings,
    form_of,
    mistakes_in,
    part_of,
    repair,
    unread_variables,
    with_declared_types,
)
from singer_seatable.stream_maps import FlatteningMapper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


DISTRIBUTION = "singer-seatable"

_MISSING_SETTING = re.compile(r"'(?P<name>\w+)' is a required property")
_WRONG_SETTING = re.compile(r"(?P<what>.*) in config(?P<path>(?:\[[^]]*\])+)", re.DOTALL)
"""What the SDK makes of the errors of JSON Schema."""
_STEP = re.compile(r"\[([^]]*)\]")

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
"""Levels of the log."""


class GuardedCommand(SingerCommand):
    """A command that ends in a sentence where standard output is closed, or takes no more."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command as click does, and send out what it has printed.

        Raises:
            SystemExit: always, unless click is told otherwise.
        """
        with exit_on_error(self.logger):
            if sys.stdout is None:  # a shell's >&-
                raise SeaTableError(
                    "Standard output is closed, and the results of this command go there. Start it "
                    "with an open one.",
                    kind=ErrorKind.SYSTEM,
                )
            try:
                return super().main(*args, **kwargs)
            finally:
                _flush_output()


def _flush_output() -> None:
    """Send out what is still buffered, while a failure can be reported.

    Raises:
        OSError: it cannot be sent out; then it is dropped, so that it does not fail again at exit.
    """
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):  # tests put other files in its place
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


class GuardedPlugin(PluginBase):
    """A plugin whose command is guarded. Stands before the SDK's own class among the bases.

    Attributes:
        logger_name: of the plugin's logger; None for that of its module.
        subcommands: what its sub-commands do, for `--help`.
    """

    logger_name: ClassVar[str | None] = None
    subcommands: ClassVar[str | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        hide_idle_lines(self.logger)
        super().__init__(*args, **kwargs)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings; numerals count as numbers, and JSON of an object as the object."""
        self._config = with_declared_types(self._config, self.config_jsonschema["properties"])
        try:
            return super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            error.errors = mistakes_in(self._config, self.config_jsonschema) or [
                without_secrets(sentence, self._config) for sentence in error.errors
            ]
            raise

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Append the SDK's own settings, as schemas that can be validated against."""
        super().append_builtin_config(config_jsonschema)
        properties = config_jsonschema["properties"]
        properties["stream_maps"] = repair(properties["stream_maps"])

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read files of settings; one that cannot be read is a sentence, not a traceback."""
        cls.append_builtin_config(cls.config_jsonschema)
        with exit_on_error(cls.logger):
            check_settings_files(value, cls.config_jsonschema["properties"])
        return super().cb_config(ctx, param, value)

    @classproperty
    def logger(cls) -> logging.Logger:  # noqa: N805  (a property of the class)
        """The logger of the plugin's module; the SDK's would have the name of the command."""
        return logging.getLogger(cls.logger_name or cls.__module__)

    @plugin_cli
    def cli(cls) -> click.Command:  # noqa: N805  (the SDK makes a property of the class of it)
        """The command of the plugin, with its log."""
        cls.start_log()
        return cls.get_singer_command()

    @classmethod
    def start_log(cls, default_level: str = "INFO") -> None:
        """Begin the log on standard error, as the SDK does for its own command.

        Args:
            default_level: the level, where the environment names none.

        Raises:
            SystemExit: the environment names a level that there is not.
        """
        own = f"{cls.name.upper().replace('-', '_')}_LOGLEVEL"
        variable = own if os.environ.get(own) else "LOGLEVEL"
        level = (os.environ.get(variable) or default_level).upper()
        with exit_on_error(cls.logger):
            if level not in _LEVELS:
                raise ConfigError(f"{variable} is {level!r}; it takes one of {', '.join(_LEVELS)}.")
        _setup_console_logging(log_level=level)
        hide_idle_lines(cls.logger)

    @classmethod
    def start_subcommand_log(cls, default_level: str = "INFO") -> None:
        """Begin the log of a command for people, without Singer metrics, which are for pipelines.

        Args:
            default_level: the level, where the environment names none.
        """
        cls.start_log(default_level)
        metrics.get_metrics_logger().propagate = False

    @classmethod
    def log_version(cls) -> None:
        """Log which version runs, at the start of a run."""
        cls.print_version(print_fn=lambda version: cls.logger.info("%s", version))

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command, guarded."""
        command = super().get_singer_command()
        command.__class__ = GuardedCommand
        command.epilog = cls.subcommands
        return command


class CommandLine(GuardedPlugin):
    """A tap or a target as a command. Stands before the SDK's own class among the bases.

    Attributes:
        keeps_undeclared_keys: see `Flattening`.
    """

    keeps_undeclared_keys: ClassVar[bool] = False

    def setup_mapper(self) -> None:
        """Make the stream maps, with a flattening that loses nothing."""
        self._mapper = FlatteningMapper(
            dict(self.config), self.logger, keeps_undeclared=self.keeps_undeclared_keys
        )

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805  (a property of the class)
        """The SDK's reading of the environment, checked."""
        return environment_settings(
            lambda: super(CommandLine, cls)._env_var_config,
            cls._env_var_prefix,
            cls.config_jsonschema["properties"],  # with the SDK's own, once it has been asked
        )

    @classmethod
    def read_config(cls, sources: Sequence[str]) -> dict[str, Any]:
        """The settings for a sub-command, from files and from the environment.

        Args:
            sources: what `--config` is given: paths, and `ENV` for the environment, which wins.

        Raises:
            ConfigError: a file or a variable cannot be read.
            ConfigValidationError: a setting is not of the form that it takes.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        schema = cls.config_jsonschema
        check_settings_files(sources, schema["properties"])
        config: dict[str, Any] = {}
        for source in sources:
            if source != "ENV":
                config |= json.loads(Path(source).read_text("utf-8-sig"))
        config |= cls._env_var_config if "ENV" in sources else {}
        config = with_declared_types(config, schema["properties"])
        if mistakes := mistakes_in(config, schema):
            raise ConfigValidationError("Settings are invalid", errors=mistakes, schema=schema)
        return config


@contextlib.contextmanager
def exit_on_error(logger: logging.Logger) -> Iterator[None]:
    """Turn an error into sentences in the log and the exit code of its kind.

    A mistake that a user can make gets a sentence, not a traceback. Anything unexpected is a bug:
    it keeps its traceback, and the log says where to report it.

    Raises:
        SystemExit: the block failed.
    """
    try:
        yield
    except (click.exceptions.Exit, click.Abort, click.ClickException):
        raise  # how click ends a command
    except Exception as error:
        kind = kind_of(error)
        if kind is ErrorKind.BUG:
            logger.exception(
                "This is a bug in %s. Report it, with the lines below: %s",
                DISTRIBUTION,
                issues_url(),
            )
        else:
            for sentence in describe(error):
                logger.error("%s", sentence)  # noqa: TRY400  (a traceback is what this avoids)
        sys.exit(kind.exit_code)


def kind_of(error: Exception) -> ErrorKind:
    """Who can fix an error, the SDK's and the operating system's included."""
    if isinstance(error, SeaTableError):
        return error.kind
    if isinstance(error, (ConfigurationError, MappingError, DiscoveryError)):
        return ErrorKind.CONFIGURATION
    if isinstance(error, (SingerSDKError, SingerError)):
        return ErrorKind.DATA
    # Errors of a library may call themselves OSError; those of the system have a number.
    if isinstance(error, OSError) and error.errno is not None:
        return ErrorKind.SYSTEM
    return ErrorKind.BUG


def describe(error: Exception) -> list[str]:
    """An error in sentences, one for each mistake.

    Where settings are missing, the sentence says where else they stand.
    """
    if isinstance(error, ConfigValidationError):
        return [_describe_mistake(mistake, error.schema or {}) for mistake in error.errors]
    if isinstance(error, BrokenPipeError):
        return [
            "Stopped, because the program that reads this output has ended; its own log says why."
        ]
    if isinstance(error, OSError):
        return [f"{error_text(error)}. Check the disk, the folders and the permissions."]
    missing = error.missing if isinstance(error, ConfigError) else ()
    return [" ".join(error_text(error).split()) + unread_variables(*missing)]


def _describe_mistake(mistake: str, settings: dict[str, Any]) -> str:
    """A sentence of JSON Schema about the settings, with the name first and the remedy last."""
    if missing := _MISSING_SETTING.fullmatch(mistake):
        return f"The setting {missing['name']} is not set, and nothing can be done without it."
    if misplaced := _WRONG_SETTING.fullmatch(mistake):
        path = misplaced["path"].replace("'][", "[").replace("']", "").replace("['", ".")
        steps = _STEP.findall(misplaced["path"])
        part = part_of(settings, [int(s) if s.isdigit() else s.strip("'\"") for s in steps])
        remedy = f" It takes {form_of(part)}." if part and "enum" not in part else ""
        return f"The setting {path.lstrip('.')} is invalid: {misplaced['what']}.{remedy}"
    return f"A setting is invalid: {mistake}."


def issues_url() -> str:
    """Where bugs are reported, as the distribution's metadata says."""
    urls = importlib.metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    return next((url.partition(", ")[2] for url in urls if url.startswith("Issues, ")), "")
