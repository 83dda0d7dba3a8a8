"""Writing the records of one stream, a page at a time.

A record is encoded once. The same bytes go out and into the sketches, so what is compared next time
is exactly what was emitted. Where stream maps or flattening apply, the SDK's own maps make the
records that go out.
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.mapper import CustomStreamMap, RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib import RecordMessage

from seatable_client.errors import ConfigError
from seatable_client.formatting import error_text
from singer_seatable.contract import DELETED_AT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib import Message

    Record = dict[str, Any]

PIECE = 1 << 16
"""Bytes written at a time, rounded up to the end of a line: what a pipe holds."""

_encoder = msgspec.json.Encoder(decimal_format="number")
encode = _encoder.encode
decode = msgspec.json.decode


class BlockWriter(MsgSpecWriter):
    """The SDK's msgspec writer, which also takes whole blocks of lines, and breaks none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writing = False
        self._stop: Callable[[], None] | None = None

    def write_block(self, block: bytes) -> None:
        """Write complete lines to stdout."""
        for start in range(0, len(block), PIECE):
            # A signal that comes meanwhile waits for the end of a line, not of the block.
            end = _end_of_line(block, start + PIECE)
            begin = _end_of_line(block, start)
            if begin < end:
                self._write_lines(block[begin:end])

    def write_message(self, message: Message) -> None:
        """Write a message to stdout."""
        self._write_lines(bytes(self.format_message(message)))

    def stop(self, then: Callable[[], None]) -> None:
        """Call this as soon as no line is half written: now, or after the one being written.

        Asked a second time it is called at once: whoever reads may have stopped reading.
        """
        if self._writing and self._stop is None:
            self._stop = then
        else:
            then()

    def _write_lines(self, lines: bytes) -> None:
        self._writing = True
        try:
            rest = memoryview(lines)
            # With PYTHONUNBUFFERED stdout has no buffer, and a signal ends a write half way.
            while rest:
                rest = rest[sys.stdout.buffer.write(rest) :]
            sys.stdout.flush()
        finally:
            self._writing = False
        if self._stop is not None:
            self._stop()


def _end_of_line(block: bytes, place: int) -> int:
    """Where the line ends that a place of the block is in or just behind; 0 for its start."""
    if place == 0:
        return 0
    end = block.find(b"\n", place - 1)
    return len(block) if end < 0 else end + 1


class RecordOutput:
    """The RECORD messages of one stream.

    Args:
        writer: where messages go.
        stream: name of the stream.
        maps: the SDK's maps for the stream; one that changes nothing if none are configured.
        version: version of the stream that every record carries.
        complete: adds to a record what is no part of what is remembered of it.
    """

    def __init__(
        self,
        writer: BlockWriter,
        stream: str,
        maps: Sequence[StreamMap],
        version: int,
        complete: Callable[[Record], Record] | None = None,
    ) -> None:
        self._writer = writer
        self._stream = stream
        self._maps = maps
        self._version = version
        self._complete = complete
        self._as_is = len(maps) == 1 and _changes_nothing(maps[0], stream)
        self._head = b'{"type":"RECORD","stream":' + encode(stream) + b',"record":'

    def write(self, encoded: Sequence[bytes]) -> None:
        """Write records, given as their JSON."""
        if not encoded:
            return
        if self._complete is not None:
            encoded = encode_all(self._complete(decode(one)) for one in encoded)
        now = datetime.now(timezone.utc)
        if not self._as_is:
            for one in encoded:
                self._write_mapped(decode(one), now)
            return
        tail = b',"version":%d,"time_extracted":%b}\n' % (self._version, encode(now))
        self._writer.write_block(self._head + (tail + self._head).join(encoded) + tail)

    def bury(self, tombstones: Sequence[Record]) -> Mapping[str, int]:
        """Write tombstones; how many could not be, by the name that a map gives the stream."""
        if self._as_is:
            self.write(encode_all(tombstones))
            return {}
        now = datetime.now(timezone.utc)
        lost: Counter[str] = Counter()
        for stream_map in self._maps:
            if isinstance(stream_map, RemoveRecordTransform):
                continue
            with _lenient(stream_map):
                for tombstone in tombstones:
                    mapped = stream_map.transform(dict(tombstone))
                    if mapped is None or not _is_tombstone(mapped, stream_map):
                        lost[stream_map.stream_alias] += 1
                    else:
                        self._write_message(stream_map, {**mapped, **_marks(tombstone)}, now)
        return lost

    def _write_mapped(self, record: Record, now: datetime) -> None:
        for stream_map in self._maps:
            try:
                mapped = stream_map.transform(dict(record))
            except Exception as error:  # an expression may fail in any way
                raise ConfigError(
                    f"stream_maps cannot be applied to row {record.get('_id')!r}: "
                    f"{error_text(error).rstrip('.')}."
                ) from error
            if mapped is not None:
                self._write_message(stream_map, mapped, now)

    def _write_message(self, stream_map: StreamMap, record: Record, now: datetime) -> None:
        self._writer.write_message(
            RecordMessage(
                stream=stream_map.stream_alias,
                record=record,
                version=self._version,
                time_extracted=now,
            )
        )


def encode_all(records: Iterable[Record]) -> list[bytes]:
    """The JSON of each record."""
    return [encode(record) for record in records]


@contextlib.contextmanager
def _lenient(stream_map: StreamMap) -> Iterator[None]:
    """Let a map take records that have no values: filters let them pass, expressions may fail."""
    if not isinstance(stream_map, CustomStreamMap):
        yield
        return
    evaluate = stream_map._eval  # noqa: SLF001  (maps have no other door for a single expression)

    def evaluate_or_null(**given: Any) -> Any:
        try:
            return evaluate(**given)
        except Exception:  # noqa: BLE001  (an expression may fail in any way on nulls)
            return None

    lenient = {"get_filter_result": lambda _record: True, "_eval": evaluate_or_null}
    vars(stream_map).update(lenient)
    try:
        yield
    finally:
        for name in lenient:
            del vars(stream_map)[name]


def _is_tombstone(record: Record, stream_map: StreamMap) -> bool:
    """Whether a map left what makes a tombstone one: the key, and the mark that no loader strips.

    Without the mark a loader would take it for a live row that has lost all its values.
    """
    keys = stream_map.transformed_key_properties or ()
    return record.get(DELETED_AT) is not None and all(record.get(key) is not None for key in keys)


def _marks(tombstone: Record) -> Record:
    return {name: tombstone[name] for name in (DELETED_AT, "_sdc_deleted_at")}


def _changes_nothing(stream_map: StreamMap, stream: str) -> bool:
    return (
        type(stream_map) is SameRecordTransform
        and stream_map.stream_alias == stream
        and not stream_map.flattening_enabled
    )
