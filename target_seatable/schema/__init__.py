"""JSON Schema to columns."""

from __future__ import annotations

from target_seatable.schema.column_types import (
    chosen_column,
    is_declared,
    is_untyped_text,
    new_column,
    proposed_column,
)
from target_seatable.schema.copied_formulas import PARTS, TOKEN, operands, summary_of
from target_seatable.schema.file_headers import alike_names, check_header
from target_seatable.schema.inference import SAMPLE
from target_seatable.schema.names import clean_name, column_names
from target_seatable.schema.nested_array import NestedArray, element_schema
from target_seatable.schema.new_columns import ColumnPlanner, first_column_first, format_columns
from target_seatable.schema.stream_notes import StreamNotes
from target_seatable.schema.stream_schema import ROW_ID, StreamSchema

__all__ = [
    "PARTS",
    "ROW_ID",
    "SAMPLE",
    "TOKEN",
    "ColumnPlanner",
    "NestedArray",
    "StreamNotes",
    "StreamSchema",
    "alike_names",
    "check_header",
    "chosen_column",
    "clean_name",
    "column_names",
    "element_schema",
    "first_column_first",
    "format_columns",
    "is_declared",
    "is_untyped_text",
    "new_column",
    "operands",
    "proposed_column",
    "summary_of",
]
