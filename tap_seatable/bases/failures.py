"""Failures of a run: bases and streams that could not be read, and the exit code that follows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.errors import (
    ApiNotAvailable,
    ConfigError,
    ErrorKind,
    NotFound,
    PermissionDenied,
    RequestRejected,
    SeaTableError,
    ServerUnavailable,
)
from tap_seatable.errors import FileUnavailable, MissingRowsError, SpoolUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tap_seatable.bases.source import Source

log = logging.getLogger(__name__)

MAX_UNANSWERED = 3
"""Streams in a row that a server does not answer for, after which no more is asked of it."""

FAILS_ALONE = (
    FileUnavailable,
    ApiNotAvailable,
    NotFound,
    PermissionDenied,
    RequestRejected,
    MissingRowsError,
    SpoolUnusable,
    ConfigError,
)
"""Errors of one stream that say nothing about the other streams of its base."""


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
        """Record which bases could not be opened; the others go on."""
        for base, error in failures.items():
            log.error("Base %r cannot be read: %s", base, error)
        self.bases = failures

    def record_stream_failure(self, stream: str, error: SeaTableError) -> None:
        """Record that a stream could not be read; the others go on."""
        reason = str(error).removeprefix(f"Stream {stream!r}: ")  # named once
        log.error("Stream %r was not read: %s", stream, reason)
        self.streams[stream] = error

    def attempt(self, source: Source, streams: Collection[str], act: Callable[[], None]) -> None:
        """Do something for streams of a base. An error is their failure, and the run goes on.

        Nothing is done for streams of a base that was given up before.

        Raises:
            SeaTableError: an error that holds for all streams, and there is no other base.
        """
        calls_before = source.calls
        try:
            if source.failure is not None:
                raise NotFound(f"Base {source.base.name!r} was given up before.")
            act()
            if source.calls > calls_before:
                source.unanswered = 0
        except FAILS_ALONE as error:
            source.unanswered = 0
            self._record_all(streams, error)
        except SeaTableError as error:
            self.record_server_error(source, streams, error)

    def record_server_error(
        self, source: Source, streams: Collection[str], error: SeaTableError
    ) -> None:
        """Record an error that may hold for all streams of a base.

        A server may fail for one stream only, such as a table that it cannot read itself. A server
        that is down is not asked again for each of 200 tables. So the base is asked for its
        structure, one call that every working server answers. Where a part of the server is down
        that this call does not need, `MAX_UNANSWERED` failures in a row decide.

        Raises:
            SeaTableError: the error holds for all streams, and there is no other base.
        """
        if isinstance(error, ServerUnavailable):
            source.unanswered += 1
            if source.unanswered < MAX_UNANSWERED and _answers(source):
                self._record_all(streams, error)
                return
        self._give_up(source, streams, error)

    def claim(self, source: Source, streams: Collection[str]) -> None:
        """See that no other run reads a base; of several bases one that is read fails alone.

        Raises:
            ConfigError: another run reads the only base.
        """
        try:
            source.claim()
        except ConfigError as error:
            self._give_up(source, streams, error)

    def _give_up(self, source: Source, streams: Collection[str], error: SeaTableError) -> None:
        if not source.prefix:
            raise error
        source.failure = error
        self._record_all(streams, error)

    def _record_all(self, streams: Collection[str], error: SeaTableError) -> None:
        for stream in streams:
            self.record_stream_failure(stream, error)

    def raise_all(self, *, rest: str = "The others are complete.") -> None:
        """End the run with an error if a base or a stream was not read.

        Args:
            rest: what holds for all else.

        Raises:
            SeaTableError: naming the bases and streams, of the most urgent of their kinds.
        """
        sentences = []
        if self.bases:
            names = ", ".join(map(repr, self.bases))
            sentences.append(f"{len(self.bases)} of the bases could not be read: {names}.")
        if self.streams:
            names = ", ".join(map(repr, self.streams))
            were = "was" if len(self.streams) == 1 else "were"
            sentences.append(f"{len(self.streams)} of the streams {were} not read: {names}.")
        if sentences:
            errors = (*self.bases.values(), *self.streams.values())
            kind = ErrorKind.most_urgent(error.kind for error in errors)
            raise SeaTableError(" ".join([*sentences, rest]).strip(), kind=kind)


def _answers(source: Source) -> bool:
    """Whether the server answers for the base at all. One call, if it does."""
    try:
        source.base.metadata()
    except SeaTableError:
        return False
    return True
