"""Routes: the sinks that a stream's records go to, and the stream maps on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform

from seatable_client.errors import ConfigError, InvalidValueError
from singer_seatable.flattening import declare
from singer_seatable.stream_maps import map_error_text
from target_seatable.sinks.mapped_values import mapped_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from singer_sdk.mapper import PluginMapper, StreamMap

    from target_seatable.sinks.table_sink import TableSink

    Route = tuple[Callable[[dict[str, Any]], dict[str, Any] | None] | None, TableSink]


class StreamRoutes:
    """The routes of each stream, kept until a schema changes.

    Args:
        mapper: the stream maps.
        sink_of: the sink of a stream as a stream map calls it.
    """

    def __init__(self, mapper: PluginMapper, sink_of: Callable[[str], TableSink]) -> None:
        self._mapper = mapper
        self._sink_of = sink_of
        self._routes: dict[str, list[Route]] = {}

    def clear(self) -> None:
        """Forget all routes, because a schema has changed."""
        self._routes.clear()

    def check_aliases(self) -> None:
        """Check that stream maps do not turn two streams into one.

        Raises:
            ConfigError: two streams have the same alias.
        """
        source_of: dict[str, str] = {}
        for source, stream_maps in self._mapper.stream_maps.items():
            for alias in {
                stream_map.stream_alias
                for stream_map in stream_maps
                if not isinstance(stream_map, RemoveRecordTransform)
            }:
                if (other := source_of.setdefault(alias, source)) != source:
                    raise ConfigError(
                        f"stream_maps turn the streams {other!r} and {source!r} into one stream "
                        f"{alias!r}, whose columns and keys may differ. Give each a name of its "
                        "own with __alias__."
                    )

    def get(self, stream: str) -> list[Route]:
        """The transform and the sink of each route; the transform is None if it changes nothing.

        Raises:
            RecordsWithoutSchemaException: no schema has come for the stream.
        """
        routes = self._routes.get(stream)
        if routes is None:
            routes = self._routes[stream] = self._find(stream)
        return routes

    def declare(
        self, stream: str, sink: TableSink, names: Collection[str]
    ) -> tuple[dict[str, Any], Sequence[str]]:
        """The schema and the keys of a sink from now on, with these of its undeclared properties.

        Args:
            stream: the stream whose records the sink gets.
            sink: the sink.
            names: the properties.
        """
        schema = declare(sink.original_schema, names)
        keys: Sequence[str] = ()
        for stream_map in self._mapper.stream_maps[stream]:
            if stream_map.stream_alias == sink.stream_name:
                stream_map.transformed_schema = schema
                keys = stream_map.transformed_key_properties or ()
        return schema, keys

    def _find(self, stream: str) -> list[Route]:
        stream_maps = self._mapper.stream_maps.get(stream)
        if stream_maps is None:
            raise RecordsWithoutSchemaException(
                f"a record of stream {stream!r} came before a SCHEMA of it. Check that the source "
                "is a Singer tap."
            )
        routes: list[Route] = []
        for stream_map in stream_maps:
            if isinstance(stream_map, RemoveRecordTransform):
                continue
            sink = self._sink_of(stream_map.stream_alias)
            transform = mapped_transform(stream_map, self._mapper, stream, sink.stream.keys)
            routes.append((transform, sink))
        if len(routes) == 1 and _changes_nothing(stream_maps[0]):
            return [(None, routes[0][1])]
        return routes


def apply(
    transform: Callable[[dict[str, Any]], dict[str, Any] | None], record: dict[str, Any]
) -> dict[str, Any] | None:
    """A record as a stream map makes it; None if the map leaves it out.

    Raises:
        InvalidValueError: the map cannot be applied.
    """
    try:
        return transform(dict(record))
    except Exception as error:
        reason = map_error_text(error)
        if not isinstance(error, InvalidValueError):  # an expression may fail in any way
            reason = f"stream_maps cannot be applied: {reason}"
        raise InvalidValueError(reason) from error


def _changes_nothing(stream_map: StreamMap) -> bool:
    return type(stream_map) is SameRecordTransform and not stream_map.flattening_enabled
