"""Listing whole rows, with or without a view."""

from __future__ import annotations

from typing import Any

from .engine import Engine
from .errors import ApiError
from .model import Base, Table
from .rendering import computed_values, gateway_columns, show
from .store import quoted


def gateway_rows(
    engine: Engine,
    base: Base,
    table: Table,
    convert_keys: bool,
    start: int,
    limit: int | None,
    view_name: str | None = None,
    view_id: str | None = None,
) -> list[dict[str, Any]]:
    """Rows as the gateway lists them: the normal backend in manual order, then big data."""
    text = " ORDER BY _archived, _seq"
    if limit is not None:
        text += f" LIMIT {limit} OFFSET {start}"
    return _rows(engine, base, table, convert_keys, text, ())


def single_row(
    engine: Engine, base: Base, table: Table, row_id: str, convert_keys: bool
) -> dict[str, Any] | None:
    found = _rows(engine, base, table, convert_keys, " WHERE _id = ?", (row_id,))
    return found[0] if found else None


def _rows(
    engine: Engine, base: Base, table: Table, convert_keys: bool, clauses: str, bound: Any
) -> list[dict[str, Any]]:
    shown, physical = gateway_columns(engine, table, table.columns, convert_keys)
    fetched = engine.store.execute(
        f"SELECT {', '.join(map(quoted, physical))}, _id FROM {quoted(table.physical)}{clauses}",
        bound).fetchall()
    if len(fetched) * len(shown) > engine.profile.max_cells:
        message = "Number of cells returned exceeds the limit of 1 million"
        raise ApiError(400, {"error_msg": message})
    values = computed_values(engine, base, table, [row[-1] for row in fetched])
    return show(shown, fetched, values)
