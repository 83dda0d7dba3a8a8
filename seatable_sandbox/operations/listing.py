"""Listing whole rows, with or without a view, as the gateway and v1 show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import format_utc_time, type_of
from seatable_sandbox.formulas import (
    Computer,
    computed_converter,
    computed_values,
    filter_rows,
    format_v1_computed,
    gateway_columns,
    render_rows,
    v1_converter,
)
from seatable_sandbox.model import ApiError, quote
from seatable_sandbox.operations.tables import default_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Engine
    from seatable_sandbox.model import Base, Column, Table


def gateway_rows(
    engine: Engine,
    base: Base,
    table: Table,
    convert_keys: bool,
    start: int,
    limit: int | None,
    view: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Rows as the gateway lists them: normal storage in manual order, then big data.

    Without a limit, all rows are listed in manual order, and the limit of cells does not apply.
    """
    columns = visible_columns(table, view)
    if view is not None and _has_rules(view):
        row_ids = view_row_ids(engine, base, table, view)[start:][:limit]
        rows = _fetch(engine, base, table, columns, convert_keys, *_match_ids(row_ids))
        order = {row_id: index for index, row_id in enumerate(row_ids)}
        return sorted(rows, key=lambda row: order[row["_id"]])
    by_id = engine.profile.lists_rows_by_id and limit is not None
    column = "_id" if by_id else "_seq"
    text = f" ORDER BY _archived, {column}"
    if limit is not None:
        text += f" LIMIT {limit} OFFSET {start}"
    return _fetch(
        engine, base, table, columns, convert_keys, text, (), check_cells=limit is not None
    )


def single_row(
    engine: Engine, base: Base, table: Table, row_id: str, convert_keys: bool
) -> dict[str, Any] | None:
    found = _fetch(engine, base, table, table.columns, convert_keys, " WHERE _id = ?", (row_id,))
    return found[0] if found else None


def _match_ids(row_ids: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
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
    check_cells: bool = True,
) -> list[dict[str, Any]]:
    columns_shown, physical = gateway_columns(engine, table, columns, convert_keys)
    fetched = engine.store.execute(
        f"SELECT {', '.join(map(quote, physical))}, _id FROM {quote(table.physical)}{clauses}",
        bound,
    ).fetchall()
    if check_cells:
        _check_cells(engine, len(fetched), len(columns_shown))
    values = computed_values(engine, base, table, [row[-1] for row in fetched])
    return render_rows(columns_shown, fetched, values)


def _check_cells(engine: Engine, rows: int, columns: int) -> None:
    if rows * columns > engine.profile.max_cells:
        message = "Number of cells returned exceeds the limit of 1 million"
        raise ApiError(400, {"error_msg": message})


# Views -------------------------------------------------------------------------------------------


def requested_view(
    engine: Engine, table: Table, view_name: str | None, view_id: str | None
) -> dict[str, Any] | None:
    """The view that a request names; None if it names none.

    Raises:
        ApiError: 404 if there is no such view, and the profile does not show all rows then.
    """
    if not view_name and not view_id:
        return None
    for view in table.views:
        if view["_id"] == view_id if view_id else view["name"] == view_name:
            return view
    if engine.profile.unknown_view_shows_all:
        return default_view("", "")
    raise ApiError(404, {"error_msg": "view not found"})


def visible_columns(table: Table, view: dict[str, Any] | None) -> list[Column]:
    hidden = view["hidden_columns"] if view else []
    return [column for column in table.columns if column.key not in hidden]


def _has_rules(view: dict[str, Any]) -> bool:
    return bool(view["filters"] or view["sorts"])


def view_row_ids(
    engine: Engine, base: Base, table: Table, view: dict[str, Any], archived: bool = True
) -> list[str]:
    """The ids of the rows of a view, in its order."""
    condition = "" if archived else " WHERE _archived = 0"
    row_ids = [
        row[0]
        for row in engine.store.execute(
            f"SELECT _id FROM {quote(table.physical)}{condition} ORDER BY _archived, _seq"
        )
    ]
    conjunction = view["filter_conjunction"]
    row_ids = filter_rows(engine, base, table, view["filters"], conjunction, row_ids)
    computer = Computer(engine, base)
    for rule in reversed(view["sorts"]):
        column = table.column_by_key(rule.get("column_key"))
        if column is not None:
            values = computer.values(table, column, row_ids)
            row_ids = sorted(
                row_ids,
                key=lambda row_id, values=values: _sort_key(values.get(row_id)),  # type: ignore[misc]
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


def redirected_rows(
    engine: Engine, base: Base, table: Table, rows: Sequence[dict[str, Any]], columns: list[Column]
) -> list[dict[str, Any]]:
    """Rows of the gateway as clients of v1 get them who were redirected to it.

    Values are as v1 shows them, under the names of columns; each column is there. Of the row's
    own fields there are the id and whether it is locked or archived (seatable-tests,
    list-row-redirect-test).
    """
    shown = v1_rows(engine, base, table, [row["_id"] for row in rows], columns)
    own = ("_id", "_locked", "_locked_by", "_archived")
    return [
        {
            **{column.name: cells.get(column.name) for column in columns},
            **{name: row[name] for name in own},
        }
        for row, cells in zip(rows, shown, strict=True)
    ]


def v1_rows(
    engine: Engine,
    base: Base,
    table: Table,
    row_ids: Sequence[str],
    columns: Sequence[Column],
    link_objects: bool = False,
) -> list[dict[str, Any]]:
    """Rows as v1 shows them, without the keys of empty cells."""
    plain = [column for column in columns if type_of(column).kind not in {"computed", "absent"}]
    names = [
        "_id",
        "_mtime",
        "_ctime",
        *(column.physical for column in plain),
    ]
    clauses, bound = _match_ids(row_ids)
    fetched = {
        row[0]: row
        for row in engine.store.execute(
            f"SELECT {', '.join(map(quote, names))} FROM {quote(table.physical)}{clauses}", bound
        )
    }
    _check_cells(engine, len(fetched), len(columns))
    plan = [
        (column.name, v1_converter(engine, column), _empty_value(engine, column))
        for column in plain
    ]
    computer, convert_link = Computer(engine, base), computed_converter(engine)
    present = [row_id for row_id in row_ids if row_id in fetched]
    computed = [
        (column, computer.values(table, column, present))
        for column in columns
        if type_of(column).kind == "computed"
    ]
    result = []
    for row_id in present:
        _, mtime, ctime, *cells = fetched[row_id]
        row: dict[str, Any] = {"_id": row_id, "_mtime": format_utc_time(mtime)}
        if engine.profile.v1_ctime:
            row["_ctime"] = format_utc_time(ctime)
        for (name, convert, empty), stored in zip(plan, cells, strict=True):
            value = convert(stored) if convert else stored
            if value is not None:
                row[name] = value
            elif empty is not None:
                row[name] = empty
        for column, values in computed:
            value = values.get(row_id)
            value = (
                convert_link(value)
                if column.type == "link" and link_objects
                else format_v1_computed(engine, column, value)
            )
            if value not in (None, "", []):
                row[column.name] = value
            elif (empty := _empty_value(engine, column)) is not None:
                row[column.name] = empty
        result.append(row)
    return result


def _empty_value(engine: Engine, column: Column) -> Any:
    """What servers of 2020 answered for an empty cell of some types; None: nothing."""
    if not engine.profile.v1_empty_values:
        return None
    return {"single-select": "", "multiple-select": [], "link": []}.get(column.type)
