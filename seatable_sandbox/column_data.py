"""The `data` of a new column: checked and completed as the server does."""

from __future__ import annotations

from typing import Any

from . import ids
from .columns import new_option
from .engine import Engine
from .errors import OperationError, table_not_exist
from .model import Base, Column, Table

NUMBER_DEFAULT = {"format": "number", "decimal": "dot", "thousands": "no"}


def _refused(message: str) -> OperationError:
    return OperationError("column_data_error", f"column_data: {message} do not meet specifications.")


def checked_data(
    engine: Engine, base: Base, table: Table, column: Column, data: object
) -> dict[str, Any] | None:
    """What the server keeps of the `column_data` of a request."""
    if data is not None and not isinstance(data, dict):
        raise _refused("it")
    given: dict[str, Any] = dict(data or {})
    make = _MAKERS.get(column.type)
    if make is not None:
        return make(engine, base, table, given)
    return given or None


def _number(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    return {**NUMBER_DEFAULT, **given}


def _date(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    column_format = given.get("format") or "YYYY-MM-DD"
    if engine.profile.refuses_day_first_minutes and column_format == "DD/MM/YYYY HH:mm":
        raise _refused(f"format {column_format}")
    return {**given, "format": column_format}


def _duration(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    return {"duration_format": "h:mm", **given, "format": "duration"}


def _select(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any] | None:
    if not given:
        return None
    made: list[dict[str, Any]] = []
    for option in given.get("options") or []:
        if not isinstance(option, dict) or "name" not in option:
            raise _refused("options")
        option_id = str(option.get("id") or ids.option_id([known["id"] for known in made]))
        made.append({**new_option(option_id, option["name"], len(made)), **option, "id": option_id})
    return {**given, "options": made}


def _rate(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    return {"rate_max_number": 5, "rate_style_color": "#FF8000", "rate_style_type": "dtable-icon-rate",
            **given}


def _auto_number(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    return {"format": "0000", "digits": 4, "prefix_type": None, "prefix": None,
            "max_used_auto_number": 0, **given}


def _link(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    """`{"table": name, "other_table": name}` becomes the link's own data."""
    if "link_id" in given and "other_table_id" in given:
        other = base.table_with_id(given["other_table_id"])
    else:
        name = given.get("other_table") or given.get("other_table_name")
        other = base.table_named(name) or base.table_with_id(given.get("other_table_id"))
    if other is None:
        raise table_not_exist(given.get("other_table") or given.get("other_table_id"))
    taken = [str(c.setting("link_id")) for t in base.tables for c in t.columns if c.type == "link"]
    shown = other.columns[0]
    return {
        "display_column_key": shown.key,
        "table_id": table.id,
        "other_table_id": other.id,
        "is_internal_link": True,
        "is_multiple": given.get("is_multiple", True),
        "is_row_from_view": False,
        "other_view_id": "",
        "link_id": ids.short_key(taken),
        "array_type": shown.type,
        "array_data": shown.data,
        "result_type": "array",
    }


_MAKERS = {
    "number": _number,
    "date": _date,
    "duration": _duration,
    "single-select": _select,
    "multiple-select": _select,
    "rate": _rate,
    "auto-number": _auto_number,
    "link": _link,
}
