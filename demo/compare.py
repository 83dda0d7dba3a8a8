"""Compares a table of a base with the same table elsewhere, value by value.

A cell looks different wherever it stands: a number is `5` in a base, `Decimal("5")` in PostgreSQL
and `"5.0"` in a CSV file. `common_form` brings a cell from any of these places into one form, by
the type of the base's column; what is then unequal, is unequal.
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
_MOMENTS = {"ctime", "mtime"}
_COMPUTED = {"formula", "link-formula"}
_TRUE = {"true", "1", "yes"}


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two tables.

    Attributes:
        name: what the table is called in the report.
        rows_in: rows at the source.
        rows_out: rows at the destination.
        missing: rows of the source that the destination does not have like that.
        unexpected: rows of the destination that the source does not have like that.
    """

    name: str
    rows_in: int
    rows_out: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether every row arrived with every value, and nothing else did."""
        return not (self.missing or self.unexpected)


def columns_of(metadata: Mapping[str, Any], table: str) -> dict[str, Row]:
    """The columns of a base's table that hold values, by name."""
    found = next(t for t in metadata["metadata"]["tables"] if t["name"] == table)
    return {c["name"]: c for c in found["columns"] if c["type"] != "button"}


def compare(
    name: str,
    source: Iterable[Mapping[str, Any]],
    destination: Iterable[Mapping[str, Any]],
    columns: Mapping[str, Row],
    zone: ZoneInfo,
) -> Comparison:
    """Compares two tables, their rows in any order.

    Args:
        name: what to call the table.
        source: rows with column names as keys; a column that a row lacks is empty.
        destination: the same.
        columns: the base's columns by name; only these are compared.
        zone: time zone of the base's server.
    """
    there = Counter(_common_row(row, columns, zone) for row in source)
    here = Counter(_common_row(row, columns, zone) for row in destination)
    return Comparison(
        name,
        there.total(),
        here.total(),
        tuple((there - here).elements()),
        tuple((here - there).elements()),
    )


def _common_row(row: Mapping[str, Any], columns: Mapping[str, Row], zone: ZoneInfo) -> str:
    cells = {
        name: common_form(row.get(name), column["type"], column.get("data") or {}, zone)
        for name, column in columns.items()
    }
    return json.dumps(cells, sort_keys=True, ensure_ascii=False, default=str)


def common_form(value: Any, kind: str, data: Mapping[str, Any], zone: ZoneInfo) -> Any:
    """A cell in the one form that cells are compared in; None where it is empty.

    Args:
        value: the cell, from a base, a CSV file or PostgreSQL.
        kind: the column's type.
        data: the column's data.
        zone: time zone of the base's server, for moments that do not tell theirs.
    """
    if value is None or value in ("", []):
        return None
    form = value
    if kind in _COMPUTED:
        form = _computed(value, data, zone)
    elif kind in _NUMBERS:
        form = format(Decimal(str(value)).normalize(), "f")
    elif kind == "checkbox":
        form = value if isinstance(value, bool) else str(value).lower() in _TRUE
    elif kind in _MOMENTS or (kind == "date" and "HH:mm" in (data.get("format") or "")):
        form = _moment(value, zone)
    elif kind == "date":
        form = _day(value)
    return form


def _computed(value: Any, data: Mapping[str, Any], zone: ZoneInfo) -> Any:
    if isinstance(value, str) and re.fullmatch(r"#[A-Z0-9/]+[!?]?", value):
        return None  # an error of the formula; a pipeline brings null
    result = data.get("result_type") or "string"
    if result == "array":
        kind, of = data.get("array_type") or "text", data.get("array_data") or {}
        return [common_form(item, kind, of, zone) for item in value]
    return common_form(value, {"bool": "checkbox"}.get(result, result), data, zone)


def _day(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text[:10].replace("/", "-")


def _moment(value: Any, zone: ZoneInfo) -> str:
    """In UTC. PostgreSQL's moments without a zone are in UTC, texts without one in the server's."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    else:
        moment = _parsed(str(value), zone)
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def _parsed(text: str, zone: ZoneInfo) -> datetime:
    moment = pendulum.parse(text.replace("/", "-"), tz=zone.key)
    if not isinstance(moment, pendulum.DateTime):
        raise TypeError(f"{text!r} is no moment")
    return moment
