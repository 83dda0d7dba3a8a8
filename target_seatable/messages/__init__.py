"""Singer lines to checked records."""

from __future__ import annotations

from target_seatable.messages.lenient_json import FaultyRecord, SourceRecord, repaired_message
from target_seatable.messages.message_check import check as check_message
from target_seatable.messages.reader import LINE, FastPath, MessageReader, Stopped
from target_seatable.messages.schema_upgrade import upgrade_schema
from target_seatable.messages.typed_decoder import (
    TypedDecoder,
    UntypableSchema,
    column_values,
    record_of,
)
from target_seatable.messages.validation import RecordValidator, refusals_of, validator_for
from target_seatable.messages.whole_numbers import integer_properties, unify_integers

__all__ = [
    "LINE",
    "FastPath",
    "FaultyRecord",
    "MessageReader",
    "RecordValidator",
    "SourceRecord",
    "Stopped",
    "TypedDecoder",
    "UntypableSchema",
    "check_message",
    "column_values",
    "integer_properties",
    "record_of",
    "refusals_of",
    "repaired_message",
    "unify_integers",
    "upgrade_schema",
    "validator_for",
]
