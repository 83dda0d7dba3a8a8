"""Values to cells and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_seatable.rows.attachments import Attachments
from target_seatable.rows.columnar import Body
from target_seatable.rows.exact_text import exact_text_only, one_form_of_numbers
from target_seatable.rows.fields import Field, LinkField
from target_seatable.rows.layout import CONTENT_SIZE, Layout
from target_seatable.rows.refusals import first_refusal
from target_seatable.rows.text_formats import (
    DAY_FORMAT,
    MINUTE_FORMAT,
    ColumnReader,
    CommaWatch,
    PropertyFormat,
    PropertyFormats,
    Reading,
    comma_remedy,
    possible_readings,
)
from target_seatable.rows.value_writers import ValueWriters
from target_seatable.rows.write_policies import is_empty

if TYPE_CHECKING:
    from target_seatable.rows.columnar import Cells as Cells
    from target_seatable.rows.columnar import Refused as Refused

__all__ = [
    "CONTENT_SIZE",
    "DAY_FORMAT",
    "MINUTE_FORMAT",
    "Attachments",
    "Body",
    "ColumnReader",
    "CommaWatch",
    "Field",
    "Layout",
    "LinkField",
    "PropertyFormat",
    "PropertyFormats",
    "Reading",
    "ValueWriters",
    "comma_remedy",
    "exact_text_only",
    "first_refusal",
    "is_empty",
    "one_form_of_numbers",
    "possible_readings",
]
