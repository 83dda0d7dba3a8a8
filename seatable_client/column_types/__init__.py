"""Column types: how cells are read, written and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.column_types.codec import comparable, writer
from seatable_client.column_types.column_type import TextForm
from seatable_client.column_types.comparison import compare_in_bulk
from seatable_client.column_types.date_readers import time_stamp
from seatable_client.column_types.date_writers import Writing, day, minute
from seatable_client.column_types.readers import Reading, as_json
from seatable_client.column_types.registry import type_named, type_of
from seatable_client.column_types.writers import (
    DURATION_FORMATS,
    EXACT_INTEGERS,
    TEXT_LIMIT,
    checkbox,
    length,
    number,
    text,
)

if TYPE_CHECKING:
    from seatable_client.column_types.bulk_writers import Bulk as Bulk
    from seatable_client.column_types.column_type import ColumnType as ColumnType
    from seatable_client.column_types.comparison import Comparable as Comparable
    from seatable_client.column_types.writers import Writer as Writer

__all__ = [
    "DURATION_FORMATS",
    "EXACT_INTEGERS",
    "TEXT_LIMIT",
    "Reading",
    "TextForm",
    "Writing",
    "as_json",
    "checkbox",
    "comparable",
    "compare_in_bulk",
    "day",
    "length",
    "minute",
    "number",
    "text",
    "time_stamp",
    "type_named",
    "type_of",
    "writer",
]
