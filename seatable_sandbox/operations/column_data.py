"""The `data` of a new column: checked and completed as the server does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns.types import new_option, type_of
from seatable_sandbox.formulas.formula import FormulaError, parse, result_type
from seatable_sandbox.model import ids
from seatable_sandbox.model.errors import OperationError, table_not_exist
from seatable_sandbox.model.model import Base, Column, Table, other_table_id

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Engine

SUMMARY_METHODS = ("average", "concatenate", "max", "min", "sum")
#: What a button can do, as the API documents it; and what the demo shows, which it does not list.
BUTTON_TYPES = (
    *("", "run_script", "send_email", "copy_row_to_another_table", "modify_row"),
    "open_url",
)
#: How a number that a rollup yields is shown.
RESULT_FORMAT = (
    *("format", "decimal", "thousands", "precision", "enable_precision"),
    *("currency_symbol", "currency_symbol_position"),
)
NUMBER_DEFAULT = {"format": "number", "decimal": "dot", "thousands": "no"}


def _refused(message: str) -> OperationError:
    return OperationError(
        "column_data_error", f"column_data: {message} do not meet specifications."
    )


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


def _select(
    engine: Engine, base: Base, table: Table, given: dict[str, Any]
) -> dict[str, Any] | None:
    if not given:
        return None
    made: list[dict[str, Any]] = []
    for option in given.get("options") or []:
        if not isinstance(option, dict) or "name" not in option:
            raise _refused("options")
        option_id = str(option.get("id") or ids.option_id([known["id"] for known in made]))
        made.append({**new_option(option_id, option["name"], len(made)), **option, "id": option_id})
    return {**given, "options": made}


def _button(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    """What a button does and looks like; what it refers to is not checked."""
    for part in ("button_type", "button_name", "button_color"):
        if not isinstance(given.get(part), str):
            raise _refused(part)
    if given["button_type"] not in BUTTON_TYPES:
        raise _refused("button_type")
    if not re.fullmatch("#[A-Fa-f0-9]{6}", given["button_color"]):
        raise _refused("button_color")
    return given


def _rate(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "rate_max_number": 5,
        "rate_style_color": "#FF8000",
        "rate_style_type": "dtable-icon-rate",
        **given,
    }


def _auto_number(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": "0000",
        "digits": 4,
        "prefix_type": None,
        "prefix": None,
        "max_used_auto_number": 0,
        **given,
    }


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


def _formula(engine: Engine, base: Base, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    """The formula with the columns it uses and, on newer servers, what it gives."""
    text = given.get("formula")
    if not isinstance(text, str):
        raise _refused("formula")
    formula = parse(text)
    operands = (
        []
        if isinstance(formula, FormulaError)
        else [column for column in map(table.column_named, formula.columns) if column is not None]
    )
    made = {**given, "operated_columns": [column.key for column in operands]}
    if engine.profile.formula_result_type and "result_type" not in given:
        made["result_type"] = result_type(
            formula, {column.name: _result_of(column) for column in operands}
        )
    return made


def _result_of(column: Column) -> str:
    if column.type in ("formula", "link-formula"):
        return str(column.setting("result_type") or "string")
    kinds = {"number": "number", "bool": "bool", "date": "date", "time": "date"}
    return kinds.get(type_of(column).kind, "string")


def _link_formula(
    engine: Engine, base: Base, table: Table, given: dict[str, Any]
) -> dict[str, Any]:
    """Names of columns become keys, and the result's type is that of the column looked at."""
    formula = given.get("formula")
    if formula not in ("lookup", "count_links", "rollup", "findmax", "findmin"):
        raise _refused("formula")
    link = _named_column(table, given, ("link_column", "link_column_key"))
    if link.type != "link":
        raise _refused("link_column")
    made: dict[str, Any] = {
        "formula": formula,
        "link_column_key": link.key,
        "operated_columns": [link.key],
        "include_condition": False,
        "condition_conjunction": "And",
        "conditions": [],
    }
    if formula == "count_links":
        return {**made, "result_type": "number"}
    other = base.table_with_id(other_table_id(table, link))
    if other is None:
        raise table_not_exist(other_table_id(table, link))
    if formula in ("findmax", "findmin"):
        target = _named_column(other, given, ("searched_column", "column_key_in_linked_record"))
        by = _named_column(other, given, ("comparison_column", "column_key_for_comparison"))
        made |= {
            "column_key_in_linked_record": target.key,
            "column_key_for_comparison": by.key,
            "level2_linked_table_column_key": None,
        }
    elif formula == "rollup":
        target = _named_column(other, given, ("summary_column", "column_key_in_linked_record"))
        method = str(given.get("summary_method") or "").lower()
        if method not in SUMMARY_METHODS:
            raise _refused("summary_method")
        made |= {"column_key_in_linked_record": target.key, "summary_method": method}
        made |= {key: given[key] for key in RESULT_FORMAT if key in given}
        return {**made, "result_type": "string" if method == "concatenate" else "number"}
    else:
        target = _named_column(
            other, given, ("level1_linked_column", "level1_linked_table_column_key")
        )
        made |= {
            "level1_linked_table_column_key": target.key,
            "level2_linked_table_column_key": None,
        }
    made |= {"linked_table_id": other.id, "display_column_key": target.key, "result_type": "array"}
    if target.type in ("formula", "link-formula"):
        return {**made, "array_type": target.setting("result_type"), "array_data": target.data}
    return {**made, "array_type": target.type, "array_data": target.data}


def _named_column(table: Table, given: dict[str, Any], names: tuple[str, ...]) -> Column:
    for name in names:
        if given.get(name):
            return table.column(given[name])
    raise _refused(names[0])


_MAKERS = {
    "number": _number,
    "date": _date,
    "duration": _duration,
    "single-select": _select,
    "multiple-select": _select,
    "rate": _rate,
    "button": _button,
    "auto-number": _auto_number,
    "link": _link,
    "formula": _formula,
    "link-formula": _link_formula,
}
