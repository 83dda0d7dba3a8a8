"""The settings of target-seatable: JSON Schema, typed values, and the command that takes them."""

from __future__ import annotations

from target_seatable.settings.command import RetryCommandLine, TargetCommandLine
from target_seatable.settings.config import (
    Contract,
    StreamConfig,
    TargetConfig,
    WritePolicy,
    exact_names,
    parse_config,
)
from target_seatable.settings.schema import ATTACHMENT_SETTINGS, ROW_LIMIT, SETTINGS
from target_seatable.settings.subscriptions import SMALLEST, SUBSCRIPTIONS, Subscription
from target_seatable.settings.values import Rule

__all__ = [
    "ATTACHMENT_SETTINGS",
    "ROW_LIMIT",
    "SETTINGS",
    "SMALLEST",
    "SUBSCRIPTIONS",
    "Contract",
    "RetryCommandLine",
    "Rule",
    "StreamConfig",
    "Subscription",
    "TargetCommandLine",
    "TargetConfig",
    "WritePolicy",
    "exact_names",
    "parse_config",
]
