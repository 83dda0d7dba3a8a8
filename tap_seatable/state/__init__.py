"""The bookmark, and the emitted rows in it."""

from __future__ import annotations

from tap_seatable.state.bookmark import (
    CLOCKS_DIFFER,
    BookmarkBuilder,
    InvalidBookmark,
    TableBookmark,
    next_version,
    parse_bookmark,
    reset_bookmark,
)
from tap_seatable.state.column_changes import describe_changes, format_columns
from tap_seatable.state.emitted_rows import EmittedRows, RowComparison
from tap_seatable.state.fingerprint import compute_fingerprint
from tap_seatable.state.iblt import InvertibleBloomTable
from tap_seatable.state.row_changes import Changes, content_digest
from tap_seatable.state.row_list import RowList
from tap_seatable.state.row_sketches import Sketches, capacity_for
from tap_seatable.state.stream_state import StreamState

__all__ = [
    "CLOCKS_DIFFER",
    "BookmarkBuilder",
    "Changes",
    "EmittedRows",
    "InvalidBookmark",
    "InvertibleBloomTable",
    "RowComparison",
    "RowList",
    "Sketches",
    "StreamState",
    "TableBookmark",
    "capacity_for",
    "compute_fingerprint",
    "content_digest",
    "describe_changes",
    "format_columns",
    "next_version",
    "parse_bookmark",
    "reset_bookmark",
]
