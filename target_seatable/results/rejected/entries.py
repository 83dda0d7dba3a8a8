"""The lines of a file of rejected records: Singer messages, with the reasons beside the record."""

from __future__ import annotations

import decimal
import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from target_seatable.messages import FaultyRecord, SourceRecord, repaired_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARKS = "retry"
"""The field of a message that says what a retry has to know of it."""

_ADDED = ("reasons", "error", "server_message", "rejected_at", MARKS)
"""The fields of a RECORD message that the source has not sent."""

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])

_in_order = msgspec.json.Encoder(order="deterministic", enc_hook=str, decimal_format="number")

decode_message = msgspec.json.Decoder(float_hook=decimal.Decimal).decode
"""Decodes a message as the reader of the input does: a number may be larger than any double."""

encode = msgspec.json.Encoder(enc_hook=str, decimal_format="number").encode


class Marks(msgspec.Struct, omit_defaults=True, frozen=True):
    """What a retry has to know of a record.

    Attributes:
        sink: the stream as the stream map calls it that led to the rejection, where it is not the
            source's only one: the other routes of the record may have stored it.
        part_of: the source's stream, where the record is an element of an array of its records.
        row_id: the row that is stored and lacks its link, where the record holds nothing but that.
        is_stored: whether the row is stored, so that it must not be added again without a key.
        table: the table of the source's stream, where no setting names it but `load --table`.
        replaced: by property, the text that stands for a value that cannot be stored.
        file, line: in a retry, where the record comes from.
    """

    sink: str | None = None
    part_of: str | None = None
    row_id: str | None = None
    is_stored: bool = False
    table: str | None = None
    replaced: dict[str, Any] = {}
    file: int | None = None
    line: int | None = None


class _Marked(msgspec.Struct, rename={"marks": MARKS}):
    marks: Marks | None = None


_marked = msgspec.json.Decoder(_Marked)


@dataclass(frozen=True)
class Entry:
    """A rejected record as the file holds it.

    Attributes:
        schemas: the SCHEMA messages that it needs, by stream.
        line: the RECORD message.
        place: the file and the line that it comes from, in a retry.
        source: the RECORD message as it came; None if it came in none of its own.
    """

    schemas: Mapping[str, bytes]
    line: bytes
    place: tuple[int, int] | None = None
    source: bytes | None = None


def marks_of(line: bytes) -> Marks:
    """What a retry has to know of a RECORD message."""
    return _marked.decode(line).marks or Marks()


def object_of(message: Mapping[str, Any], marks: Marks) -> bytes | None:
    """A digest of the object of an array that a RECORD message has; None if it has none."""
    if marks.part_of is None or marks.row_id is not None:
        return None
    content = [message["stream"], marks.is_stored, message["record"]]
    return hashlib.blake2b(_in_order.encode(content), digest_size=16).digest()


def messages_of(stream: str, record: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Marks]]:
    """The RECORD messages of a rejected record as they came, without what a file adds to them.

    Args:
        stream: the stream, for a record that came in no message of its own.
        record: the record.
    """
    lines: Sequence[bytes] = record.lines if isinstance(record, SourceRecord) else ()
    if not lines:
        return [({"type": "RECORD", "stream": stream, "record": record}, Marks())]
    is_faulty = isinstance(record, FaultyRecord)
    return [_message(line, is_faulty=is_faulty) for line in lines]


def _message(line: bytes, *, is_faulty: bool) -> tuple[Mapping[str, Any], Marks]:
    fields: Mapping[str, Any]
    replaced: Mapping[str, Any] = {}
    if is_faulty:
        fields, replaced = repaired_message(line)
        marks = msgspec.convert(fields.get(MARKS) or {}, Marks)
    else:
        fields, marks = _fields.decode(line), marks_of(line)
        if marks.replaced:
            replaced = unmended(fields["record"], marks)
    kept = {name: value for name, value in fields.items() if name not in _ADDED}
    return kept, msgspec.structs.replace(marks, replaced={**replaced})


def unmended(record: bytes, marks: Marks) -> dict[str, Any]:
    """The texts of a record that still stand for values that cannot be stored, by property."""
    values: Mapping[str, Any] = decode_message(record)
    return {
        name: text
        for name, text in marks.replaced.items()
        if name in values and values[name] == text
    }


def build_entry(
    message: Mapping[str, Any],
    marks: Marks,
    errors: Sequence[Exception],
    schemas: Mapping[str, bytes],
) -> Entry:
    """The entry of a rejected record.

    Args:
        message: its RECORD message.
        marks: what a retry has to know of it.
        errors: why it was rejected.
        schemas: the SCHEMA messages that it needs, by stream.
    """
    place = None
    if marks.file is not None and marks.line is not None:
        place = (marks.file, marks.line)
        marks = msgspec.structs.replace(marks, file=None, line=None)
    server_messages = (getattr(error, "server_message", None) for error in errors)
    added = {
        "reasons": reasons_of(errors),
        "error": type(errors[0]).__name__,
        "server_message": next(filter(None, server_messages), None),
        "rejected_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    if marks != Marks():
        added[MARKS] = marks
    return Entry(schemas, encode({**message, **added}), place)


def reasons_of(errors: Sequence[Exception]) -> list[str]:
    """The reasons of a rejection as sentences, each once."""
    return list(dict.fromkeys(" ".join(str(error).split()) for error in errors))
