"""SeaTable's column types, as `seatable_client.column_types.codec` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.column_types import registry
from seatable_client.metadata import Column
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VARIANTS: Mapping[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "date": (
        ("days", {"format": "YYYY-MM-DD"}),
        ("with a time", {"format": "YYYY-MM-DD HH:mm"}),
    ),
    "formula": (
        ("text", {"result_type": "string"}),
        ("number", {"result_type": "number"}),
        ("true or false", {"result_type": "bool"}),
        ("date", {"result_type": "date", "format": "YYYY-MM-DD"}),
        ("list of numbers", {"result_type": "array", "array_type": "number"}),
    ),
    "link-formula": (
        ("count", {"result_type": "number"}),
        ("lookup of text", {"result_type": "array", "array_type": "text"}),
    ),
}
"""Types whose schema depends on the column, with columns that show it."""


def read_and_written() -> str:
    """What cells are read as, and what they are written from."""
    rows = [
        (
            f"`{entry.name}`" if entry is not registry.UNKNOWN else entry.name,
            entry.read_as,
            entry.written_from,
        )
        for entry in (*registry.TYPES.values(), registry.UNKNOWN)
    ]
    return table(("column type", "read as", "written from"), rows)


def schemas() -> str:
    """The JSON Schema of each type; null comes in addition."""
    return table(("column type", "JSON Schema"), _schemas())


def _schemas() -> Iterator[tuple[str, str]]:
    for entry in registry.TYPES.values():
        if not entry.queryable:
            continue
        for variant, data in _VARIANTS.get(entry.name, (("", {}),)):
            described = entry.schema(Column("0000", "", entry.name, data))
            yield f"`{entry.name}`" + (f", {variant}" if variant else ""), _shown(described)


def _shown(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if schema["type"] == "array":
        return f"array of {_shown(schema['items'])}"
    if properties := schema.get("properties"):
        return f"object with {', '.join(f'`{name}`' for name in properties)}"
    shown = str(schema["type"])
    return f"{shown}, format {schema['format']}" if "format" in schema else shown
