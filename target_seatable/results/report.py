"""What became of a run's records, stream by stream: counted, set aside, reported in the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from seatable_client.formatting import format_count
from singer_seatable.config_sources import find_misspelt
from target_seatable.results.rejected_records import RejectedRecords, shown_path
from target_seatable.results.stats import StreamStats

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Iterator, Mapping

_BY_STREAM = ("key_properties", "table_mapping", "column_types", "protected_rows")
"""Settings that say something of streams by their names."""


class RunReport:
    """The books of a run.

    Args:
        config: the target's settings.
        note_rejected: called with the stream, the record and the error of each rejection.

    Attributes:
        rejects: the records that were set aside.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        note_rejected: Callable[[str, Mapping[str, Any], Exception], None],
    ) -> None:
        self._config = config
        self._note_rejected = note_rejected
        self.rejects = RejectedRecords(
            None if config["dry_run"] else config["rejected_records_path"],
            config["max_rejected_records"],
        )
        self._outcomes: dict[str, StreamStats] = {}

    def outcome(self, stream: str) -> StreamStats:
        """Where to count what becomes of a stream's records."""
        if stream not in self._outcomes:
            self._outcomes[stream] = StreamStats(partial(self._reject, stream))
        return self._outcomes[stream]

    def _reject(self, stream: str, record: Mapping[str, Any], error: Exception) -> None:
        self.rejects.add(stream, record, error)
        self._note_rejected(stream, record, error)

    def check(self, logger: logging.Logger) -> None:
        """End the run with an error if more records were set aside than may be.

        Raises:
            Exception: that of the first of them.
        """
        if self.rejects.first is not None and self.rejects.too_many:
            total = self.rejects.total
            were = f"{format_count(total, 'record')} {'was' if total == 1 else 'were'}"
            rest = "Nothing was stored, as in every dry_run."
            if self.rejects.path is not None:
                path = shown_path(self.rejects.path)
                rest = f"They are in {path}, with the reasons; all others are stored."
            logger.error("%s rejected. %s The first reason:", were, rest)
            raise self.rejects.first

    def report(self) -> Iterator[str]:
        """What became of each stream, a sentence each."""
        would = "in a real run " if self._config["dry_run"] else ""
        for stream, outcome in self._outcomes.items():
            rejected = self.rejects.counts[stream]
            yield f"Stream {stream!r}: {would}{outcome}, {rejected} rejected."

    def misspelt(self) -> Iterator[str]:
        """The names of streams in settings that are likely to mean another, a sentence each."""
        named: dict[str, Iterable[str]] = {
            setting: self._config.get(setting) or () for setting in _BY_STREAM
        }
        links = self._config.get("links") or ()
        named["links"] = dict.fromkeys(name.rpartition(".")[0] for name in links)
        for setting, names in named.items():
            for name, likely in find_misspelt(names, self._outcomes):
                yield (f"{setting} names stream {name!r}, which has not come; is {likely!r} meant?")
