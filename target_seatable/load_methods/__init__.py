"""How records get into a table: append, upsert, overwrite; batches, and read-back."""

from __future__ import annotations

from target_seatable.load_methods.base import LoadMethod, LoadOptions
from target_seatable.load_methods.batch_writer import chunks
from target_seatable.load_methods.coverage import Coverage, Coverages
from target_seatable.load_methods.nested_deletes import stale_nested_rows
from target_seatable.load_methods.registry import LOAD_METHODS, load_method, without_removal
from target_seatable.load_methods.row_changes import Item, Removal
from target_seatable.load_methods.start import start_load
from target_seatable.load_methods.upsert import Upsert

__all__ = [
    "LOAD_METHODS",
    "Coverage",
    "Coverages",
    "Item",
    "LoadMethod",
    "LoadOptions",
    "Removal",
    "Upsert",
    "chunks",
    "load_method",
    "stale_nested_rows",
    "start_load",
    "without_removal",
]
