"""A strict local server that stands in for SeaTable: for tests, demos and your own pipelines."""

from __future__ import annotations

from .door import Sandbox, SandboxBase
from .faults import Fault
from .transport import Call

__all__ = ["Call", "Fault", "Sandbox", "SandboxBase"]
