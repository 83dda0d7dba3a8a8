"""Rendering stored cells as the gateway answers them, and as v1 does.

Rows are rendered by columns: most columns are passed on unchanged, the others have a function for
each answer. So a page of 10,000 rows is cheap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import display, format_utc_time, has_time, parse_date, type_of
from seatable_sandbox.formulas.computed import Computer
from seatable_sandbox.formulas.formula import FormulaError

if TYPE_CHECKING:
    from seatable_sandbox.engine import Engine
    from seatable_sandbox.model import Base, Column, Table

Converter = Callable[[Any], Any]

GATEWAY_FIELDS = (
    "_locked",
    "_locked_by",
    "_archived",
    "_creator",
    "_ctime",
    "_last_modifier",
    "_mtime",
    "_id",
)
"""System fields of a gateway row, in the order in which SELECT * gives them."""


def raw_json(stored: str | None) -> msgspec.Raw | None:
    """Pass stored JSON on to the answer unchanged."""
    return None if stored is None else msgspec.Raw(stored.encode())


def _boolean(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)


def option_names(column: Column) -> dict[Any, Any]:
    return {option["id"]: option["name"] for option in column.options}


def _select(names: dict[Any, Any]) -> Converter:
    # An id without an option, as imported bases have it, is shown as empty.
    return names.get


def _multi(names: dict[Any, Any]) -> Converter:
    def convert(stored: str | None) -> Any:
        if stored is None:
            return None
        return [names[key] for key in msgspec.json.decode(stored) if key in names] or None

    return convert


def gateway_converter(engine: Engine, column: Column, convert_keys: bool) -> Converter | None:
    """How the gateway shows a stored cell; None: unchanged."""
    kind = type_of(column).kind
    if kind == "date":
        return engine.zone_clock.date_renderer()
    if kind == "time":
        return engine.zone_clock.time_renderer()
    if kind == "bool":
        return _boolean
    if kind == "select" and convert_keys:
        return _select(option_names(column))
    if kind == "multi" and convert_keys:
        return _multi(option_names(column))
    if kind in ("multi", "list", "opaque"):
        return raw_json
    return None


def v1_converter(engine: Engine, column: Column) -> Converter | None:
    """How v1 list rows show a stored cell: wall-clock dates, UTC times, option names."""
    kind = type_of(column).kind
    if kind == "date":
        return _v1_date(engine, column)
    if kind == "time":
        return format_utc_time
    if kind == "multi":
        return _v1_multi(option_names(column))
    return gateway_converter(engine, column, convert_keys=True)


def _v1_multi(names: dict[Any, Any]) -> Converter:
    # An option without a name is not shown.
    shown = {key: name for key, name in names.items() if name or isinstance(name, (list, dict))}
    return _multi(shown)


def _v1_date(engine: Engine, column: Column) -> Converter | None:
    """Newer servers parse stored dates once more, by the format that the column has by now."""
    if engine.profile.date_rules == "old":
        return None
    column_format = str(column.setting("format") or "YYYY-MM-DD")
    fits = re.compile(r"\d{4}-\d\d-\d\d" + (r" \d\d:\d\d" if has_time(column_format) else ""))
    year = engine.zone_clock.today(engine.clock.milliseconds()).year

    def convert(stored: str | None) -> str | None:
        if stored is None or fits.fullmatch(stored):
            return stored
        return parse_date(stored, column_format, engine.zone, engine.profile.date_rules, year)

    return convert


def system_converter(engine: Engine, name: str) -> Converter | None:
    if name in ("_ctime", "_mtime"):
        return engine.zone_clock.time_renderer()
    if name in ("_locked", "_archived"):
        return _boolean
    return None


def computed_converter(engine: Engine) -> Converter:
    """How the gateway shows a computed value."""
    date_time = engine.zone_clock

    def convert(value: Any) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                return date_time.rfc3339(value)
            return date_time.time_renderer()(int(value.timestamp() * 1000))
        if isinstance(value, list):
            return [convert(item) for item in value]
        if isinstance(value, FormulaError):
            return str(value)
        if isinstance(value, dict) and "display_value" in value:
            return {**value, "display_value": convert(value["display_value"])}
        return None if value == "" else value

    return convert


def format_v1_computed(engine: Engine, column: Column, value: Any) -> Any:
    """A formula's value in v1 list rows: as it is displayed, or what a link column shows."""
    if column.type == "link":
        return [item["row_id"] for item in value] if value else None
    return (
        None if value is None else display.format_result(column, value, engine.profile.date_rules)
    )


@dataclass
class OutputColumn:
    """A column of an answer.

    Attributes:
        key: Its key in the rows.
        convert: From the stored value to the shown one; None: unchanged.
        computed: The column, if its values are computed for the rows of this answer.
    """

    key: str
    convert: Converter | None = None
    computed: Column | None = None


def render_rows(
    columns: Sequence[OutputColumn],
    fetched: Sequence[Sequence[Any]],
    computed: Callable[[Column], Iterable[Any]] | None = None,
) -> list[dict[str, Any]]:
    """Make objects of fetched rows.

    Args:
        columns: The columns of the answer.
        fetched: Rows with at least as many values.
        computed: Computes the values of a column for these rows.
    """
    if not fetched:
        return []
    values: list[Any] = list(zip(*fetched, strict=True))
    for index, column in enumerate(columns):
        if column.computed is not None and computed is not None:
            values[index] = list(computed(column.computed))
        if column.convert is not None:
            values[index] = list(map(column.convert, values[index]))
    keys = [column.key for column in columns]
    return [dict(zip(keys, row, strict=True)) for row in zip(*values[: len(keys)], strict=True)]


def gateway_columns(
    engine: Engine, table: Table, columns: Sequence[Column], convert_keys: bool
) -> tuple[list[OutputColumn], list[str]]:
    """The columns of a whole gateway row, and the SQLite columns to fetch for them."""
    shown: list[OutputColumn] = []
    physical: list[str] = []
    for column in columns:
        kind = type_of(column).kind
        if kind == "absent":
            continue
        key = column.name if convert_keys else column.key
        if kind == "computed":
            shown.append(OutputColumn(key, computed_converter(engine), column))
            physical.append("_id")
        else:
            shown.append(OutputColumn(key, gateway_converter(engine, column, convert_keys)))
            physical.append(column.physical)
    # If a table has columns for the times, these are shown under the names of the columns.
    taken = {column.key for column in columns if column.key in ("_ctime", "_mtime")}
    for name in GATEWAY_FIELDS:
        if name not in taken:
            shown.append(OutputColumn(name, system_converter(engine, name)))
            physical.append(name)
    return shown, physical


def computed_values(
    engine: Engine, base: Base, table: Table, row_ids: list[str], max_links: int | None = None
) -> Callable[[Column], Iterable[Any]]:
    """A function that computes the values of a column for these rows."""
    computer = Computer(engine, base, max_links)

    def values(column: Column) -> Iterable[Any]:
        found = computer.values(table, column, row_ids)
        return [found.get(row_id) for row_id in row_ids]

    return values
