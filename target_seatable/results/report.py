"""The report of a run: what was stored, changed, deleted and rejected, stream by stream."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from seatable_client.formatting import error_text, format_count
from singer_seatable.settings import find_misspelt
from target_seatable.results.plans import PlanRecorder
from target_seatable.results.rejected import RejectedRecords
from target_seatable.results.stats import StreamStats

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from target_seatable.settings import TargetConfig

    OnRejected = Callable[[str, Mapping[str, Any], Exception], None]


class RunReport:
    """Counts the records of a run and keeps those that were rejected.

    Args:
        config: the target's settings.
        on_rejected: called with the stream, the record and the error of each rejection.

    Attributes:
        rejected: the rejected records.
        plan: notes what a dry run sees; None in other runs.
    """

    def __init__(self, config: TargetConfig, on_rejected: OnRejected) -> None:
        self._config = config
        self._on_rejected = on_rejected
        self.rejected = RejectedRecords(
            None if config.dry_run else config.rejected_records_path, config.max_rejected_records
        )
        self.plan = PlanRecorder() if config.dry_run else None
        self._left_out = 0
        self._start = time.monotonic()
        self._stats: dict[str, StreamStats] = {}

    def stats(self, stream: str) -> StreamStats:
        """The counters of a stream."""
        if stream not in self._stats:
            self._stats[stream] = StreamStats(partial(self._reject, stream))
        return self._stats[stream]

    def is_refused(self, stream: str) -> bool:
        """Whether records of a stream were rejected, and none was added as a row."""
        return bool(self.rejected.counts[stream]) and not self.stats(stream).added

    def _reject(self, stream: str, record: Mapping[str, Any], *errors: Exception) -> None:
        self.rejected.add(stream, record, *errors)
        self._on_rejected(stream, record, errors[0])

    def note_left_out(self, stream: str) -> None:
        """Count a record that a retry leaves in its file, because a filter leaves it out."""
        self.stats(stream).skipped += 1
        self._left_out += 1

    def check_rejected(self, logger: logging.Logger) -> None:
        """End the run with an error if it rejected more records than the settings allow.

        Raises:
            Exception: the error of the first rejection.
        """
        first_error = self.rejected.first_error
        if first_error is not None and self.rejected.too_many:
            total = self.rejected.total
            were = f"{format_count(total, 'record')} {'was' if total == 1 else 'were'}"
            they_are, records = ("It is", "it") if total == 1 else ("They are", "them")
            rest = "Nothing was stored, as in every dry_run."
            if self.rejected.place is not None:
                others = "all others that no filter left out" if self._left_out else "all others"
                rest = (
                    f"{they_are} in {self.rejected.place}, with the reasons; {others} are stored. "
                    f"Correct {records}, or the settings, and load {records} with "
                    "--retry-rejected."
                )
            reason = " ".join(error_text(first_error).split())
            logger.error("%s rejected. %s The first reason: %s", were, rest, reason)
            self._log_left_out(logger)
            raise first_error
        self._log_left_out(logger)

    def _log_left_out(self, logger: logging.Logger) -> None:
        """Log how many records stay in the file of a retry, and what to do about them."""
        if self._left_out:
            is_one = self._left_out == 1
            logger.warning(
                "A filter of stream_maps left out %s. %s in the file. Change the filter "
                "(__filter__) to load %s, or remove %s from the file.",
                format_count(self._left_out, "record"),
                "It stays" if is_one else "They stay",
                *(["it" if is_one else "them"] * 2),
            )

    def log_streams(self, logger: logging.Logger) -> None:
        """Log how many rows and records of each stream there were, and what happened to them.

        What brought nothing is DEBUG, but in a dry run, which is there to be read.
        """
        would = "in a real run " if self._config.dry_run else ""
        for stream, stats in self._stats.items():
            rejected = self.rejected.counts[stream]
            is_empty = stats.is_empty and not rejected and not would
            logger.log(
                logging.DEBUG if is_empty else logging.INFO,
                "Stream %r: %s%s, %d rejected.",
                stream,
                would,
                stats,
                rejected,
            )
        for sentence in self.rejected.summaries():
            logger.info("%s", sentence)
        for sentence in self._misspelt_streams():
            logger.warning("%s", sentence)

    def streams(self) -> Collection[tuple[str, StreamStats]]:
        """The counters of each stream."""
        return self._stats.items()

    @property
    def is_idle(self) -> bool:
        """Whether no record came, of no stream."""
        return not self.rejected.total and all(stats.is_empty for stats in self._stats.values())

    def counts(self, *, is_complete: bool) -> dict[str, float]:
        """What the run has done with all streams, for programs.

        Args:
            is_complete: whether the run came to its end, and no error ends it.
        """
        stats = self._stats.values()
        return {
            "streams": len(self._stats),
            "failed": int(not is_complete),
            "rows": sum(entry.added + entry.changed for entry in stats),
            "unchanged": sum(entry.unchanged for entry in stats),
            "deletes": sum(entry.deleted + entry.marked for entry in stats),
            "rejects": self.rejected.total,
            "seconds": round(time.monotonic() - self._start, 3),
        }

    def _misspelt_streams(self) -> Iterator[str]:
        """A sentence per name in the settings that is close to a stream's, but not it."""
        for setting, names in self._config.named_streams.items():
            for name, likely in find_misspelt(names, self._stats):
                yield (
                    f"{setting} names stream {name!r}, which was not received. Did you mean "
                    f"{likely!r}?"
                )
