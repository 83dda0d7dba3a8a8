"""The last line of a run's log, for programs: what it has done, and what that has cost."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from singer_sdk import metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatable_client.http import Transport

_metrics_log = logging.getLogger("singer_sdk.metrics")


def log_summary(
    logger: logging.Logger,
    counts: Mapping[str, float],
    transports: Iterable[Transport],
    *,
    is_idle: bool = False,
) -> None:
    """Log one line of JSON, and the number of calls as a Singer metric.

    Args:
        logger: of the plugin.
        counts: what the run has done, by name.
        transports: the sessions whose calls the run has made.
        is_idle: whether the run had nothing to do. Then the summary tells all, and the metric is
            DEBUG.
    """
    calls, left = 0, None
    for transport in transports:
        calls += sum(transport.calls.values())
        if (known := transport.pace.calls_left) is not None:
            left = known if left is None else min(left, known)
    point = metrics.Point("counter", metric=metrics.Metric.HTTP_REQUEST_COUNT, value=calls)
    _metrics_log.log(logging.DEBUG if is_idle else logging.INFO, "METRIC: %s", point)
    summary = {**counts, "calls": calls, "calls_left": left}
    logger.info("SUMMARY: %s", json.dumps(summary))
