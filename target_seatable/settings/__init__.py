"""The settings of target-seatable: their JSON Schema and their typed values."""

from __future__ import annotations

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
    "Rule",
    "StreamConfig",
    "Subscription",
    "TargetConfig",
    "WritePolicy",
    "exact_names",
    "parse_config",
]
