"""The rejected records of a run: counted, logged by kind, and kept while the others are stored."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from seatable_client.formatting import show_path
from target_seatable.errors import CannotLink
from target_seatable.results.rejected.entries import (
    MARKS,
    Entry,
    Marks,
    build_entry,
    encode,
    messages_of,
    reasons_of,
)
from target_seatable.results.rejected.kinds import ReasonCounts
from target_seatable.results.rejected.rejected_file import RejectedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

log = logging.getLogger(__name__)

_LONGEST_KEY = 200
"""Characters of a key that the log shows."""


class Destination(Protocol):
    """Keeps rejected records."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Keep entries."""


@dataclass
class RejectedRecords:
    """The rejected records of a run.

    Attributes:
        path: a local path or an fsspec URL; None to write nothing.
        allowed: how many rejections a run may have and still succeed.
        keys: key properties by stream.
        counts: rejections so far by stream.
        destination: what keeps the records; None if nothing does.
        tables: by stream of the source, its table where no setting but `load --table` names it.
        link_places: in a retry, the file and the line of each link, by stream, row and property.
    """

    path: str | None
    allowed: int = 0
    keys: dict[str, Sequence[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    destination: Destination | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    link_places: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    _total: int = 0
    _first_errors: dict[str, Exception] = field(default_factory=dict)
    _reasons: ReasonCounts = field(default_factory=ReasonCounts)
    _unwritten: list[Entry] = field(default_factory=list)
    _held: dict[str, list[Entry]] = field(default_factory=dict)
    _schemas: dict[str, bytes] = field(default_factory=dict)
    _sources: dict[str, str] = field(default_factory=dict)
    _arrays: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.path is not None:
            self.destination = RejectedFile(self.path)

    @property
    def place(self) -> str | None:
        """Where the records are, as the log shows it; None if they are nowhere."""
        return None if self.path is None else show_path(self.path)

    # What the records came with

    def note_schema(self, stream: str, line: bytes, aliases: Collection[str]) -> None:
        """Note the SCHEMA of a stream of the source, for the records that come after it.

        Args:
            stream: the stream.
            line: the message as it came.
            aliases: the streams that stream maps make of it.
        """
        with self._lock:
            self._schemas[stream] = line.strip()
            self._sources.update(dict.fromkeys(aliases, stream))

    def note_array(
        self, stream: str, parent: str, schema: Mapping[str, Any], keys: Sequence[str]
    ) -> None:
        """Note the stream of the elements of an array, which has no SCHEMA in the source.

        Args:
            stream: the stream.
            parent: the stream whose records have the array.
            schema: of an element as a record.
            keys: the key properties of such records.
        """
        message = {
            "type": "SCHEMA",
            "stream": stream,
            "schema": schema,
            "key_properties": list(keys),
        }
        with self._lock:
            self._arrays[stream] = parent
            marks = Marks(part_of=self._source(stream))
            self._schemas[stream] = encode({**message, MARKS: marks})

    def _source(self, stream: str) -> str:
        """The source's stream that the records of a stream come from."""
        while stream in self._arrays:
            stream = self._arrays[stream]
        return self._sources.get(stream, stream)

    # Rejections

    def add(self, stream: str, record: Mapping[str, Any], *errors: Exception) -> None:
        """Reject a record, for all of these reasons. It is written by the next `flush`."""
        is_array, source = stream in self._arrays, self._source(stream)
        has_one_way = list(self._sources.values()).count(source) <= 1
        extra = {
            "sink": None if is_array or (has_one_way and stream == source) else stream,
            "part_of": source if is_array else None,
            "is_stored": isinstance(errors[0], CannotLink),
            "table": self.tables.get(source),
        }
        entries = [
            self._entry(stream, message, msgspec.structs.replace(marks, **extra), errors)
            for message, marks in messages_of(stream, record)
        ]
        lines = getattr(record, "lines", ()) or [None]
        entries = [replace(entry, source=line) for entry, line in zip(entries, lines, strict=True)]
        self._note(stream, record, errors, entries)

    def add_link(self, stream: str, row_id: str, prop: str, value: Any, *errors: Exception) -> None:
        """Reject the link of a row that is stored.

        Args:
            stream: the stream that brought the row.
            row_id: the row.
            prop: the property that holds the link.
            value: its value.
            errors: why it is rejected.
        """
        is_array, source = stream in self._arrays, self._source(stream)
        file, line = self.link_places.get((stream, row_id, prop), (None, None))
        marks = Marks(
            sink=stream,
            part_of=source if is_array else None,
            row_id=row_id,
            table=self.tables.get(source),
            file=file,
            line=line,
        )
        message = {
            "type": "RECORD",
            "stream": stream if is_array else source,
            "record": {prop: value},
        }
        entry = self._entry(stream, message, marks, errors)
        self._note(stream, {"_id": row_id, prop: value}, errors, [entry])

    def _entry(
        self, stream: str, message: Mapping[str, Any], marks: Marks, errors: Sequence[Exception]
    ) -> Entry:
        names = [self._source(stream), *([stream] if stream in self._arrays else [])]
        with self._lock:
            schemas = {name: self._schemas[name] for name in names if name in self._schemas}
        return build_entry(message, marks, errors, schemas)

    def _note(
        self,
        stream: str,
        record: Mapping[str, Any],
        errors: Sequence[Exception],
        entries: Sequence[Entry],
    ) -> None:
        reasons = reasons_of(errors)
        with self._lock:
            self.counts[stream] += len(entries)
            self._total += len(entries)
            self._first_errors.setdefault(stream, errors[0])
            self._held.get(stream, self._unwritten).extend(entries)
            new = [reason for reason in reasons if self._reasons.add(stream, reason)]
        if new:
            described = _describe_record(record, self.keys.get(stream, ()))
            log.warning("Rejected %s of stream %r: %s", described, stream, " ".join(new))

    @contextlib.contextmanager
    def in_order(
        self, stream: str, places: Callable[[], Callable[[bytes | None], tuple[int, int, int]]]
    ) -> Iterator[None]:
        """Keep the records of a batch that are rejected meanwhile in the order in which they came.

        A retry loads them in the order of the file, and of several records of a key the last wins.

        Args:
            stream: the stream, whose batches are stored one after the other.
            places: makes what tells the place of a line in its batch.
        """
        with self._lock:
            self._held[stream] = []
        try:
            yield
        finally:
            with self._lock:
                held = self._held.pop(stream)
                if len(held) > 1:
                    place_of = places()
                    held.sort(key=lambda entry: place_of(entry.source))
                self._unwritten += held

    @property
    def total(self) -> int:
        """How many records were rejected."""
        return self._total

    @property
    def first_error(self) -> Exception | None:
        """The first error of the first stream that has some, whichever was stored first."""
        streams = (*self.keys, *self._first_errors)
        errors = (self._first_errors[name] for name in streams if name in self._first_errors)
        return next(errors, None)

    @property
    def too_many(self) -> bool:
        """Whether the run rejected more than it may, so that it ends with an error."""
        return self.total > self.allowed

    def summaries(self) -> Iterator[str]:
        """A sentence per kind of reasons that several records share."""
        return self._reasons.summaries()

    def flush(self) -> None:
        """Keep the records rejected since the last call.

        Raises:
            ConfigError: the records cannot be written.
        """
        with self._lock:
            if self._unwritten and self.destination is not None:
                self.destination.write(self._unwritten)
            self._unwritten.clear()


def _describe_record(record: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The record in words, by those parts of its key that it has."""
    key = ", ".join(f"{name} {encode(record[name]).decode()}" for name in keys if name in record)
    if len(key) > _LONGEST_KEY:
        key = f"{key[:_LONGEST_KEY]}…"
    return f"the record with {key}" if key else "a record"
