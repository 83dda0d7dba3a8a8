"""The index of keys: which row has which key."""

from __future__ import annotations

from target_seatable.keys.ids import Acknowledged, PackedIds, RowsByContent
from target_seatable.keys.lookup import MAX_KEYS, candidates, rows_with
from target_seatable.keys.row_index import RowIndex

__all__ = [
    "MAX_KEYS",
    "Acknowledged",
    "PackedIds",
    "RowIndex",
    "RowsByContent",
    "candidates",
    "rows_with",
]
