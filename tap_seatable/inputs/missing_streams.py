"""Streams that a catalog or a state knows, and the bases no longer have: what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import NotFound
from tap_seatable.state.bookmark import STATE_KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from typing import Any

    from tap_seatable.bases.source import Source
    from tap_seatable.streams.table import TableStream

_NAMING = "With naming set to id no renaming changes a stream."


def missing(
    stream: str,
    origin: Mapping[str, str],
    *,
    sources: Iterable[Source],
    offered: Collection[str],
    unread: Collection[str],
) -> NotFound:
    """Why a stream that a catalog selects cannot be read.

    Args:
        stream: its name.
        origin: what the catalog says that it was made from: see `StreamPlan.origin`.
        sources: the bases that can be read.
        offered: the streams that there are.
        unread: the names of bases that cannot be read.
    """
    if unread:
        return NotFound(
            f"The catalog selects stream {stream!r}, but no base that could be read has such a "
            f"table. These could not be read: {', '.join(map(repr, unread))}."
        )
    if renamed := _of_origin(origin.get("id"), origin.get("base"), sources):
        return NotFound(
            f"The catalog selects stream {stream!r}, whose table is now called "
            f"{renamed.plan.table.name!r} and its stream {renamed.name!r}. Run discovery again "
            "(with Meltano: --refresh-catalog) and select that one, which is read whole first. "
            f"{_NAMING}"
        )
    bases = ", ".join(repr(source.base.name) for source in sources)
    return NotFound(
        f"The catalog selects stream {stream!r}, but base {bases} has no such table or view, "
        "or tables, views, side_streams and exclude_tables leave it out. Streams are: "
        f"{', '.join(map(repr, offered)) or 'none'}. Run discovery again, or deselect it."
    )


def explain_missing_streams(
    marks: Mapping[str, Any], *, sources: Iterable[Source], known: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What became of streams of which only a state knows, where their base tells.

    Args:
        marks: the parts of the state, by stream.
        sources: the bases that can be read.
        known: streams that there are, or of which the catalog tells.

    Yields:
        The stream's name, and a sentence.
    """
    bases = {source.base.id: source for source in sources}
    for stream, own in marks.items():
        memory = own.get(STATE_KEY) if isinstance(own, dict) else None
        if stream in known or not isinstance(memory, dict):
            continue
        source, origin = bases.get(str(memory.get("base"))), str(memory.get("table"))
        if source is None:
            continue
        renamed = _of_origin(origin, source.base.id, [source])
        known_to_state = f"Stream {stream!r}, which the state knows, is"
        if origin not in source.origins:
            told = f"gone: base {source.base.name!r} no longer has its table or view."
            yield stream, f"{known_to_state} {told} What was loaded of it stays as it is."
        elif renamed and renamed.selected and not marks.get(renamed.name, {}).get(STATE_KEY):
            told = f"now called {renamed.name!r}, and is read whole under that name."
            rest = "What was loaded under the former one stays as it is."
            yield stream, f"{known_to_state} {told} {rest} {_NAMING}"


def _of_origin(
    origin: str | None, base: str | None, sources: Iterable[Source]
) -> TableStream | None:
    """The stream of a table, or of a view, by its id; of any base if that is not known."""
    return next(
        (
            stream
            for source in sources
            for stream in source.streams
            if stream.plan.origin["id"] == origin and base in {None, source.base.id}
        ),
        None,
    )
