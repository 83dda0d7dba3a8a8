"""An answer's rows, decoded lazily and by column."""

from __future__ import annotations

from seatable_client.rows.columnar import CellReader
from seatable_client.rows.lazy import Row, decode_rows, row_ids_of
from seatable_client.rows.results import Appended, DeletedRow, TableRead

__all__ = [
    "Appended",
    "CellReader",
    "DeletedRow",
    "Row",
    "TableRead",
    "decode_rows",
    "row_ids_of",
]
