"""From cells to RECORD lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_seatable.records.attachments import FileCompleter, make_completer
from tap_seatable.records.encoder import Page, RecordEncoder
from tap_seatable.records.writer import (
    BlockWriter,
    LineCollector,
    RecordWriter,
    decode,
    encode_all,
    pass_tombstones,
)

if TYPE_CHECKING:
    from tap_seatable.records.encoder import Row as Row

__all__ = [
    "BlockWriter",
    "FileCompleter",
    "LineCollector",
    "Page",
    "RecordEncoder",
    "RecordWriter",
    "decode",
    "encode_all",
    "make_completer",
    "pass_tombstones",
]
