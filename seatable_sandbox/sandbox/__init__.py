"""The Python API: servers and their bases."""

from __future__ import annotations

from seatable_sandbox.sandbox.base import SandboxBase
from seatable_sandbox.sandbox.sandbox import Sandbox

__all__ = [
    "Sandbox",
    "SandboxBase",
]
