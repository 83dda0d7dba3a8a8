"""JSON Schema that a number of JSON values all fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (Decimal, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


@dataclass
class Observed:
    """What has been seen of a value in all records.

    Attributes:
        types: JSON types, null left out.
        properties: of objects, by name.
        items: of arrays.
    """

    types: set[str] = field(default_factory=set)
    properties: dict[str, Observed] = field(default_factory=dict)
    items: Observed | None = None

    def add(self, value: Any) -> None:
        """Note one value."""
        if value is None:
            return
        self.types.add(next(name for type_, name in _TYPES if isinstance(value, type_)))
        if isinstance(value, dict):
            for name, inner in value.items():
                self.properties.setdefault(name, Observed()).add(inner)
        elif isinstance(value, list):
            self.items = self.items or Observed()
            for element in value:
                self.items.add(element)

    def schema(self) -> Mapping[str, Any]:
        """The schema; null is always allowed."""
        types = self.types - ({"integer"} if "number" in self.types else set())
        described: dict[str, Any] = {
            "type": [*sorted(types), "null"] if types else ["string", "null"]
        }
        if "object" in types:
            described["properties"] = {
                name: child.schema() for name, child in self.properties.items()
            }
        if "array" in types:
            described["items"] = self.items.schema() if self.items and self.items.types else {}
        return described
