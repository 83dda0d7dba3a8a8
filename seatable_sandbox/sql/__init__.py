"""SeaTable's SQL, compiled to SQLite."""

from __future__ import annotations

from seatable_sandbox.sql.dialect import SqlError
from seatable_sandbox.sql.execute import register_functions

__all__ = [
    "SqlError",
    "register_functions",
]
