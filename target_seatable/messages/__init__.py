"""Singer lines to checked records."""

from __future__ import annotations

from target_seatable.messages.reader import FastPath, FaultyRecord, MessageReader, Stopped
from target_seatable.messages.schema_upgrade import upgrade_schema
from target_seatable.messages.typed_decoder import (
    TypedDecoder,
    UntypableSchema,
    column_values,
    record_of,
)
from target_seatable.messages.validation import validator_for

__all__ = [
    "FastPath",
    "FaultyRecord",
    "MessageReader",
    "Stopped",
    "TypedDecoder",
    "UntypableSchema",
    "column_values",
    "record_of",
    "upgrade_schema",
    "validator_for",
]
