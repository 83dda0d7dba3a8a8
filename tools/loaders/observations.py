"""Observations of a loader's tables, in the words of the documentation."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from singer_seatable.verify import Comparison, IterableTable, match_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tools.loaders.destinations import Row, Table, Tables

REMOVED = "is removed"
LIVES = "stays as if it lived"
EMPTY_CELL = "an empty cell"

_MARKS = ("_deleted_at", "_sdc_deleted_at")

PROBES = {
    "day": ("Every type", "Date", "Everything"),
    "date-time": ("Every type", "Date and time", "Everything"),
    "number": ("Every type", "Number", "Everything"),
    "checkbox": ("Every type", "Checkbox", "Everything"),
    "list": ("Every type", "Multiple select", "Everything"),
    "objects": ("Every type", "Position", "Everything"),
    "empty number": ("Every type", "Number", "Nothing but a text"),
    "empty list": ("Every type", "Multiple select", "Nothing but a text"),
    "empty object": ("Every type", "Position", "Nothing but a text"),
    "line break": ("Every type", "Long text", "Everything"),
}
"""The cells that are shown: stream, column, and the text that names the row."""


def compare(
    tables: Tables,
    living: Mapping[str, Mapping[str, Row]],
    schemas: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """How the stored rows differ from those that live, value by value; empty if not at all."""
    counts = {"missing": 0, "unexpected": 0}
    columns: dict[str, int] = {}
    absent = []
    for stream, rows in living.items():
        table = find_table(tables, stream)
        if table is None:
            absent.append(stream)
            continue
        shown = IterableTable(stream, list(table.types), partial(list, table.rows))
        shown.newest_wins = appends(table)
        comparison = Comparison(stream, schemas[stream], ["_id"], shown)
        for row in rows.values():
            comparison.add(row)
        result = comparison.finish()
        counts["missing"] += result.missing
        counts["unexpected"] += result.unexpected
        columns |= {f"{stream}.{name}": count for name, count in sorted(result.columns.items())}
        absent += [f"{stream}.{name}" for name in result.missing_columns]
    found = {**counts, "columns": columns, "absent": absent}
    return {name: value for name, value in found.items() if value}


def find_table(tables: Tables, stream: str) -> Table | None:
    """The table of a stream, whatever the loader has made of its name."""
    name = match_names([stream], tables, owner="The warehouse").get(stream)
    return None if name is None else tables[name]


def appends(table: Table) -> bool:
    """Whether the table has a row more than once."""
    keys = [row["_id"] for row in table.rows]
    return len(set(keys)) < len(keys)


def end_of(tables: Tables, stream: str, row_id: str, value: str) -> str:
    """What has become of a row, by its marks and by whether a value is still there."""
    table = find_table(tables, stream)
    found = [row for row in table.rows if row["_id"] == row_id] if table else []
    if table is None or not found:
        return REMOVED
    row = found[-1]
    kept = row[match_names([value], table.types, owner=stream)[value]] is not None
    marks = [name for name in _MARKS if row.get(name) is not None]
    if not marks:
        return LIVES if kept else "lives with all values null"
    values = "with its values" if kept else "null in its values"
    more = ", as a further line" if len(found) > 1 else ""
    return f"stays{more}, {values}, marked in {' and '.join(f'`{name}`' for name in marks)}"


def show_values(tables: Tables) -> dict[str, str]:
    """The probed cells, each as its column's type and the stored value."""
    shown = {}
    for kind, (stream, column, text) in PROBES.items():
        table = find_table(tables, stream)
        if table is None:
            continue
        names = match_names([column, "Text"], table.types, owner=stream)
        row = next((row for row in table.rows if row[names["Text"]] == text), None)
        if row is None:
            shown[kind] = "the row is missing"
            continue
        shown[kind] = _show(row[names[column]], table.types[names[column]])
    return shown


def _show(value: Any, type_: str) -> str:
    if value is None:
        return EMPTY_CELL if type_ == "text" else "null"
    if isinstance(value, datetime):
        moment = value.astimezone(timezone.utc) if value.tzinfo else value
        text = moment.isoformat(" ").removesuffix("+00:00") + (" UTC" if value.tzinfo else "")
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"')
    elif isinstance(value, (list, dict, bool, float)):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value)
    return f"{type_} `{text}`"


def own_columns(table: Table) -> list[str]:
    """The columns of a table that neither tap nor loader have added."""
    return [name for name in table.types if not name.startswith("_")]


def columns_of(tables: Tables, stream: str, names: Iterable[str]) -> dict[str, bool]:
    """Whether a stream's table has columns for these properties."""
    table = find_table(tables, stream)
    found = match_names(names, table.types, owner=stream) if table else {}
    return {name: name in found for name in names}
