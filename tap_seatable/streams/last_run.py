"""What the last run left of a stream, and whether this run can go on from there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_seatable.state import InvalidBookmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_seatable.catalog import StreamPlan
    from tap_seatable.config import TapConfig
    from tap_seatable.state import StreamState, TableBookmark

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LastRun:
    """What the state has of a stream.

    Attributes:
        bookmark: what the last run left; None for a full sync.
        invalid_reason: why there is none after an earlier run; empty in a first run.
    """

    bookmark: TableBookmark | None
    invalid_reason: str = ""


def read_last_run(
    stream: str,
    state: StreamState,
    plan: StreamPlan,
    config: TapConfig,
    *,
    sent_as: Sequence[str],
    reports_deletes: bool,
) -> LastRun:
    """Read what the state has of a stream; one warning if that cannot be used.

    Args:
        stream: its name.
        state: its part of the state.
        plan: what the base offers of it.
        config: the settings.
        sent_as: the names that its records go out under; empty for its own name alone.
        reports_deletes: whether loaders hear of deleted rows: neither `deletes` nor a map hides it.
    """
    try:
        bookmark = state.load(base=plan.base, table=plan.origin["id"])
    except InvalidBookmark as invalid:
        reason, lost = str(invalid), "rows that are gone"
    else:
        if bookmark is None:
            if not state.lost_bookmark:
                return LastRun(None)
            reason = "the last run used FULL_TABLE or did not finish, and left no bookmark"
            lost = "the rows that were deleted meanwhile"
        elif bookmark.sent_as != sent_as:
            before = ", ".join(map(repr, bookmark.sent_as)) or "its own name"
            reason = f"its records went out under {before}, and stream_maps names others now"
            lost = "the rows that were deleted meanwhile"
        elif bookmark.deletes_unreported and reports_deletes:
            reason = (
                "the last run did not report deleted rows, as deletes was off or stream_maps left "
                "out what marks them"
            )
            lost = "those rows"
        else:
            return LastRun(bookmark)
    if config.deletes.reports_rows and not config.deletes.activates_versions:
        reason += f". Without ACTIVATE_VERSION the loader keeps {lost}"
    log.warning("Stream %r: full sync, because %s.", stream, reason)
    return LastRun(None, reason)
