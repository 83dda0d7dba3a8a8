"""Writes the records of one stream, a page at a time.

A record is encoded once. The same bytes go out and into the sketches, so the next run compares with
exactly what was emitted. Where stream maps or flattening apply, the SDK's own maps change the
records that go out.
"""

from __future__ import annotations

import functools
import logging
import sys
from datetime import datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter, enc_hook
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib import ActivateVersionMessage

from seatable_client.errors import ConfigError
from singer_seatable.contract import DELETED_AT, OFFSETS, SCHEMA_EXTENSION, SDC_DELETED_AT
from singer_seatable.stream_maps import has_key_of_row, lenient, map_error_text
from tap_seatable.catalog import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib import Message

    Record = dict[str, Any]

log = logging.getLogger(__name__)

_LINES = 1_000
"""Mapped records that are written at a time."""

PIECE = 1 << 16
"""Bytes written at a time, rounded up to the end of a line: what a pipe holds."""

_encoder = msgspec.json.Encoder(decimal_format="number")
encode = _encoder.encode
_encode_mapped = msgspec.json.Encoder(enc_hook=enc_hook, decimal_format="number").encode
_decode_message = msgspec.json.Decoder(dict[str, Any]).decode


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
        """Call this as soon as no line is half written: now, or after the current line.

        The second request is served at once, because the reader may have stopped reading.
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
    """Find the end of the line that holds this place, or ends just before it; 0 for 0."""
    if place == 0:
        return 0
    end = block.find(b"\n", place - 1)
    return len(block) if end < 0 else end + 1


class RecordWriter:
    """Writes the RECORD and ACTIVATE_VERSION messages of one stream.

    Args:
        messages: where messages go.
        stream: name of the stream.
        maps: the SDK's maps for the stream; one that changes nothing if none are configured.
        complete: adds links or paths to a record, which its sketch does not contain.
        on_written: gets the number of records after each write.
        empty_record: every property with null, for tombstones.

    Attributes:
        records: how many living records were written.
        tombstones: how many deleted rows were reported.
    """

    def __init__(
        self,
        messages: BlockWriter,
        stream: str,
        maps: Sequence[StreamMap],
        *,
        complete: Callable[[Record], Record] | None = None,
        on_written: Callable[[int], None] = lambda _records: None,
        empty_record: Mapping[str, None] = MappingProxyType({}),
    ) -> None:
        self.stream = stream
        self.records = 0
        self.tombstones = 0
        self._messages = messages
        self._maps = maps
        self._complete = complete
        self._on_written = on_written
        self._empty_record = empty_record
        self._unmapped = len(maps) == 1 and _changes_nothing(maps[0], stream)
        self._head = _head(stream)

    def write(self, encoded: Sequence[bytes], version: int) -> None:
        """Write records, given as their JSON, under a version of the stream."""
        if encoded:
            self._write(encoded, version)
        self.records += len(encoded)
        self._on_written(len(encoded))

    def write_tombstones(self, deleted: Mapping[str, datetime], version: int) -> None:
        """Write a tombstone for each deleted row: its key, when it was deleted, null for all else.

        Args:
            deleted: moments by row id.
            version: of the stream.
        """
        tombstones = [_tombstone(self._empty_record, *item) for item in deleted.items()]
        if self._unmapped:
            self._write(encode_all(tombstones), version)
        else:
            self._write_mapped_tombstones(tombstones, version)
        self.tombstones += len(tombstones)
        self._on_written(len(tombstones))

    def activate(self, version: int) -> None:
        """Tell loaders to delete the rows of all other versions."""
        for stream_map in self._maps:
            if not isinstance(stream_map, RemoveRecordTransform):
                self._messages.write_message(
                    ActivateVersionMessage(stream=stream_map.stream_alias, version=version)
                )

    def _write(self, encoded: Sequence[bytes], version: int) -> None:
        if self._complete is not None:
            complete = self._complete
            encoded = [
                encode(complete(record)) + (b"" if offsets is None else encode_extension(offsets))
                for record, offsets in map(decode, encoded)
            ]
        end = _end_of_message(version)
        if self._unmapped:
            tail = end + b"}\n"
            self._messages.write_block(self._head + (tail + self._head).join(encoded) + tail)
        else:
            self._write_mapped(encoded, end)

    def _write_mapped(self, encoded: Iterable[bytes], end: bytes) -> None:
        lines: list[bytes] = []
        try:
            for record, offsets in map(decode, encoded):
                lines += self._mapped_lines(record, offsets, end)
                if len(lines) >= _LINES:
                    self._write_lines(lines)
        except ConfigError:
            self._write_lines(lines)
            raise
        self._write_lines(lines)

    def _write_lines(self, lines: list[bytes]) -> None:
        """Write lines, and empty the list."""
        block = b"".join(lines)
        lines.clear()
        self._messages.write_block(block)

    def _mapped_lines(
        self, record: Record, offsets: Mapping[str, Any] | None, end: bytes
    ) -> Iterator[bytes]:
        for stream_map in self._maps:
            try:
                mapped = stream_map.transform(dict(record))
            except Exception as error:  # an expression may fail in any way
                raise ConfigError(
                    f"stream_maps cannot be applied to row {record.get('_id')!r}: "
                    f"{map_error_text(error)}"
                ) from error
            if mapped is not None:
                # What an expression has made of a date-time is not on the server's clock.
                kept = offsets and {
                    name: offset
                    for name, offset in offsets.items()
                    if name in mapped and mapped[name] == record[name]
                }
                yield _mapped_line(stream_map, mapped, end, kept)

    def _write_mapped_tombstones(self, tombstones: Sequence[Record], version: int) -> None:
        end = _end_of_message(version)
        lines: list[bytes] = []
        for stream_map in self._maps:
            if isinstance(stream_map, RemoveRecordTransform):
                continue
            lost = 0
            with lenient(stream_map):
                for tombstone in tombstones:
                    mapped = _mapped_tombstone(stream_map, tombstone)
                    if mapped is None:
                        lost += 1
                        continue
                    marks = {name: tombstone[name] for name in (DELETED_AT, SDC_DELETED_AT)}
                    lines.append(_mapped_line(stream_map, {**mapped, **marks}, end))
            if lost:
                log.warning(
                    "Stream %r: %d deleted rows are not passed on as %r, because the stream's map "
                    "leaves out %s or a key, or makes the key of what a deleted row no longer has. "
                    "Map %s to itself and make the key of %s, or set deletes to versions.",
                    self.stream,
                    lost,
                    stream_map.stream_alias,
                    DELETED_AT,
                    DELETED_AT,
                    KEY,
                )
        self._write_lines(lines)


def _end_of_message(version: int) -> bytes:
    """What stands behind a record in a message that goes out now."""
    return b',"version":%d,"time_extracted":%b' % (version, encode(datetime.now(timezone.utc)))


def _mapped_line(
    stream_map: StreamMap, record: Record, end: bytes, offsets: Mapping[str, Any] | None = None
) -> bytes:
    """The message of a record that a map has made, as the SDK would write it."""
    return b"".join(
        (
            _head(stream_map.stream_alias),
            _encode_mapped(record),
            end,
            b"" if offsets is None else encode_extension(offsets),
            b"}\n",
        )
    )


@functools.lru_cache
def _head(stream: str) -> bytes:
    """What stands before a record in its message."""
    return b'{"type":"RECORD","stream":' + encode(stream) + b',"record":'


def encode_extension(offsets: Mapping[str, Any]) -> bytes:
    """What stands behind a record in its message, if its stream's date-times come in UTC."""
    return b",%b:%b" % (encode(SCHEMA_EXTENSION), encode({OFFSETS: offsets}))


def decode(encoded: bytes) -> tuple[Record, Mapping[str, Any] | None]:
    """A record of a page, and the offsets of its date-times; None if they are part of these."""
    message = _decode_message(b'{"record":%b}' % encoded)
    return message["record"], message.get(SCHEMA_EXTENSION, {}).get(OFFSETS)


def encode_all(records: Iterable[Record]) -> list[bytes]:
    """The JSON of each record."""
    return [encode(record) for record in records]


def pass_tombstones(maps: Iterable[StreamMap], empty_record: Mapping[str, None]) -> bool:
    """Whether the tombstones of a stream's deleted rows go out through each of its maps.

    Args:
        maps: the SDK's maps for the stream.
        empty_record: every property with null.
    """
    tombstone = _tombstone(empty_record, "a" * 22, datetime.now(timezone.utc))
    for stream_map in maps:
        if not isinstance(stream_map, RemoveRecordTransform):
            with lenient(stream_map):
                if _mapped_tombstone(stream_map, tombstone) is None:
                    return False
    return True


def _tombstone(empty_record: Mapping[str, None], row_id: str, moment: datetime) -> Record:
    mark = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return {**empty_record, KEY: row_id, DELETED_AT: mark, SDC_DELETED_AT: mark}


def _mapped_tombstone(stream_map: StreamMap, tombstone: Record) -> Record | None:
    """A tombstone as a map, which has to be `lenient`, makes it; None if it is none any more."""
    mapped: Record | None = stream_map.transform(dict(tombstone))
    if (
        mapped is None
        or not _is_tombstone(mapped, stream_map)
        or not has_key_of_row(stream_map, tombstone, mapped)
    ):
        return None
    return mapped


def _is_tombstone(record: Record, stream_map: StreamMap) -> bool:
    """Whether a map left what makes a tombstone one: the key, and the mark that no loader strips.

    Without the mark a loader would take it for a live row that has lost all its values.
    """
    keys = stream_map.transformed_key_properties or ()
    return record.get(DELETED_AT) is not None and all(record.get(key) is not None for key in keys)


def _changes_nothing(stream_map: StreamMap, stream: str) -> bool:
    return (
        type(stream_map) is SameRecordTransform
        and stream_map.stream_alias == stream
        and not stream_map.flattening_enabled
    )


class LineCollector(BlockWriter):
    """Hands the lines of messages to a function, where the tap would write them to stdout."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        super().__init__()
        self._take = take

    def write_message(self, message: Message) -> None:
        """Hand on a message."""
        self._write_lines(bytes(self.format_message(message)))

    def _write_lines(self, lines: bytes) -> None:
        for line in lines.splitlines():
            self._take(line)
