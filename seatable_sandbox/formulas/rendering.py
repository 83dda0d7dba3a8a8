"""Showing stored cells: as the gateway answers them, and as v1 list rows did.

Rows are shown column by column: most columns pass through untouched, the others get one function
per answer. That is what makes a page of 10,000 rows cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import display
from seatable_sandbox.columns.dates import utc_time
from seatable_sandbox.columns.types import type_of
from seatable_sandbox.formulas.computed import Computer, FormulaError

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model.model import Base, Column, Table

Converter = Callable[[Any], Any]

#: System fields of a gateway row, in the order in which SELECT * gives them.
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


def raw_json(stored: str | None) -> msgspec.Raw | None:
    """Stored JSON goes into the answer as it is."""
    return None if stored is None else msgspec.Raw(stored.encode())


def _boolean(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)


def option_names(column: Column) -> dict[Any, Any]:
    return {option["id"]: option["name"] for option in column.options}


def _select(names: dict[Any, Any]) -> Converter:
    # An id without an option (imported bases have them) shows as nothing.
    return names.get


def _multi(names: dict[Any, Any]) -> Converter:
    def convert(stored: str | None) -> Any:
        if stored is None:
            return None
        return [names[key] for key in msgspec.json.decode(stored) if key in names] or None

    return convert


def gateway_converter(engine: Engine, column: Column, convert_keys: bool) -> Converter | None:
    """How the gateway shows a stored cell; None: as it is stored."""
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
        return None
    if kind == "time":
        return utc_time
    return gateway_converter(engine, column, convert_keys=True)


def system_converter(engine: Engine, name: str) -> Converter | None:
    if name in ("_ctime", "_mtime"):
        return engine.zone_clock.time_renderer()
    if name in ("_locked", "_archived"):
        return _boolean
    return None


def gateway_value(engine: Engine) -> Converter:
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


def v1_computed(column: Column, value: Any) -> Any:
    """A formula's value in v1 list rows: as it is displayed, or what a link column shows."""
    if column.type == "link":
        return [item["row_id"] for item in value] if value else None
    return None if value is None else display.formula(column, value)


@dataclass
class Shown:
    """One column of an answer: its key there, and how its stored value becomes the shown one.

    `computed` is set for columns whose values are worked out for the rows of this answer.
    """

    key: str
    convert: Converter | None = None
    computed: Column | None = None


def show(
    shown: Sequence[Shown],
    fetched: Sequence[Sequence[Any]],
    computed: Callable[[Column], Iterable[Any]] | None = None,
) -> list[dict[str, Any]]:
    """Fetched rows as objects."""
    if not fetched:
        return []
    columns: list[Any] = list(zip(*fetched, strict=False))
    for index, item in enumerate(shown):
        if item.computed is not None and computed is not None:
            columns[index] = list(computed(item.computed))
        if item.convert is not None:
            columns[index] = list(map(item.convert, columns[index]))
    keys = [item.key for item in shown]
    return [dict(zip(keys, row, strict=False)) for row in zip(*columns[: len(keys)], strict=False)]


def gateway_columns(
    engine: Engine, table: Table, columns: Sequence[Column], convert_keys: bool
) -> tuple[list[Shown], list[str]]:
    """What a whole gateway row shows, and the SQLite columns to fetch for it."""
    shown: list[Shown] = []
    physical: list[str] = []
    for column in columns:
        kind = type_of(column).kind
        if kind == "absent":
            continue
        key = column.name if convert_keys else column.key
        if kind == "computed":
            shown.append(Shown(key, gateway_value(engine), column))
            physical.append("_id")
        else:
            shown.append(Shown(key, gateway_converter(engine, column, convert_keys)))
            physical.append(column.physical)
    # The times stand under their own columns' names where a table has such columns.
    taken = {column.key for column in columns if column.key in ("_ctime", "_mtime")}
    for name in GATEWAY_FIELDS:
        if name not in taken:
            shown.append(Shown(name, system_converter(engine, name)))
            physical.append(name)
    return shown, physical


def computed_values(
    engine: Engine, base: Base, table: Table, row_ids: list[str], most_links: int | None = None
) -> Callable[[Column], Iterable[Any]]:
    """Works out computed columns for these rows, each when asked for."""
    computer = Computer(engine, base, most_links)

    def values(column: Column) -> Iterable[Any]:
        found = computer.values(table, column, row_ids)
        return [found.get(row_id) for row_id in row_ids]

    return values
