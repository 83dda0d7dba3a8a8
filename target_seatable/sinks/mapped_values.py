"""Values of stream maps as a source would have sent them: in JSON.

Expressions yield dates, date-times, decimals and other objects of Python. A source writes these as
the SDK does, so a stream loads the same whether its maps are applied by the source or here.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from singer_seatable.stream_maps import is_map_of, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from singer_sdk.mapper import PluginMapper, StreamMap

    Record = dict[str, Any]
    Transform = Callable[[Record], Record | None]


def json_value(value: Any) -> Any:
    """The value as JSON has it; objects that JSON does not have as the SDK writes them."""
    if value is None or isinstance(value, (str, bool, int, float, Decimal)):
        return value
    if isinstance(value, dict):
        return {str(name): json_value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def mapped_transform(stream_map: StreamMap, mapper: PluginMapper, stream: str) -> Transform:
    """The transform of a stream map, with values as a source would send them.

    The SDK guesses text for most expressions. What is no text then becomes one, or no record would
    fit the schema that the SDK made.

    Args:
        stream_map: the stream map.
        mapper: the mapper that it is from.
        stream: the stream, as the source calls it.
    """
    texts = {
        name
        for name in _mapped_properties(mapper, stream)
        if _is_text(stream_map.transformed_schema.get("properties", {}).get(name))
    }

    def transform(record: Record) -> Record | None:
        mapped = stream_map.transform(record)
        if mapped is None:
            return None
        values = {name: json_value(value) for name, value in mapped.items()}
        for name in texts & values.keys():
            values[name] = _as_text(values[name])
        return values

    return transform


def _mapped_properties(mapper: PluginMapper, stream: str) -> set[str]:
    """The properties that the maps of a stream give an expression."""
    return {
        name
        for pattern, rules in mapper.stream_maps_dict.items()
        if isinstance(rules, dict)
        if is_map_of(stream, source_of(pattern, rules))
        for name, rule in rules.items()
        if isinstance(rule, str) and not name.startswith("__")
    }


def _is_text(schema: Mapping[str, Any] | None) -> bool:
    types = (schema or {}).get("type")
    return bool(types) and set([types] if isinstance(types, str) else types or ()) <= {
        "string",
        "null",
    }


def _as_text(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False, default=str)
