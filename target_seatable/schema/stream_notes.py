"""Log sentences about tables and columns, each once in a run.

What changes or skips values is a warning in every run. What only describes where a stream goes is
one line of a stream: a warning in the run that makes or changes the table, else INFO.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict

log = logging.getLogger(__name__)


class StreamNotes:
    """The sentences of a run. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: set[str] = set()
        self._waiting: dict[str, list[tuple[str, str]]] = defaultdict(list)

    def warn(self, sentence: str) -> None:
        """Log a warning, unless this run has done so."""
        if self._is_new(sentence):
            log.warning("%s", sentence)

    def describe(self, stream: str, clause: str, remedy: str = "") -> None:
        """Keep what holds for a stream's table until `log_descriptions`.

        Args:
            stream: its name.
            clause: what holds, without the stream, such as `'a' goes into column 'b'`.
            remedy: a sentence with what to do, which several clauses may share.
        """
        if self._is_new(f"{stream}\n{clause}"):
            with self._lock:
                self._waiting[stream].append((clause, remedy))

    def log_descriptions(self, stream: str, *, has_changed: bool) -> None:
        """Log what was kept for a stream, in one line, each remedy once.

        Args:
            stream: its name.
            has_changed: whether this run has made its table, or columns in it.
        """
        with self._lock:
            kept = self._waiting.pop(stream, ())
        if kept:
            level = logging.WARNING if has_changed else logging.INFO
            clauses = "; ".join(clause for clause, _ in kept)
            remedies = dict.fromkeys(remedy for _, remedy in kept if remedy)
            log.log(level, "Stream %r: %s", stream, " ".join([f"{clauses}.", *remedies]))

    def _is_new(self, sentence: str) -> bool:
        with self._lock:
            is_new = sentence not in self._noted
            self._noted.add(sentence)
        return is_new
