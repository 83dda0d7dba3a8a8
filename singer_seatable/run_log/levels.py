"""Levels of the SDK's lines: INFO for those worth reading in every run, DEBUG for the others.

The SDK logs some lines for each stream of each run at INFO, whether or not anything happened. They
are DEBUG here: `TAP_SEATABLE_LOGLEVEL=DEBUG` shows them. Warnings and errors stay as they are.
"""

from __future__ import annotations

import logging
from pathlib import Path

import singer_sdk
from singer_sdk import metrics

_SETTINGS = "singer_sdk.configuration._dict_config"
"""The logger that names each variable of the environment that is read."""

_SDK_FOLDER = str(Path(singer_sdk.__file__).parent)


class _SdkLines(logging.Filter):
    """Takes what the SDK's own code logs at INFO for DEBUG."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.pathname.startswith(_SDK_FOLDER) or _is_kept(record)


class _EmptyCounts(logging.Filter):
    """Takes metrics that count nothing for DEBUG: their sum says no more without them."""

    def filter(self, record: logging.LogRecord) -> bool:
        point = record.args[0] if isinstance(record.args, tuple) and record.args else None
        is_empty = (
            isinstance(point, metrics.Point) and point.metric_type == "counter" and not point.value
        )
        return not is_empty or _is_kept(record)


def _is_kept(record: logging.LogRecord) -> bool:
    """Make a line of level INFO one of level DEBUG; return whether it is to be logged."""
    if record.levelno != logging.INFO:
        return True
    record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
    return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


_sdk_lines, _empty_counts = _SdkLines(), _EmptyCounts()


def hide_idle_lines(logger: logging.Logger) -> None:
    """Let a plugin's logger, and that of metrics, show what a run did and not that it ran.

    Args:
        logger: of the plugin.
    """
    for chatty in (logger, logging.getLogger(_SETTINGS)):
        chatty.addFilter(_sdk_lines)  # twice is once
    metrics.get_metrics_logger().addFilter(_empty_counts)
