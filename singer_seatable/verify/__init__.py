"""Compares the records of streams with what a warehouse holds, value by value."""

from __future__ import annotations

from singer_seatable.verify.canonical import decode
from singer_seatable.verify.comparison import Comparison, TableResult
from singer_seatable.verify.databases import Database
from singer_seatable.verify.folders import Folder
from singer_seatable.verify.loaded import compare_loaded
from singer_seatable.verify.places import open_warehouse
from singer_seatable.verify.report import exit_if_different, show_results
from singer_seatable.verify.streams import RecordedStreams, StreamComparisons
from singer_seatable.verify.warehouse import (
    IterableTable,
    Warehouse,
    WarehouseTable,
    match_names,
    time_zone_of,
)

__all__ = [
    "Comparison",
    "Database",
    "Folder",
    "IterableTable",
    "RecordedStreams",
    "StreamComparisons",
    "TableResult",
    "Warehouse",
    "WarehouseTable",
    "compare_loaded",
    "decode",
    "exit_if_different",
    "match_names",
    "open_warehouse",
    "show_results",
    "time_zone_of",
]
