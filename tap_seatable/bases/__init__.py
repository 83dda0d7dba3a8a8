"""The bases of a run and their failures."""

from __future__ import annotations

from tap_seatable.bases.failures import RunFailures
from tap_seatable.bases.listing import group_bases, list_bases
from tap_seatable.bases.open import open_bases, stream_prefixes
from tap_seatable.bases.source import Source

__all__ = [
    "RunFailures",
    "Source",
    "group_bases",
    "list_bases",
    "open_bases",
    "stream_prefixes",
]
