"""Tables as lines of Singer messages, without a tap around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tabular_files.streams import FileStream

_encode = msgspec.json.Encoder(decimal_format="number").encode


def singer_lines(streams: Iterable[FileStream]) -> Iterator[bytes]:
    """The messages of streams: each schema, its records, and a state after the last record.

    Args:
        streams: what to write.

    Yields:
        Lines with their line feed.

    Raises:
        FileError: a file has changed since it was looked at.
    """
    done: dict[str, Any] = {}
    for stream in streams:
        yield _line(
            {
                "type": "SCHEMA",
                "stream": stream.name,
                "schema": stream.schema,
                "key_properties": list(stream.keys),
            }
        )
        for record in stream.records():
            yield _line({"type": "RECORD", "stream": stream.name, "record": record})
        done[stream.name] = {}
        yield _line({"type": "STATE", "value": {"bookmarks": done}})


def _line(message: dict[str, Any]) -> bytes:
    return _encode(message) + b"\n"
