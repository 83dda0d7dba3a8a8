"""From tables to streams."""

from __future__ import annotations

from tap_seatable.catalog.attachment_policy import AttachmentPolicy
from tap_seatable.catalog.catalog_memory import CatalogMemory, KnownColumn, KnownStream
from tap_seatable.catalog.condition import options_named
from tap_seatable.catalog.discovery import (
    check_tables,
    check_views,
    find_unmatched,
    plan_streams,
    stream_names,
)
from tap_seatable.catalog.naming import (
    LONGEST_NAME,
    append_id,
    has_wildcard,
    make_distinct,
    matches,
    name_of,
    pattern_of,
    shorten,
)
from tap_seatable.catalog.row_filter import RowFilter
from tap_seatable.catalog.selection import Selection
from tap_seatable.catalog.stream_maps import describe_maps, unused_maps
from tap_seatable.catalog.stream_plan import (
    AUTOMATIC,
    KEY,
    REPLICATION_KEY,
    ColumnMetadata,
    StreamPlan,
    TableMetadata,
    origin_id,
)

__all__ = [
    "AUTOMATIC",
    "KEY",
    "LONGEST_NAME",
    "REPLICATION_KEY",
    "AttachmentPolicy",
    "CatalogMemory",
    "ColumnMetadata",
    "KnownColumn",
    "KnownStream",
    "RowFilter",
    "Selection",
    "StreamPlan",
    "TableMetadata",
    "append_id",
    "check_tables",
    "check_views",
    "describe_maps",
    "find_unmatched",
    "has_wildcard",
    "make_distinct",
    "matches",
    "name_of",
    "options_named",
    "origin_id",
    "pattern_of",
    "plan_streams",
    "shorten",
    "stream_names",
    "unused_maps",
]
