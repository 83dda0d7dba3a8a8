"""The base that `--demo` creates: a small shop, and a table with every column type."""

from __future__ import annotations

from seatable_sandbox.demo.shop import DEMO_NAME, make_demo

__all__ = [
    "DEMO_NAME",
    "make_demo",
]
