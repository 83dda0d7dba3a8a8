"""Progress of a run: rows of how many, rows per second, and the time left.

It is reported by the page or the batch, never by the row. A terminal shows a bar; anything else
gets a line in the log every ten seconds. Both go to standard error, as standard output is for
messages.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from singer_seatable.run_log.bar import open_bar

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from singer_seatable.run_log.bar import Bar

LOG_SECONDS = 10.0
"""How often the log says how far a stream is, at most."""

BAR_SECONDS = 0.2
"""How often the bar is drawn, at most."""

SHORT_SECONDS = 1.0
"""How long a stream takes before anything is logged of it."""

_MINUTE, _HOUR = 60, 3600


@dataclass
class _Standing:
    """How far one stream is.

    Attributes:
        start: when it began, by the clock of the run.
        total: rows that there are; None where that is not known.
        before: rows of earlier runs, which this one goes on from.
        rows: rows of this run.
    """

    start: float
    total: int | None = None
    before: int = 0
    rows: int = 0

    def describe(self, now: float, work: str) -> str:
        """The standing in words."""
        done = self.before + self.rows
        parts = [f"{done:,} {'' if self.total is None else f'of {self.total:,} '}{work}"]
        per_second = self.rows / max(now - self.start, 1e-9)
        parts.append(f"{per_second:,.0f} per second")
        if self.total is not None and self.rows:
            parts.append(f"{_duration(max(self.total - done, 0) / per_second)} left")
        return ", ".join(parts)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    hours, minutes = divmod(round(whole / _MINUTE), _MINUTE)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


class RunProgress:
    """Tells how far the streams of a run are. Threads may share it.

    Args:
        logger: where lines go.
        work: what is done with rows, such as `rows read`.
        clock: seconds, as `time.monotonic` has them.
        draws: whether a bar may be drawn on a terminal.
    """

    def __init__(
        self,
        logger: logging.Logger,
        work: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        draws: bool = True,
    ) -> None:
        self._logger = logger
        self._work = work
        self._clock = clock
        self._draws = draws
        self._lock = threading.Lock()
        self._streams: dict[str, _Standing] = {}
        self._last = clock()
        self._bar: Bar | None = None

    def begin(
        self, stream: str, *, total: int | None = None, before: int = 0, anew: bool = True
    ) -> None:
        """Note that a stream begins.

        Args:
            stream: its name.
            total: rows that there are; None where that is not known.
            before: rows of earlier runs, which this one goes on from.
            anew: whether its rows so far do not count, if it has begun already.
        """
        with self._lock:
            if anew or stream not in self._streams:
                self._streams[stream] = _Standing(self._clock(), total, before)

    def advance(self, stream: str, rows: int) -> None:
        """Note rows of a stream, and tell how far it is if that is due."""
        with self._lock:
            now, standing = self._clock(), self._streams[stream]
            standing.rows += rows
            if now - standing.start < SHORT_SECONDS:
                return
            if self._draws and self._bar is None:
                self._bar = open_bar()
                self._draws = self._bar is not None
            if now - self._last < (LOG_SECONDS if self._bar is None else BAR_SECONDS):
                return
            self._last = now
            text = standing.describe(now, self._work)
            if self._bar is None:
                self._logger.info("Stream %r: %s.", stream, text)
            else:
                self._bar.draw(stream, text, standing.before + standing.rows, standing.total)

    def end(self, stream: str) -> None:
        """Note that a stream is complete, or has failed."""
        with self._lock:
            self._streams.pop(stream, None)
            self._close()

    def close(self) -> None:
        """Take the bar away, however the run has ended."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def is_alone_on_terminal() -> bool:
    """Whether the program that feeds this one draws no bar on the same terminal, as far as known.

    The source of a pipe knows how many rows there are, so its bar tells more.
    """
    try:
        return not stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
    except (AttributeError, OSError, ValueError):  # no standard input, or none of the system's
        return False
