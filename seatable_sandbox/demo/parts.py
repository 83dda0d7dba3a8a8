"""Parts of the demo base's tables: columns, options, pictures."""

from __future__ import annotations

import struct
import zlib
from typing import Any


def column(name: str, column_type: str, **data: Any) -> dict[str, Any]:
    """A column, as the API takes it."""
    return {"column_name": name, "column_type": column_type, "column_data": data or None}


def options(*names: tuple[str, str]) -> list[dict[str, str]]:
    """Options of a select column, with their colours."""
    return [{"name": name, "color": color, "textColor": "#202428"} for name, color in names]


def png(color: str, side: int = 48) -> bytes:
    """A PNG image: a square of one colour."""
    pixel = bytes.fromhex(color[1:])

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    lines = (b"\0" + pixel * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
