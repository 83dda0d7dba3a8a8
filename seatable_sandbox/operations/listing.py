"""Listing whole rows, with or without a view: for the gateway and for v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns.dates import utc_time
from seatable_sandbox.columns.types import type_of
from seatable_sandbox.formulas.computed import Computer
from seatable_sandbox.formulas.filters import matching
from seatable_sandbox.formulas.rendering import (
    computed_values,
    gateway_columns,
    gateway_value,
    show,
    v1_computed,
    v1_converter,
)
from seatable_sandbox.model.errors import ApiError
from seatable_sandbox.model.store import quoted
from seatable_sandbox.operations.views import view_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model.model import Base, Column, Table


def gateway_rows(
    engine: Engine,
    base: Base,
    table: Table,
    convert_keys: bool,
    start: int,
    limit: int | None,
    view: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Rows as the gateway lists them: the normal backend in manual order, then big data."""
    columns = visible_columns(table, view)
    if view is not None and _selects(view):
        wanted = view_row_ids(engine, base, table, view)[start:][:limit]
        rows = _fetch(engine, base, table, columns, convert_keys, *_these(wanted))
        order = {row_id: index for index, row_id in enumerate(wanted)}
        return sorted(rows, key=lambda row: order[row["_id"]])
    text = " ORDER BY _archived, _seq"
    # Without a limit it is the Python door that asks, and for it no cap applies.
    if limit is not None:
        text += f" LIMIT {limit} OFFSET {start}"
    return _fetch(engine, base, table, columns, convert_keys, text, (), capped=limit is not None)


def single_row(
    engine: Engine, base: Base, table: Table, row_id: str, convert_keys: bool
) -> dict[str, Any] | None:
    found = _fetch(engine, base, table, table.columns, convert_keys, " WHERE _id = ?", (row_id,))
    return found[0] if found else None


def _these(row_ids: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
    encoded = msgspec.json.encode(list(row_ids)).decode()
    return " WHERE _id IN (SELECT value FROM json_each(?))", (encoded,)


def _fetch(
    engine: Engine,
    base: Base,
    table: Table,
    columns: Sequence[Column],
    convert_keys: bool,
    clauses: str,
    bound: Sequence[Any],
    *,
    capped: bool = True,
) -> list[dict[str, Any]]:
    shown, physical = gateway_columns(engine, table, columns, convert_keys)
    fetched = engine.store.execute(
        f"SELECT {', '.join(map(quoted, physical))}, _id FROM {quoted(table.physical)}{clauses}",
        bound,
    ).fetchall()
    if capped:
        _check_cells(engine, len(fetched), len(shown))
    values = computed_values(engine, base, table, [row[-1] for row in fetched])
    return show(shown, fetched, values)


def _check_cells(engine: Engine, rows: int, columns: int) -> None:
    if rows * columns > engine.profile.max_cells:
        message = "Number of cells returned exceeds the limit of 1 million"
        raise ApiError(400, {"error_msg": message})


# Views -------------------------------------------------------------------------------------------


def requested_view(
    table: Table, view_name: str | None, view_id: str | None
) -> dict[str, Any] | None:
    """The view a request names."""
    if view_id:
        for view in table.views:
            if view["_id"] == view_id:
                return view
        raise ApiError(404, {"error_msg": "view not found"})
    return view_named(table, view_name) if view_name else None


def visible_columns(table: Table, view: dict[str, Any] | None) -> list[Column]:
    hidden = view["hidden_columns"] if view else []
    return [column for column in table.columns if column.key not in hidden]


def _selects(view: dict[str, Any]) -> bool:
    return bool(view["filters"] or view["sorts"])


def view_row_ids(
    engine: Engine, base: Base, table: Table, view: dict[str, Any], archived: bool = True
) -> list[str]:
    """The rows of a view in its order."""
    condition = "" if archived else " WHERE _archived = 0"
    row_ids = [
        row[0]
        for row in engine.store.execute(
            f"SELECT _id FROM {quoted(table.physical)}{condition} ORDER BY _archived, _seq"
        )
    ]
    filters = [
        (column, rule)
        for rule in view["filters"]
        if (column := table.column_keyed(rule.get("column_key"))) is not None
    ]
    row_ids = matching(engine, base, table, filters, view["filter_conjunction"], row_ids)
    computer = Computer(engine, base)
    for rule in reversed(view["sorts"]):
        column = table.column_keyed(rule.get("column_key"))
        if column is not None:
            values = computer.values(table, column, row_ids)
            row_ids = sorted(
                row_ids,
                key=lambda one, v=values: _sort_key(v.get(one)),  # type: ignore[misc]
                reverse=rule.get("sort_type") == "down",
            )
    return row_ids


def _sort_key(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, "")
    if isinstance(value, (bool, int, float)):
        return (1, value)
    return (2, str(value))


# v1 ----------------------------------------------------------------------------------------------


def v1_rows(
    engine: Engine,
    base: Base,
    table: Table,
    row_ids: Sequence[str],
    columns: Sequence[Column],
    link_objects: bool = False,
) -> list[dict[str, Any]]:
    """Rows as v1 shows them: keys of empty cells are omitted."""
    plain = [column for column in columns if type_of(column).kind not in {"computed", "absent"}]
    names = [
        "_id",
        "_mtime",
        "_ctime",
        *(column.physical for column in plain),
    ]
    clauses, bound = _these(row_ids)
    fetched = {
        row[0]: row
        for row in engine.store.execute(
            f"SELECT {', '.join(map(quoted, names))} FROM {quoted(table.physical)}{clauses}", bound
        )
    }
    _check_cells(engine, len(fetched), len(columns))
    plan = [
        (column.name, v1_converter(engine, column), _left_out(engine, column)) for column in plain
    ]
    computer, shown = Computer(engine, base), gateway_value(engine)
    present = [row_id for row_id in row_ids if row_id in fetched]
    computed = [
        (column, computer.values(table, column, present))
        for column in columns
        if type_of(column).kind == "computed"
    ]
    result = []
    for row_id in present:
        _, mtime, ctime, *cells = fetched[row_id]
        row: dict[str, Any] = {"_id": row_id, "_mtime": utc_time(mtime)}
        if engine.profile.v1_ctime:
            row["_ctime"] = utc_time(ctime)
        for (name, convert, empty), stored in zip(plan, cells, strict=False):
            value = convert(stored) if convert else stored
            if value is not None:
                row[name] = value
            elif empty is not None:
                row[name] = empty
        for column, values in computed:
            value = values.get(row_id)
            value = (
                shown(value)
                if column.type == "link" and link_objects
                else v1_computed(column, value)
            )
            if value not in (None, "", []):
                row[column.name] = value
            elif (empty := _left_out(engine, column)) is not None:
                row[column.name] = empty
        result.append(row)
    return result


def _left_out(engine: Engine, column: Column) -> Any:
    """What servers of 2020 answered for an empty cell of some types."""
    if not engine.profile.v1_empty_values:
        return None
    return {"single-select": "", "multiple-select": [], "link": []}.get(column.type)
