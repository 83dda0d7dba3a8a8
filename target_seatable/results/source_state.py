"""Whether the last STATE of a source shows that a stream did not come to its end.

A source that dies in the middle only stops sending, and a STATE may have come since its last
record. Many sources leave a note in their STATEs while a stream is under way, and take it away at
the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_MARKERS = (
    *("progress_markers", "replication_key_signpost"),  # the SDK's
    *("last_pk_fetched", "max_pk_values", "xmin"),  # full tables of tap-mysql and tap-postgres
    *("last_id_fetched", "max_id_value"),  # collections of tap-mongodb
)
"""Keys of a stream's bookmark that hold something only while the stream is under way."""


def incomplete_reason(state: Mapping[str, Any], names: Collection[str]) -> str | None:
    """Why a stream cannot be complete, going by the last STATE; None if nothing speaks against it.

    Args:
        state: what it says.
        names: what the source may call the stream.
    """
    if current := state.get("currently_syncing"):
        return f"the last STATE says that the source was still at stream {current!r}"
    bookmarks = state.get("bookmarks")
    if not isinstance(bookmarks, dict):
        return None
    for name in names:
        for marks in _parts(bookmarks.get(name)):
            if marker := next((one for one in _MARKERS if marks.get(one)), None):
                return f"the last STATE shows stream {name!r} as unfinished, by its {marker}"
            memory = marks.get("seatable")
            if isinstance(memory, dict) and memory.get("cursor"):
                return f"the last STATE says that the source was still reading stream {name!r}"
    return None


def _parts(bookmark: Any) -> Iterator[Mapping[str, Any]]:
    """A stream's bookmark, and those of its partitions."""
    partitions = bookmark.get("partitions") if isinstance(bookmark, dict) else None
    for one in (bookmark, *(partitions if isinstance(partitions, list) else ())):
        if isinstance(one, dict):
            yield one
