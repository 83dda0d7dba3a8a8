"""Whether the last STATE of a source shows that a stream is incomplete.

A source that dies just stops sending, perhaps after a STATE that followed its last record. Many
sources keep a marker in their STATEs while a stream is under way, and remove it at the end.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from singer_seatable.contract import CURSOR, STATE_KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_MARKERS = (
    *("progress_markers", "replication_key_signpost"),  # the SDK's
    *("last_pk_fetched", "max_pk_values", "xmin"),  # full tables of tap-mysql and tap-postgres
    *("last_id_fetched", "max_id_value"),  # collections of tap-mongodb
)
"""Keys of a stream's bookmark that hold something only while the stream is under way."""


def incomplete_reason(state: Mapping[str, Any], names: Collection[str]) -> str | None:
    """The reason why a stream is incomplete by the last STATE; None if the STATE shows none.

    Args:
        state: the value of the last STATE.
        names: the names that the source may use for the stream.
    """
    if current := state.get("currently_syncing"):
        return f"the last STATE says that the source was still at stream {current!r}"
    bookmarks = state.get("bookmarks")
    if not isinstance(bookmarks, dict):
        return None
    for name in names:
        for bookmark in _with_partitions(bookmarks.get(name)):
            if marker := next((key for key in _MARKERS if bookmark.get(key)), None):
                return f"the last STATE shows stream {name!r} as unfinished, by its {marker}"
            if _cursor(bookmark.get(STATE_KEY)):
                return f"the last STATE says that the source was still reading stream {name!r}"
    return None


def _cursor(progress: Any) -> Any:
    """Where tap-seatable is in a table; its bookmark is one text, and once was an object."""
    if isinstance(progress, str):
        try:
            progress = json.loads(progress)
        except (ValueError, RecursionError):
            return None
    return progress.get(CURSOR) if isinstance(progress, dict) else None


def _with_partitions(bookmark: Any) -> Iterator[Mapping[str, Any]]:
    """A stream's bookmark and those of its partitions."""
    partitions = bookmark.get("partitions") if isinstance(bookmark, dict) else None
    for part in (bookmark, *(partitions if isinstance(partitions, list) else ())):
        if isinstance(part, dict):
            yield part
