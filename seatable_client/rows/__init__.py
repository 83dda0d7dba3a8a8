"""An answer's rows, decoded lazily and by column."""

from __future__ import annotations

from seatable_client.rows.columnar import CellReader
from seatable_client.rows.lazy import Aggregate, Row, Selected, decode_rows, moments_of, row_ids_of
from seatable_client.rows.responses import (
    AppendAnswer,
    decode_appended,
    decode_comments,
    decode_deleted_rows,
    decode_row_list,
    decode_users,
    decode_view,
    decode_written,
    links_decoder,
)
from seatable_client.rows.results import Appended, DeletedRow, TableRead

__all__ = [
    "Aggregate",
    "AppendAnswer",
    "Appended",
    "CellReader",
    "DeletedRow",
    "Row",
    "Selected",
    "TableRead",
    "decode_appended",
    "decode_comments",
    "decode_deleted_rows",
    "decode_row_list",
    "decode_rows",
    "decode_users",
    "decode_view",
    "decode_written",
    "links_decoder",
    "moments_of",
    "row_ids_of",
]
