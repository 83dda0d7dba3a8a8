"""Explains streams that a catalog or a state knows, and the bases no longer have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import NotFound
from singer_seatable.contract import STATE_KEY
from tap_seatable.state import parse_bookmark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any

    from tap_seatable.bases import Source
    from tap_seatable.streams import TableStream

_NAMING = "With naming set to id no renaming changes a stream."


def explain_missing_stream(
    stream: str,
    origin: Mapping[str, str],
    *,
    sources: Iterable[Source],
    tables: Iterable[TableStream],
    known: Collection[str],
    unread: Collection[str],
) -> NotFound:
    """Explain why a stream that a catalog selects cannot be read.

    Args:
        stream: its name.
        origin: what the catalog says that it was made from: see `StreamPlan.origin`.
        sources: the bases that can be read.
        tables: the streams of their tables and views.
        known: names of all streams of the run.
        unread: names of bases that cannot be read.
    """
    if unread:
        return NotFound(
            f"The catalog selects stream {stream!r}, but no base that could be read has such a "
            f"table. These could not be read: {', '.join(map(repr, unread))}."
        )
    if renamed := _find_by_origin(origin.get("id"), origin.get("base"), tables):
        return NotFound(
            f"The catalog selects stream {stream!r}, whose table is now called "
            f"{renamed.plan.table.name!r} and its stream {renamed.name!r}. Run discovery again "
            "(with Meltano: --refresh-catalog) and select that one, which starts with a full sync. "
            f"{_NAMING}"
        )
    bases = ", ".join(repr(source.base.name) for source in sources)
    return NotFound(
        f"The catalog selects stream {stream!r}, but base {bases} has no such table or view, "
        "or tables, views, side_streams and exclude_tables leave it out. Streams are: "
        f"{', '.join(map(repr, known)) or 'none'}. Run discovery again, or deselect it."
    )


def explain_missing_streams(
    bookmarks: Mapping[str, Any],
    *,
    sources: Iterable[Source],
    tables: Iterable[TableStream],
    known: Collection[str],
) -> Iterator[tuple[str, str]]:
    """Explain streams that only a state knows, where their base can be read.

    Args:
        bookmarks: the parts of the state, by stream.
        sources: the bases that can be read.
        tables: the streams of their tables and views.
        known: names of the run's streams and of the catalog's.

    Yields:
        The stream's name, and a sentence.
    """
    sources_by_id = {source.base.id: source for source in sources}
    for stream, content in bookmarks.items():
        bookmark = parse_bookmark(content) if isinstance(content, dict) else None
        if stream in known or not bookmark:
            continue
        source, origin = sources_by_id.get(str(bookmark.get("base"))), str(bookmark.get("table"))
        if source is None:
            continue
        renamed = _find_by_origin(origin, source.base.id, tables)
        if origin not in source.origins:
            sentence = (
                f"is gone: base {source.base.name!r} no longer has its table or view. Rows that "
                "were loaded stay as they are."
            )
        elif renamed and renamed.selected and not bookmarks.get(renamed.name, {}).get(STATE_KEY):
            sentence = (
                f"is now called {renamed.name!r} and starts with a full sync. Rows that were "
                f"loaded under the old name stay as they are. {_NAMING}"
            )
        else:
            continue
        yield stream, f"Stream {stream!r}, which the state knows, {sentence}"


def _find_by_origin(
    origin: str | None, base: str | None, tables: Iterable[TableStream]
) -> TableStream | None:
    """Find the stream of a table or view by its id; of any base if that is not known."""
    return next(
        (
            stream
            for stream in tables
            if stream.plan.origin["id"] == origin and base in {None, stream.plan.base}
        ),
        None,
    )
