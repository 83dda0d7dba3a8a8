"""The target as a command: its name, its settings and its options."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import click
from singer_sdk import Target
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities

from singer_seatable.cli import CommandLine
from target_seatable.settings.schema import SETTINGS


class TargetCommandLine(CommandLine, Target):
    """The target as a command, without what loads."""

    name = "target-seatable"
    package_name = "singer-seatable"
    logger_name = "target_seatable.target"
    # A copy, because the SDK adds settings of its own to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(dict(SETTINGS))
    keeps_undeclared_keys = True

    # Without BATCH, which would add settings: the message reader takes it as RECORD messages.
    capabilities: ClassVar[list[Any]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.VALIDATE_RECORDS,
        TargetCapabilities.HARD_DELETE,
        TargetCapabilities.SOFT_DELETE,
    ]


class RetryCommandLine(TargetCommandLine):
    """The command with the option of a retry: that much answers `--help`."""

    subcommands = (
        "Sub-commands: 'load' loads files. 'verify' compares a base with what was loaded into it. "
        "Each has a --help of its own."
    )

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command, with the option of a retry."""
        command = super().get_singer_command()
        command.params.append(
            click.Option(
                ["--retry-rejected"],
                multiple=True,
                metavar="FILE",
                help="File of corrected rejected records to load again; repeatable. Records that "
                "are stored are removed from it.",
            )
        )
        return command
