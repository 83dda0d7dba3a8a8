"""Whether a source sends a stream whole, so that rows that the stream lacks are gone.

A source that sends only what has changed says so in two places: its SCHEMA names
`bookmark_properties`, and it begins with the state that it was given (the Singer specification, and
the SDK's taps). A mapper between the two may drop the former and rename the stream, so that it is
not found in the latter (meltano-map-transform 0.12).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError
from singer_seatable.contract import VERSION_KEY
from target_seatable.results.source_state import incomplete_reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_OF_WHOLE_STREAMS = frozenset({"version", VERSION_KEY, "initial_full_table_complete"})
"""Keys that bookmarks have although every run sends all rows."""

_REMEDY = (
    "overwrite would remove all other rows of its table. None of the stream's rows was stored. Set "
    "load_method to upsert, or have the source send all rows: without a state, and with the "
    "replication method FULL_TABLE if it has one."
)


class PartialSource:
    """What the messages tell of streams that a source sends in part."""

    def __init__(self) -> None:
        self._given: Mapping[str, Any] = {}
        self._last: Mapping[str, Any] = {}
        self._streams: list[str] = []
        self._seen: set[str] = set()
        self.has_records = False

    def note_state(self, state: Any) -> None:
        """Note a STATE; one before all records is the one that the source was given.

        A state without bookmarks says nothing that can be read. It counts before the first SCHEMA.

        Raises:
            ConfigError: by it, the source sends only a part of a stream that has come.
        """
        self._last = state if isinstance(state, dict) else {}
        if self.has_records or not isinstance(state, dict):
            return
        if self._streams and not isinstance(state.get("bookmarks"), dict):
            return  # it may say what was read of a stream without rows
        self._given = state
        for stream in self._streams:
            self._check_given(stream)

    def note_schema(self, stream: str, message: Mapping[str, Any], *, completes: bool) -> None:
        """Note a SCHEMA, and check it if the stream's missing rows are removed.

        Args:
            stream: its name in the source.
            message: the SCHEMA.
            completes: whether rows that the stream lacks are removed.

        Raises:
            ConfigError: missing rows are removed, and the source sends only a part of the stream.
        """
        self._seen.add(stream)
        if not completes:
            return
        if keys := message.get("bookmark_properties"):
            names = ", ".join(map(str, keys)) if isinstance(keys, list) else keys
            raise ConfigError(
                f"Stream {stream!r}: its SCHEMA has the bookmark_properties {names}, so the source "
                f"sends only what has changed, and load_method {_REMEDY}"
            )
        self._streams.append(stream)
        self._check_given(stream)

    def incomplete_reason(self, names: Collection[str]) -> str | None:
        """Why a stream may lack rows that the source has, after all messages; None if it does not.

        Args:
            names: the names that the source may use for the stream.
        """
        last = incomplete_reason(self._last, self._likely_names(self._last, names))
        return last or self._reason_if_renamed(names)

    def _reason_if_renamed(self, names: Collection[str]) -> str | None:
        for other in self._likely_names(self._given, names):
            if other not in names and _has_place(self._given["bookmarks"][other]):
                return (
                    f"the state that the source was given has a bookmark of stream {other!r}, "
                    "which was not received, and none of this stream, which a mapper may have "
                    f"renamed. Set load_method to upsert, or take {other!r} out of the source's "
                    "state"
                )
        return None

    def _likely_names(self, state: Mapping[str, Any], names: Collection[str]) -> Collection[str]:
        """The names that a stream may have in a state; any that did not come if it is renamed."""
        bookmarks = state.get("bookmarks")
        if not isinstance(bookmarks, dict) or any(name in bookmarks for name in names):
            return names
        return [name for name in bookmarks if name not in self._seen]

    def _check_given(self, stream: str) -> None:
        if _resumes(self._given, stream):
            raise ConfigError(
                f"Stream {stream!r}: the source was given a state and sends what has changed since "
                f"then, and load_method {_REMEDY}"
            )


def _resumes(state: Mapping[str, Any], stream: str) -> bool:
    """Whether a state may hold a place at which the stream is resumed."""
    bookmarks = state.get("bookmarks")
    if isinstance(bookmarks, dict):
        return _has_place(bookmarks.get(stream))
    return any(value for key, value in state.items() if key not in {"bookmarks", _CURRENT})


_CURRENT = "currently_syncing"


def _has_place(bookmark: Any) -> bool:
    if not isinstance(bookmark, dict):
        return bool(bookmark)
    for key, value in bookmark.items():
        if key == "partitions" and isinstance(value, list):
            if any(_has_place(_without_context(part)) for part in value):
                return True
        elif key == "last_replication_method":
            if value not in {None, "FULL_TABLE"}:
                return True
        elif value and key not in _OF_WHOLE_STREAMS:
            return True
    return False


def _without_context(partition: Any) -> Any:
    if not isinstance(partition, dict):
        return partition
    return {key: value for key, value in partition.items() if key != "context"}
