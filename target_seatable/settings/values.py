"""JSON Schema of what single settings hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from singer_seatable.contract import contract_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}

TEXT_FORMAT: Mapping[str, Any] = {
    "anyOf": [
        {"enum": ["auto"]},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "decimal": {"type": "string", "minLength": 1, "maxLength": 1},
                "thousands": {"type": "string", "maxLength": 1},
                "percent": {"type": "boolean"},
                "currency": {"type": "string"},
                "dates": _TEXTS,
                "true": _TEXTS,
                "false": _TEXTS,
                "empty": _TEXTS,
                "strip": {"type": "boolean"},
            },
        },
    ]
}
"""What texts of a property mean."""

LoadMethodName = Literal["upsert", "update-only", "insert-only", "append-only", "overwrite"]
OnAmbiguousKey = Literal["error", "first", "all"]

Rule = Literal["evolve", "freeze", "drop_value", "drop_row"]
"""What happens where a stream does not fit its table: see the setting `schema_contract`."""

CONTRACT: Mapping[str, Any] = contract_schema(get_args(Rule))
"""The rules of a stream: one word, or one for each kind of difference."""
