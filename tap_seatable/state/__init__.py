"""The bookmark and its sketches."""

from __future__ import annotations

from tap_seatable.state.bookmark import (
    CLOCKS_DIFFER,
    STATE_KEY,
    BookmarkBuilder,
    InvalidBookmark,
    TableBookmark,
    next_version,
    parse_bookmark,
    reset_bookmark,
)
from tap_seatable.state.fingerprint import compute_fingerprint
from tap_seatable.state.iblt import InvertibleBloomTable
from tap_seatable.state.row_sketches import (
    Changes,
    Sketches,
    capacity_for,
    changes_between,
    content_digest,
)
from tap_seatable.state.stream_state import StreamState

__all__ = [
    "CLOCKS_DIFFER",
    "STATE_KEY",
    "BookmarkBuilder",
    "Changes",
    "InvalidBookmark",
    "InvertibleBloomTable",
    "Sketches",
    "StreamState",
    "TableBookmark",
    "capacity_for",
    "changes_between",
    "compute_fingerprint",
    "content_digest",
    "next_version",
    "parse_bookmark",
    "reset_bookmark",
]
