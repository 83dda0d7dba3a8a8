"""Formats of texts: numbers, days, truth values and empty cells as people write them."""

from __future__ import annotations

from target_seatable.rows.text_formats.choice import (
    DAY_FORMAT,
    MINUTE_FORMAT,
    Reading,
    possible_readings,
)
from target_seatable.rows.text_formats.column_reader import ColumnReader, with_remedy
from target_seatable.rows.text_formats.decimal_commas import CommaWatch, comma_remedy
from target_seatable.rows.text_formats.property_formats import PropertyFormat, PropertyFormats

__all__ = [
    "DAY_FORMAT",
    "MINUTE_FORMAT",
    "ColumnReader",
    "CommaWatch",
    "PropertyFormat",
    "PropertyFormats",
    "Reading",
    "comma_remedy",
    "possible_readings",
    "with_remedy",
]
