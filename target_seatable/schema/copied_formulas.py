"""Formulas and link formulas of a copied base, and which of them the API can create again.

Its parameters are documented in the API reference ("Column data"). The data of a column is known
from the code that SeaTable publishes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_seatable.schema.stream_schema import StreamSchema

PARTS: Mapping[str, Mapping[str, str]] = {
    "count_links": {},
    "lookup": {"level1_linked_column": "level1_linked_table_column_key"},
    "rollup": {"summary_column": "column_key_in_linked_record"},
    "findmax": {
        "searched_column": "column_key_in_linked_record",
        "comparison_column": "column_key_for_comparison",
    },
    "findmin": {
        "searched_column": "column_key_in_linked_record",
        "comparison_column": "column_key_for_comparison",
    },
}
"""By link formula, the parameters of the API that name a column, and their keys in the data."""

_UNSUPPORTED = ("level2_linked_table_column_key", "enable_deduplication")

_SUMMARIES = frozenset({"average", "concatenate", "max", "min", "sum"})

TOKEN = re.compile(r"""\{([^{}]+)\}|"[^"]*"|'[^']*'""")


def operands(formula: str) -> list[str]:
    """The names of the columns that a formula uses; braces inside texts do not count."""
    return [match[1] for match in TOKEN.finditer(formula) if match[1]]


def obstacle(stream: StreamSchema, prop: str) -> str | None:
    """Why a formula or link formula cannot be created again; None if it can be."""
    data = stream.seatable_column(prop).get("data") or {}
    if stream.column_type(prop).is_connection:
        return _obstacle_to_link_formula(stream, data)
    if not data.get("formula"):
        return "the source does not send its formula"
    names = operands(str(data["formula"]))
    unknown = [name for name in names if stream.property_by_name(name) is None]
    return f"its formula uses {', '.join(map(repr, unknown))}" if unknown else None


def _obstacle_to_link_formula(stream: StreamSchema, data: Mapping[str, Any]) -> str | None:
    formula = str(data.get("formula"))
    link = stream.property_by_key(data.get("link_column_key"))
    if formula not in PARTS:
        return f"the API creates no {formula}"
    if link is None or link not in stream.links:
        return "the link that it follows is not among the stream's columns"
    if any(map(data.get, _UNSUPPORTED)) or (
        data.get("include_condition") and data.get("conditions")
    ):
        return "the API takes neither conditions nor links of links nor a removal of duplicates"
    if formula == "rollup" and summary_of(data) not in _SUMMARIES:
        return f"the API does not summarize by {summary_of(data)!r}"
    return None


def summary_of(data: Mapping[str, Any]) -> str:
    """The method by which a rollup summarizes."""
    return str(data.get("summary_method") or "").lower()
