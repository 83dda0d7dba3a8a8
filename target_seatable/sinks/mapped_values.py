"""Values of stream maps as a source would have sent them: in JSON.

Expressions yield dates, date-times, decimals and other objects of Python. A source writes these as
the SDK does, so a stream loads the same whether its maps are applied by the source or here.
"""

from __future__ import annotations

import json
import logging
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError
from singer_seatable.contract import TOMBSTONE_COLUMNS
from singer_seatable.stream_maps import has_key_of_row, is_map_of, lenient, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from singer_sdk.mapper import PluginMapper, StreamMap

    Record = dict[str, Any]
    Transform = Callable[[Record], Record | None]

log = logging.getLogger(__name__)


def json_value(value: Any) -> Any:
    """The value as JSON has it; objects that JSON does not have as the SDK writes them."""
    if value is None or isinstance(value, (str, bool, int, float, Decimal)):
        return value
    if isinstance(value, dict):
        return {str(name): json_value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def mapped_transform(
    stream_map: StreamMap, mapper: PluginMapper, stream: str, keys: Sequence[str]
) -> Transform:
    """The transform of a stream map, with values as a source would send them.

    The SDK guesses text for most expressions. What is no text then becomes one, or no record would
    fit the schema that the SDK made.

    Args:
        stream_map: the stream map.
        mapper: the mapper that it is from.
        stream: the stream, as the source calls it.
        keys: the key properties of the stream that the map makes.
    """
    rules = list(_rules(mapper, stream))
    # Of what a rule removes the SDK keeps no schema.
    declared = {*stream_map.raw_schema["properties"], *(name for name, _ in rules)}
    tombstones = _Tombstones(stream_map, stream, keys, TOMBSTONE_COLUMNS - declared)
    texts = {
        name
        for name, rule in rules
        if isinstance(rule, str)
        and _is_text(stream_map.transformed_schema.get("properties", {}).get(name))
    }

    def transform(record: Record) -> Record | None:
        is_deleted = any(map(record.get, TOMBSTONE_COLUMNS))
        mapped = tombstones.map(record) if is_deleted else stream_map.transform(record)
        if mapped is None:
            return None
        values = {name: json_value(value) for name, value in mapped.items()}
        for name in texts & values.keys():
            values[name] = _as_text(values[name])
        return values

    return transform


class _Tombstones:
    """Takes records of deleted rows through a stream map, which lack what the map expects.

    Args:
        stream_map: the stream map.
        stream: the stream, as the source calls it.
        keys: the key properties of the stream that the map makes.
        undeclared: the marks of deletion that the source does not declare.
    """

    def __init__(
        self, stream_map: StreamMap, stream: str, keys: Sequence[str], undeclared: frozenset[str]
    ) -> None:
        self._map = stream_map
        self._stream = stream
        self._keys = keys
        self._undeclared = undeclared
        self._has_warned = False

    def map(self, record: Record) -> Record | None:
        """The record as the map makes it; None if the map drops the mark of its deletion.

        Filters let it pass: it has none of the values by which they let its row pass. A mark that
        the source does not declare is none of the properties that a map can drop.

        Raises:
            InvalidValueError: the map makes its key of what it lacks.
        """
        with lenient(self._map):
            mapped = self._map.transform(dict(record))
            if mapped is None:
                return None
            mapped |= {name: record[name] for name in self._undeclared if record.get(name)}
            if not any(map(mapped.get, TOMBSTONE_COLUMNS)):
                self._warn(record)
                return None
            if not has_key_of_row(self._map, record, mapped, self._keys):
                raise InvalidValueError(
                    "The record is a tombstone, and stream_maps makes its key of properties that "
                    "it lacks, so that its row cannot be found."
                )
        return mapped

    def _warn(self, record: Record) -> None:
        """Warn once: without the mark the row would live, and lose all its values."""
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "Stream %r: records of deleted rows are left out, and the rows stay, because "
                "stream_maps leave out %s. Map it to itself to have them deleted.",
                self._stream,
                " and ".join(sorted(filter(record.get, TOMBSTONE_COLUMNS))),
            )


def _rules(mapper: PluginMapper, stream: str) -> Iterator[tuple[str, Any]]:
    """What the maps of a stream say of its properties: an expression, or None to remove one."""
    for pattern, rules in mapper.stream_maps_dict.items():
        if isinstance(rules, dict) and is_map_of(stream, source_of(pattern, rules)):
            for name, rule in rules.items():
                if not name.startswith("__"):
                    yield name, rule


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
