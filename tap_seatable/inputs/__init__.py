"""The catalog and state that a run is given, brought up to date."""

from __future__ import annotations

from tap_seatable.inputs.catalog_refresh import check_bases, refresh_catalog
from tap_seatable.inputs.files import bookmarks_of, read_catalog, read_state, well_formed
from tap_seatable.inputs.long_names import warn_of_long_names
from tap_seatable.inputs.missing_streams import explain_missing_stream, explain_missing_streams
from tap_seatable.inputs.named_streams import (
    check_contracts,
    check_hidden,
    check_hidden_by_patterns,
    check_maps,
    check_names,
    check_shared_names,
)

__all__ = [
    "bookmarks_of",
    "check_bases",
    "check_contracts",
    "check_hidden",
    "check_hidden_by_patterns",
    "check_maps",
    "check_names",
    "check_shared_names",
    "explain_missing_stream",
    "explain_missing_streams",
    "read_catalog",
    "read_state",
    "refresh_catalog",
    "warn_of_long_names",
    "well_formed",
]
