"""What of a copied base's formulas and link formulas the API can make anew.

What it takes stands in the API reference ("Column data"); what a column remembers of it, in the
code that SeaTable publishes for working it out.
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
"""Kinds of link formulas: what the API calls a column of the linked table, and how it is kept."""

_NOT_GIVEN = ("level2_linked_table_column_key", "enable_deduplication")

_SUMMARIES = frozenset({"average", "concatenate", "max", "min", "sum"})

TOKEN = re.compile(r"""\{([^{}]+)\}|"[^"]*"|'[^']*'""")


def operands(formula: str) -> list[str]:
    """The names of the columns that a formula uses; braces inside texts are none."""
    return [match[1] for match in TOKEN.finditer(formula) if match[1]]


def obstacle(stream: StreamSchema, prop: str) -> str | None:
    """Why a formula or link formula cannot be made anew, going by its stream; None if it can be."""
    told = stream.told(prop)
    data = told.get("data") or {}
    if told.get("type") == "link-formula":
        return _obstacle_to_link_formula(stream, data)
    if not data.get("formula"):
        return "its formula is not told"
    unknown = [one for one in operands(str(data["formula"])) if stream.named(one) is None]
    return f"its formula uses {', '.join(map(repr, unknown))}" if unknown else None


def _obstacle_to_link_formula(stream: StreamSchema, data: Mapping[str, Any]) -> str | None:
    kind = str(data.get("formula"))
    link = stream.keyed(data.get("link_column_key"))
    if kind not in PARTS:
        return f"the API makes no {kind}"
    if link is None or link not in stream.links:
        return "the link that it follows is not among the stream's columns"
    if any(data.get(one) for one in _NOT_GIVEN) or (
        data.get("include_condition") and data.get("conditions")
    ):
        return "the API takes neither conditions nor links of links nor a removal of duplicates"
    if kind == "rollup" and summary_of(data) not in _SUMMARIES:
        return f"the API does not summarize by {summary_of(data)!r}"
    return None


def summary_of(data: Mapping[str, Any]) -> str:
    """How a rollup makes one value of many."""
    return str(data.get("summary_method") or "").lower()
