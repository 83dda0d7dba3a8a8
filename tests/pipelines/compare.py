"""Compares a table of a base with its copy elsewhere, value by value.

The same cell has different forms: a number is `5` in a base, `Decimal("5")` in PostgreSQL and
`"5.0"` in a CSV file. `normalize_cell` converts a cell to a common form by the type of the base's
column.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pendulum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

Row = dict[str, Any]

_NUMBERS = {"number", "rate", "duration", "department-single-select"}
_TIMES = {"ctime", "mtime"}
_COMPUTED = {"formula", "link-formula"}
_TRUE = {"true", "1", "yes"}


@dataclass(frozen=True)
class Comparison:
    """The result of comparing two tables.

    Attributes:
        name: The name of the table in the report.
        rows_in: The number of rows at the source.
        rows_out: The number of rows at the destination.
        missing: Rows that only the source has.
        unexpected: Rows that only the destination has.
    """

    name: str
    rows_in: int
    rows_out: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether both tables have the same rows."""
        return not (self.missing or self.unexpected)


def list_columns(metadata: Mapping[str, Any], table: str) -> dict[str, Row]:
    """The columns of a table by name, without buttons, which have no values."""
    found = next(t for t in metadata["metadata"]["tables"] if t["name"] == table)
    return {c["name"]: c for c in found["columns"] if c["type"] != "button"}


def compare(
    name: str,
    source: Iterable[Mapping[str, Any]],
    destination: Iterable[Mapping[str, Any]],
    columns: Mapping[str, Row],
    zone: ZoneInfo,
) -> Comparison:
    """Compare two tables, in whatever order their rows are.

    Args:
        name: The name of the table in the report.
        source: Rows by column names; a missing column is empty.
        destination: Rows by column names.
        columns: The base's columns by name; only these are compared.
        zone: The zone of the base's server.
    """
    sent = Counter(_normalize_row(row, columns, zone) for row in source)
    received = Counter(_normalize_row(row, columns, zone) for row in destination)
    return Comparison(
        name,
        sent.total(),
        received.total(),
        tuple((sent - received).elements()),
        tuple((received - sent).elements()),
    )


def _normalize_row(row: Mapping[str, Any], columns: Mapping[str, Row], zone: ZoneInfo) -> str:
    cells = {
        name: normalize_cell(row.get(name), column["type"], column.get("data") or {}, zone)
        for name, column in columns.items()
    }
    return json.dumps(cells, sort_keys=True, ensure_ascii=False, default=str)


def normalize_cell(value: Any, column_type: str, data: Mapping[str, Any], zone: ZoneInfo) -> Any:
    """Convert a cell to the form in which cells are compared; None if it is empty.

    Args:
        value: The cell, from a base, a CSV file or PostgreSQL.
        column_type: The type of the base's column.
        data: The data of the base's column.
        zone: The zone of the base's server, for times without an offset.
    """
    if value is None or value in ("", []):
        return None
    normalized = value
    has_time = column_type == "date" and "HH:mm" in (data.get("format") or "")
    if column_type in _COMPUTED:
        normalized = _normalize_computed(value, data, zone)
    elif column_type in _NUMBERS:
        normalized = format(Decimal(str(value)).normalize(), "f")
    elif column_type == "checkbox":
        normalized = value if isinstance(value, bool) else str(value).lower() in _TRUE
    elif column_type in _TIMES or has_time:
        normalized = _normalize_time(value, zone)
    elif column_type == "date":
        normalized = _normalize_date(value)
    return normalized


def _normalize_computed(value: Any, data: Mapping[str, Any], zone: ZoneInfo) -> Any:
    if isinstance(value, str) and re.fullmatch(r"#[A-Z0-9/]+[!?]?", value):
        return None  # an error of the formula, which a pipeline sends as null
    result = data.get("result_type") or "string"
    if result == "array":
        item_type, item_data = data.get("array_type") or "text", data.get("array_data") or {}
        return [normalize_cell(item, item_type, item_data, zone) for item in value]
    return normalize_cell(value, {"bool": "checkbox"}.get(result, result), data, zone)


def _normalize_date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text[:10].replace("/", "-")


def _normalize_time(value: Any, zone: ZoneInfo) -> str:
    """Convert to UTC. Without a zone, PostgreSQL's times are in UTC, texts in the server's zone."""
    if isinstance(value, datetime):
        time = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    else:
        time = _parse_time(str(value), zone)
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def _parse_time(text: str, zone: ZoneInfo) -> datetime:
    time = pendulum.parse(text.replace("/", "-"), tz=zone.key)
    if not isinstance(time, pendulum.DateTime):
        raise TypeError(f"{text!r} is no time")
    return time
