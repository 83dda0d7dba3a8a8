"""What became of a run's records, stream by stream: counted, set aside, reported in the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError
from seatable_client.formatting import format_count
from singer_seatable.config_sources import find_misspelt
from target_seatable.errors import CannotLink
from target_seatable.load_methods.coverage import Coverage
from target_seatable.results.rejected_records import RejectedRecords, shown_path
from target_seatable.results.stats import StreamStats

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator, Mapping

_BY_STREAM = ("key_properties", "table_mapping", "column_types", "protected_rows")
"""Settings that say something of streams by their names."""


class RunReport:
    """The books of a run.

    Args:
        config: the target's settings.

    Attributes:
        rejects: the records that were set aside.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self.rejects = RejectedRecords(
            None if config["dry_run"] else config["rejected_records_path"],
            config["max_rejected_records"],
        )
        self._outcomes: dict[str, StreamStats] = {}
        self._coverages: dict[str, Coverage] = {}

    def outcome(self, stream: str) -> StreamStats:
        """Where to count what becomes of a stream's records."""
        if stream not in self._outcomes:
            self._outcomes[stream] = StreamStats(partial(self._reject, stream))
        return self._outcomes[stream]

    def coverage(self, stream: str) -> Coverage:
        """What a stream has brought of its table, where rows that it lacks may be removed."""
        if stream not in self._coverages:
            keep = (self._config.get("protected_rows") or {}).get(stream) or {}
            self._coverages[stream] = Coverage(keep)
        return self._coverages[stream]

    def check_kept(self, stream: str, table: str) -> None:
        """See that rows to keep are not named by the table instead of the stream.

        Raises:
            ConfigError: they are.
        """
        keep = self._config.get("protected_rows") or {}
        if stream != table and table in keep and stream not in keep:
            raise ConfigError(
                f"protected_rows names table {table!r}, and it goes by streams: the rows of this "
                f"table come from stream {stream!r}. Name that; nothing was removed."
            )

    def _reject(self, stream: str, record: Mapping[str, Any], error: Exception) -> None:
        self.rejects.add(stream, record, error)
        overwrites = self._config["load_method"] == "overwrite"
        removes = overwrites or self._config.get("add_record_metadata")
        if removes and not isinstance(error, CannotLink):  # whose row is stored
            self.coverage(stream).rejected.append(record)

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
