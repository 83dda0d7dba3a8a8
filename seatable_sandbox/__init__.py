"""A strict local server that stands in for SeaTable: for tests, demos and your own pipelines.

Its names are imported on first use, so that the command can name the extra that is missing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seatable_sandbox.profiles import Fault
    from seatable_sandbox.routes import Call
    from seatable_sandbox.sandbox import Sandbox, SandboxBase

__all__ = ["Call", "Fault", "Sandbox", "SandboxBase"]

_MODULES = {
    "Call": "routes.context",
    "Fault": "profiles.faults",
    "Sandbox": "sandbox",
    "SandboxBase": "sandbox",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
