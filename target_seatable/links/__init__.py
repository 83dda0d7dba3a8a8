"""Links between rows."""

from __future__ import annotations

from target_seatable.links.linker import Linker

__all__ = [
    "Linker",
]
