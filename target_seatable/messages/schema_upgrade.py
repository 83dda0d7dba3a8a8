"""The upgrade of schemas as taps write them to the current JSON Schema.

Some taps write keywords of older drafts (`required: true`, `exclusiveMaximum: true`, the type
`any`), or keywords without a value. Their meaning is clear, so no record is rejected for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_STEP = 1e-15
"""A smaller `multipleOf` is dropped: tap-postgres writes it for the number of digits."""

_BY_NAME = frozenset({"properties", "patternProperties", "definitions", "$defs"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf"})
_SCHEMAS = frozenset({"items", "additionalProperties", "not"})
_MAY_BE_NULL = frozenset({"default", "const", "examples"})


def upgrade_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with the keywords of current drafts, without those that cannot be checked."""
    upgraded = {
        keyword: _upgrade_value(keyword, value)
        for keyword, value in schema.items()
        if value is not None or keyword in _MAY_BE_NULL
    }
    if "type" in upgraded and not (upgraded["type"] and _knows_type(upgraded["type"])):
        del upgraded["type"]
    if isinstance(upgraded.get("required"), bool):
        del upgraded["required"]
    for keyword, limit in (("exclusiveMaximum", "maximum"), ("exclusiveMinimum", "minimum")):
        if isinstance(upgraded.get(keyword), bool) and upgraded.pop(keyword) and limit in upgraded:
            upgraded[keyword] = upgraded.pop(limit)
    step = upgraded.get("multipleOf")
    if step is not None and not isinstance(step, str) and step < MIN_STEP:
        del upgraded["multipleOf"]
    return upgraded


def _upgrade_value(keyword: str, value: Any) -> Any:
    if keyword in _BY_NAME and isinstance(value, dict):
        return {name: _upgrade_named(schema) for name, schema in value.items()}
    if keyword in _LISTS and isinstance(value, list):
        return [upgrade_schema(item) if isinstance(item, dict) else item for item in value]
    if keyword in _SCHEMAS and isinstance(value, dict):
        return upgrade_schema(value)
    if keyword == "type" and isinstance(value, list):
        return ["null" if item is None else item for item in value]
    return value


def _upgrade_named(value: Any) -> Any:
    """A schema under a name: true and null allow any value, false allows none."""
    if value is None or value is True:
        return {}
    if value is False:
        return {"not": {}}
    return upgrade_schema(value) if isinstance(value, dict) else value


def _knows_type(value: Any) -> bool:
    return "any" not in ([value] if isinstance(value, str) else value)
