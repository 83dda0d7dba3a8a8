"""What could not be read in a run, and what that means for the rest of it and for its exit code."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.errors import ErrorKind, SeaTableError, ServerUnavailable

if TYPE_CHECKING:
    from tap_seatable.bases.source import Source

log = logging.getLogger(__name__)

FAILED_IN_A_ROW = 3
"""Streams one after another that a server does not answer for, until no more is asked of it."""


class RunFailures:
    """The bases and streams that could not be read.

    Attributes:
        bases: why bases could not be opened, by their names.
        streams: why streams were not read, by their names.
    """

    def __init__(self) -> None:
        self.bases: dict[str, SeaTableError] = {}
        self.streams: dict[str, SeaTableError] = {}

    def record_base_failures(self, failures: dict[str, SeaTableError]) -> None:
        """Note which bases could not be opened; the others go on."""
        for base, error in failures.items():
            log.error("Base %r cannot be read: %s", base, error)
        self.bases = failures

    def fail(self, stream: str, error: SeaTableError) -> None:
        """Note that a stream could not be read; the others go on."""
        log.error("Stream %r was not read: %s", stream, error)
        self.streams[stream] = error

    def doubt(self, source: Source, stream: str, error: SeaTableError) -> None:
        """A stream was not read for a reason that may hold for all streams of its base.

        What a server does not answer for one stream only, such as a table that it cannot read
        itself, is that stream's trouble. A server that is down shall not be asked for each of 200
        tables as often as it takes to be sure. So the base is asked for its structure, one call
        that every server can answer; and where a part of the server is down that this call does not
        need, a few streams in a row tell.

        Raises:
            SeaTableError: the reason holds for all streams, and there is no other base.
        """
        if isinstance(error, ServerUnavailable):
            source.unanswered += 1
            if source.unanswered < FAILED_IN_A_ROW and _answers(source):
                self.fail(stream, error)
                return
        if not source.prefix:
            raise error
        source.trouble = error
        self.fail(stream, error)

    def raise_all(self, *, rest: str = "The others are complete.") -> None:
        """End the run with an error if a base or a stream was not read.

        Args:
            rest: what becomes of all else.

        Raises:
            SeaTableError: naming the bases and streams.
        """
        troubles = []
        if self.bases:
            names = ", ".join(map(repr, self.bases))
            troubles.append(f"{len(self.bases)} of the bases could not be read: {names}.")
        if self.streams:
            names = ", ".join(map(repr, self.streams))
            were = "was" if len(self.streams) == 1 else "were"
            troubles.append(f"{len(self.streams)} of the streams {were} not read: {names}.")
        if troubles:
            errors = (*self.bases.values(), *self.streams.values())
            kind = ErrorKind.most_urgent(error.kind for error in errors)
            raise SeaTableError(" ".join([*troubles, rest]).strip(), kind=kind)


def _answers(source: Source) -> bool:
    """Whether the server answers for the base at all. One call, if it does."""
    try:
        source.base.metadata()
    except SeaTableError:
        return False
    return True
