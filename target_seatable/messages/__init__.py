"""Singer lines to checked records."""

from __future__ import annotations

from target_seatable.messages.lenient_json import FaultyRecord
from target_seatable.messages.reader import FastPath, MessageReader, Stopped
from target_seatable.messages.schema_upgrade import upgrade_schema
from target_seatable.messages.typed_decoder import (
    TypedDecoder,
    UntypableSchema,
    column_values,
    record_of,
)
from target_seatable.messages.validation import refusal_of, validator_for
from target_seatable.messages.whole_numbers import integer_properties, unify_integers

__all__ = [
    "FastPath",
    "FaultyRecord",
    "MessageReader",
    "Stopped",
    "TypedDecoder",
    "UntypableSchema",
    "column_values",
    "integer_properties",
    "record_of",
    "refusal_of",
    "unify_integers",
    "upgrade_schema",
    "validator_for",
]
