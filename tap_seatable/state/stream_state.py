"""A stream's part of the state: its bookmark is loaded, saved and reset here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_seatable.contract import STATE_KEY
from tap_seatable.catalog import REPLICATION_KEY
from tap_seatable.state.bookmark import TableBookmark, last_version, reset_bookmark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from singer_sdk import Stream


class StreamState:
    """A stream's part of the state.

    Args:
        stream: the SDK's stream.
        flush: writes a STATE message.
    """

    def __init__(self, stream: Stream, flush: Callable[[], None]) -> None:
        self._stream = stream
        self._flush = flush

    @property
    def _content(self) -> Mapping[str, Any]:
        """What the state has of the stream. Reading it adds nothing to the state."""
        content: Mapping[str, Any] = (
            self._stream.tap_state.get("bookmarks", {}).get(self._stream.name) or {}
        )
        return content

    @property
    def has_bookmark(self) -> bool:
        """Whether there is a bookmark, valid or not."""
        return bool(self._content.get(STATE_KEY))

    @property
    def last_version(self) -> int:
        """The latest version of the stream; 0 where that is not known."""
        return last_version(self._content)

    @property
    def lost_bookmark(self) -> bool:
        """Whether an earlier run sent records and left no bookmark: nobody knows which they were.

        FULL_TABLE leaves none, and neither does a run that was killed when it had begun anew.
        """
        return self._is_incremental and self.last_version > 0 and not self.has_bookmark

    @property
    def _is_incremental(self) -> bool:
        return self._stream.replication_method == "INCREMENTAL"

    def load(self, *, base: str, table: str) -> TableBookmark | None:
        """The bookmark that the last run left; None if there is none.

        Raises:
            InvalidBookmark: the bookmark cannot be used.
        """
        return TableBookmark.load(self._content, base=base, table=table)

    def save(self, bookmark: TableBookmark) -> None:
        """Put a bookmark into the state, and write the state out if that changes it.

        A full-table stream keeps only its version, because the next one has to be later. A
        bookmark in a state that this one is laid over does not hold any more.
        """
        self._update(
            {
                "replication_key": REPLICATION_KEY,
                "replication_key_value": bookmark.replication_key_value,
                STATE_KEY: bookmark.dump(),
            }
            if self._is_incremental
            else reset_bookmark({}, bookmark.stream_version)
        )

    def reset(self, version: int = 0) -> None:
        """Remove the bookmark and write the state out: a full sync comes next.

        Args:
            version: of the records that go out from now on, if they have one.
        """
        self._update(reset_bookmark(self._content, version))

    def _update(self, content: Mapping[str, Any]) -> None:
        before = self._content
        if any(key not in before or before[key] != value for key, value in content.items()):
            self._stream.stream_state.update(content)
            self._flush()
