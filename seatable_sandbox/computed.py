"""Links, lookups and formulas: values that are worked out when they are read."""

from __future__ import annotations

from typing import Any

from .engine import Engine
from .model import Base, Column, Table


class FormulaError(str):
    """An error value such as `#VALUE!`."""


class Computer:
    """Works out computed columns of one base, remembering within one answer only."""

    def __init__(self, engine: Engine, base: Base) -> None:
        self.engine = engine
        self.base = base

    def values(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        return {}
