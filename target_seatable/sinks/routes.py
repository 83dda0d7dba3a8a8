"""Where the records of a stream go, and what its maps make of them before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform

from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.mapper import StreamMap

    from target_seatable.sinks.table_sink import TableSink
    from target_seatable.target import TargetSeaTable

    Route = tuple[Callable[[dict[str, Any]], dict[str, Any] | None] | None, TableSink]


class StreamRoutes:
    """The ways of each stream, found once, with its schema.

    Args:
        target: whose sinks and maps they are.
    """

    def __init__(self, target: TargetSeaTable) -> None:
        self._target = target
        self._known: dict[str, list[Route]] = {}

    def clear(self) -> None:
        """Forget them all: a schema has changed."""
        self._known.clear()

    def check_aliases(self) -> None:
        """See that stream maps do not make one stream of two.

        Raises:
            ConfigError: they do.
        """
        source_of: dict[str, str] = {}
        for source, maps in self._target.mapper.stream_maps.items():
            for alias in {
                one.stream_alias for one in maps if not isinstance(one, RemoveRecordTransform)
            }:
                if (other := source_of.setdefault(alias, source)) != source:
                    raise ConfigError(
                        f"stream_maps make one stream {alias!r} of the streams {other!r} and "
                        f"{source!r}, whose columns and keys may differ. Give each a name of its "
                        "own with __alias__."
                    )

    def of(self, stream: str) -> list[Route]:
        """The sinks of a stream, and what changes its records before; None if nothing does.

        Raises:
            RecordsWithoutSchemaException: no schema has come for the stream.
        """
        ways = self._known.get(stream)
        if ways is None:
            maps = self._target.mapper.stream_maps.get(stream)
            if maps is None:
                self._target.assert_sink_exists(stream)
            ways = [
                (stream_map.transform, self._sink(stream_map.stream_alias))
                for stream_map in maps or ()
                if not isinstance(stream_map, RemoveRecordTransform)
            ]
            if len(ways) == 1 and maps and _changes_nothing(maps[0]):
                ways = [(None, ways[0][1])]
            self._known[stream] = ways
        return ways

    def _sink(self, stream: str) -> TableSink:
        self._target.assert_sink_exists(stream)
        return cast("TableSink", self._target.get_sink(stream))


def _changes_nothing(stream_map: StreamMap) -> bool:
    return type(stream_map) is SameRecordTransform and not stream_map.flattening_enabled
