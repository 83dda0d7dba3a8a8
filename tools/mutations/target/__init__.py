"""Guarantees of the target: no row lost, none doubled, none removed that is wanted."""

from __future__ import annotations

from tools.mutations.target.load_methods import LOAD_METHODS
from tools.mutations.target.rows import ROWS
from tools.mutations.target.sinks import SINKS
from tools.mutations.target.tables import TABLES

TARGET = (*LOAD_METHODS, *SINKS, *TABLES, *ROWS)
