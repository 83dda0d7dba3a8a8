"""How records get into a table: append, upsert, overwrite; batches, and read-back."""

from __future__ import annotations

from target_seatable.load_methods.registry import LOAD_METHODS, load_method

__all__ = ["LOAD_METHODS", "load_method"]
