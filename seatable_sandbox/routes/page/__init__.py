"""The page on `/` on which a person watches data arrive and changes them, and what it calls.

None of it is part of SeaTable's API, is counted as a call, or meets faults.
"""

from __future__ import annotations

from seatable_sandbox.routes.page.editing import ENDPOINTS as EDITING
from seatable_sandbox.routes.page.reading import ENDPOINTS as READING

__all__ = [
    "EDITING",
    "READING",
]
