"""The network side: connections, faults, starting and stopping."""

from __future__ import annotations

from seatable_sandbox.http.server import Server

__all__ = [
    "Server",
]
