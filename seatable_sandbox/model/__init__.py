"""The structure of a base, ids, errors, the clock, and the store."""

from __future__ import annotations

from seatable_sandbox.model.clock import Clock
from seatable_sandbox.model.errors import (
    ApiError,
    CapacityError,
    ConnectionBroken,
    ConversionError,
    OperationError,
    row_not_exist,
    table_not_exist,
)
from seatable_sandbox.model.model import SYSTEM_KEYS, Base, Column, Table, other_table_id
from seatable_sandbox.model.store import SYSTEM_COLUMNS, Store, quote

__all__ = [
    "SYSTEM_COLUMNS",
    "SYSTEM_KEYS",
    "ApiError",
    "Base",
    "CapacityError",
    "Clock",
    "Column",
    "ConnectionBroken",
    "ConversionError",
    "OperationError",
    "Store",
    "Table",
    "other_table_id",
    "quote",
    "row_not_exist",
    "table_not_exist",
]
