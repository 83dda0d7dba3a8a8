"""The `data` of a new column: checked and completed as the server does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import new_option, type_of
from seatable_sandbox.formulas import FormulaError, parse, result_type
from seatable_sandbox.model import (
    Base,
    Column,
    OperationError,
    Table,
    ids,
    other_table_id,
    table_not_exist,
)

if TYPE_CHECKING:
    from seatable_sandbox.engine import Engine

SUMMARY_METHODS = ("average", "concatenate", "max", "min", "sum")
BUTTON_TYPES = (
    *("", "run_script", "send_email", "copy_row_to_another_table", "modify_row"),
    "open_url",
)
"""What a button can do, as the API documents it, and last what only SeaTable's demo base shows."""
RESULT_FORMAT = (
    *("format", "decimal", "thousands", "precision", "enable_precision"),
    *("currency_symbol", "currency_symbol_position"),
)
"""The settings that format the number of a rollup."""
_SETTING_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("duration_format", "format", "formula", "geo_format", "prefix_type"), str),
    **dict.fromkeys(("other_table", "result_type", "summary_method", "table"), str),
    **dict.fromkeys(("digits", "max_used_auto_number"), int),
    "options": list,
    "prefix": (str, int),
}
"""What the settings of columns hold that the server reads itself."""
NUMBER_DEFAULT = {"format": "number", "decimal": "dot", "thousands": "no"}


def _invalid(message: str) -> OperationError:
    return OperationError(
        "column_data_error", f"column_data: {message} do not meet specifications."
    )


def complete_data(
    engine: Engine, base: Base, table: Table, column: Column, data: object
) -> dict[str, Any] | None:
    """Check the `column_data` of a request and complete it with defaults.

    Raises:
        OperationError: It does not meet the specifications of the column's type.
    """
    if data is not None and not isinstance(data, dict):
        raise _invalid("it")
    sent: dict[str, Any] = dict(data or {})
    for name, value in sent.items():
        if value is not None and not isinstance(value, _SETTING_TYPES.get(name, object)):
            raise _invalid(name)
    complete = _BY_TYPE.get(column.type)
    if complete is not None:
        return complete(engine, base, table, sent)
    return sent or None


def _number(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    return {**NUMBER_DEFAULT, **sent}


def _date(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    column_format = sent.get("format") or "YYYY-MM-DD"
    if engine.profile.refuses_day_first_minutes and column_format == "DD/MM/YYYY HH:mm":
        raise _invalid(f"format {column_format}")
    return {**sent, "format": column_format}


def _duration(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    return {"duration_format": "h:mm", **sent, "format": "duration"}


def _select(
    engine: Engine, base: Base, table: Table, sent: dict[str, Any]
) -> dict[str, Any] | None:
    if not sent:
        return None
    options: list[dict[str, Any]] = []
    for option in sent.get("options") or []:
        if not isinstance(option, dict) or "name" not in option:
            raise _invalid("options")
        option_id = str(option.get("id") or ids.option_id([known["id"] for known in options]))
        default = new_option(option_id, option["name"], len(options))
        options.append({**default, **option, "id": option_id})
    return {**sent, "options": options}


def _button(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    """Check what a button does and looks like, but not what it refers to."""
    for part in ("button_type", "button_name", "button_color"):
        if not isinstance(sent.get(part), str):
            raise _invalid(part)
    if sent["button_type"] not in BUTTON_TYPES:
        raise _invalid("button_type")
    if not re.fullmatch("#[A-Fa-f0-9]{6}", sent["button_color"]):
        raise _invalid("button_color")
    return sent


def _rate(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    style = {"rate_style_color": "#FF8000", "rate_style_type": "dtable-icon-rate"}
    return sent or {"rate_max_number": 5, **style}


def _auto_number(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    default = {"format": "0000", "digits": 4, "prefix_type": None, "prefix": None}
    return {"max_used_auto_number": 0, **(sent or default)}


def _link(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    """Make the link's own data from `{"table": name, "other_table": name}`."""
    if "link_id" in sent and "other_table_id" in sent:
        other = base.table_by_id(sent["other_table_id"])
    else:
        name = sent.get("other_table") or sent.get("other_table_name")
        other = base.table_by_name(name) or base.table_by_id(sent.get("other_table_id"))
    if other is None:
        raise table_not_exist(sent.get("other_table") or sent.get("other_table_id"))
    taken = [str(c.setting("link_id")) for t in base.tables for c in t.columns if c.type == "link"]
    display = other.columns[0]
    return {
        "display_column_key": display.key,
        "table_id": table.id,
        "other_table_id": other.id,
        "is_internal_link": True,
        "is_multiple": sent.get("is_multiple", True),
        "is_row_from_view": False,
        "other_view_id": "",
        "link_id": ids.short_key(taken),
        "array_type": display.type,
        "array_data": display.data,
        "result_type": "array",
    }


def _formula(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    """Add the columns that a formula uses and, on newer servers, the type of its result."""
    text = sent.get("formula")
    if not isinstance(text, str):
        raise _invalid("formula")
    formula = parse(text)
    operands = (
        []
        if isinstance(formula, FormulaError)
        else [column for column in map(table.column_by_name, formula.columns) if column is not None]
    )
    data = {**sent, "operated_columns": [column.key for column in operands]}
    if engine.profile.formula_result_type and "result_type" not in sent:
        data["result_type"] = result_type(
            formula, {column.name: _column_result_type(column) for column in operands}
        )
    return data


def _column_result_type(column: Column) -> str:
    if column.type in ("formula", "link-formula"):
        return str(column.setting("result_type") or "string")
    result_types = {"number": "number", "bool": "bool", "date": "date", "time": "date"}
    return result_types.get(type_of(column).kind, "string")


def _link_formula(engine: Engine, base: Base, table: Table, sent: dict[str, Any]) -> dict[str, Any]:
    """Replace names of columns by keys, and add the type of the result."""
    formula = sent.get("formula")
    if formula not in ("lookup", "count_links", "rollup", "findmax", "findmin"):
        raise _invalid("formula")
    link = _find_column(table, sent, ("link_column", "link_column_key"))
    if link.type != "link":
        raise _invalid("link_column")
    data: dict[str, Any] = {
        "formula": formula,
        "link_column_key": link.key,
        "operated_columns": [link.key],
        "include_condition": False,
        "condition_conjunction": "And",
        "conditions": [],
    }
    if formula == "count_links":
        return {**data, "result_type": "number"}
    other = base.table_by_id(other_table_id(table, link))
    if other is None:
        raise table_not_exist(other_table_id(table, link))
    if formula in ("findmax", "findmin"):
        target = _find_column(other, sent, ("searched_column", "column_key_in_linked_record"))
        comparison = _find_column(other, sent, ("comparison_column", "column_key_for_comparison"))
        data |= {
            "column_key_in_linked_record": target.key,
            "column_key_for_comparison": comparison.key,
            "level2_linked_table_column_key": None,
        }
    elif formula == "rollup":
        target = _find_column(other, sent, ("summary_column", "column_key_in_linked_record"))
        method = str(sent.get("summary_method") or "").lower()
        if method not in SUMMARY_METHODS:
            raise _invalid("summary_method")
        data |= {"column_key_in_linked_record": target.key, "summary_method": method}
        data |= {key: sent[key] for key in RESULT_FORMAT if key in sent}
        return {**data, "result_type": "string" if method == "concatenate" else "number"}
    else:
        target = _find_column(
            other, sent, ("level1_linked_column", "level1_linked_table_column_key")
        )
        data |= {
            "level1_linked_table_column_key": target.key,
            "level2_linked_table_column_key": None,
        }
    data |= {"linked_table_id": other.id, "display_column_key": target.key, "result_type": "array"}
    if target.type in ("formula", "link-formula"):
        return {**data, "array_type": target.setting("result_type"), "array_data": target.data}
    return {**data, "array_type": target.type, "array_data": target.data}


def _find_column(table: Table, sent: dict[str, Any], names: tuple[str, ...]) -> Column:
    for name in names:
        if sent.get(name):
            return table.column(sent[name])
    raise _invalid(names[0])


_BY_TYPE = {
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
