"""Schemas as taps write them, in the JSON Schema of today.

Some taps write keywords of older drafts (`required: true`, `exclusiveMaximum: true`, the type
`any`), or keywords without a value. They mean something, and no record is to be refused for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FINEST_STEP = 1e-15
"""A `multipleOf` below it says nothing: it is how tap-postgres writes how many digits there are."""

_BY_NAME = frozenset({"properties", "patternProperties", "definitions", "$defs"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf"})
_SCHEMAS = frozenset({"items", "additionalProperties", "not"})
_MAY_BE_NULL = frozenset({"default", "const", "examples"})


def upgrade_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in the words of today's drafts, with no more in it than can be checked."""
    made = {
        keyword: _modern(keyword, value)
        for keyword, value in schema.items()
        if value is not None or keyword in _MAY_BE_NULL
    }
    if "type" in made and not (made["type"] and _knows_type(made["type"])):
        del made["type"]
    if isinstance(made.get("required"), bool):
        del made["required"]
    for keyword, limit in (("exclusiveMaximum", "maximum"), ("exclusiveMinimum", "minimum")):
        if isinstance(made.get(keyword), bool) and made.pop(keyword) and limit in made:
            made[keyword] = made.pop(limit)
    step = made.get("multipleOf")
    if step is not None and not isinstance(step, str) and step < FINEST_STEP:
        del made["multipleOf"]
    return made


def _modern(keyword: str, value: Any) -> Any:
    if keyword in _BY_NAME and isinstance(value, dict):
        return {name: _of_name(one) for name, one in value.items()}
    if keyword in _LISTS and isinstance(value, list):
        return [upgrade_schema(one) if isinstance(one, dict) else one for one in value]
    if keyword in _SCHEMAS and isinstance(value, dict):
        return upgrade_schema(value)
    if keyword == "type" and isinstance(value, list):
        return ["null" if one is None else one for one in value]
    return value


def _of_name(value: Any) -> Any:
    """A schema that has a name; that of anything, and that of nothing, can be written shortly."""
    if value is None or value is True:
        return {}
    if value is False:
        return {"not": {}}
    return upgrade_schema(value) if isinstance(value, dict) else value


def _knows_type(value: Any) -> bool:
    return "any" not in ([value] if isinstance(value, str) else value)
