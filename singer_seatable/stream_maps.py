"""Stream maps: the SDK's, with a flattening that loses nothing."""

from __future__ import annotations

import contextlib
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._flattening import FlatteningOptions
from singer_sdk.mapper import CustomStreamMap, PluginMapper, RemoveRecordTransform
from singer_sdk.singerlib import Catalog

from seatable_client.errors import ConfigError
from seatable_client.formatting import error_text
from singer_seatable.contract import TOMBSTONE_COLUMNS
from singer_seatable.flattening import Flattening

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from singer_sdk.mapper import StreamMap

_OTHER = "another value"
"""Stands for the values that a deleted row had."""


class FlatteningMapper(PluginMapper):
    """The SDK's stream maps, with this flattening in place of the SDK's.

    Args:
        plugin_config: the plugin's settings.
        logger: the plugin's.
        keeps_undeclared: see `Flattening`.
    """

    def __init__(self, plugin_config: Any, logger: Any, *, keeps_undeclared: bool = False) -> None:
        super().__init__(plugin_config, logger)
        self._flattening = self.flattening_options
        self._keeps_undeclared = keeps_undeclared
        self.flattening_options = FlatteningOptions(enabled=False)

    def register_raw_streams_from_catalog(self, catalog: Catalog) -> None:
        """Make the maps of the streams that are selected.

        None of the properties of the others is left, not even the key.
        """
        super().register_raw_streams_from_catalog(
            Catalog(
                {
                    name: entry
                    for name, entry in catalog.items()
                    if entry.metadata.resolve_selection()[()]
                }
            )
        )

    def register_raw_stream_schema(
        self, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        """Make the maps of a stream.

        Raises:
            ConfigError: flattening gives several properties the same name, or one map of the
                stream replaces another one.
        """
        _check_replaced_maps(stream_name, self.stream_maps_dict)
        known = self.stream_maps.get(stream_name)
        super().register_raw_stream_schema(stream_name, schema, key_properties)
        stream_maps = self.stream_maps[stream_name]
        if stream_maps is known or not self._flattening.enabled or self._flattening.max_level < 1:
            return
        for stream_map in stream_maps:
            if isinstance(stream_map, RemoveRecordTransform):
                continue
            flattening = Flattening(
                stream_map.stream_alias,
                stream_map.transformed_schema,
                self._flattening,
                keeps_undeclared=self._keeps_undeclared,
                whole=stream_map.transformed_key_properties or (),
            )
            stream_map.flattening_options = self._flattening
            stream_map.transformed_schema = flattening.schema
            vars(stream_map)["flatten_record"] = flattening.flatten


def source_of(name: str, rules: Any) -> str:
    """The stream, or pattern of streams, that an entry of `stream_maps` is for."""
    return str(rules.get("__source__", name)) if isinstance(rules, dict) else name


def is_map_of(stream: str, source: str) -> bool:
    """Whether the SDK applies a map for this source to a stream."""
    return stream == source or fnmatch(stream, source)


def _check_replaced_maps(stream: str, stream_maps: Mapping[str, Any]) -> None:
    """Check that no rule of a stream is lost: of several maps that fit it, the SDK takes the last.

    A map may replace one that leaves the stream out, or one whose properties it names itself.

    Raises:
        ConfigError: a rule would be lost.
    """
    fitting = {
        name: rules
        for name, rules in stream_maps.items()
        if is_map_of(stream, name) and not (isinstance(rules, dict) and "__source__" in rules)
    }
    last, final = next(reversed(fitting.items()), ("", None))
    if not isinstance(final, dict):
        return
    for name, rules in fitting.items():
        if isinstance(rules, dict) and (lost := [rule for rule in rules if rule not in final]):
            raise ConfigError(
                f"stream_maps has two maps for stream {stream!r}, and only the last one counts: "
                f"{last!r} replaces {name!r}, with its rule for {lost[0]!r}. Write this rule into "
                f"{last!r}, too, or make {name!r} fit other streams only."
            )


def map_error_text(error: BaseException) -> str:
    """Why a stream map cannot be applied, and what to do about it."""
    reasons = [error_text(reason).rstrip(".") for reason in (error, error.__cause__) if reason]
    return f"{': '.join(reasons)}. Correct the map, or select the properties that it reads."


@contextlib.contextmanager
def lenient(stream_map: StreamMap) -> Iterator[None]:
    """Let a map take records without values: filters pass them, failing expressions give null."""
    if not isinstance(stream_map, CustomStreamMap):
        yield
        return
    evaluate = stream_map._eval  # noqa: SLF001  (maps have no other door for a single expression)

    def evaluate_or_null(**arguments: Any) -> Any:
        try:
            return evaluate(**arguments)
        except Exception:  # noqa: BLE001  (an expression may fail in any way on nulls)
            return None

    replaced = {"get_filter_result": lambda _record: True, "_eval": evaluate_or_null}
    vars(stream_map).update(replaced)
    try:
        yield
    finally:
        for name in replaced:
            del vars(stream_map)[name]


def has_key_of_row(
    stream_map: StreamMap,
    tombstone: Mapping[str, Any],
    mapped: Mapping[str, Any],
    keys: Iterable[str] | None = None,
) -> bool:
    """Whether a map makes the key of a deleted row of nothing but what its tombstone has.

    What it makes of nulls would be the key of another row, or of none.

    Args:
        stream_map: the map, which has to be `lenient`.
        tombstone: the record before it.
        mapped: the record after it.
        keys: the properties of the key; those of the map if None.
    """
    if not isinstance(stream_map, CustomStreamMap):
        return True
    names = {*stream_map.raw_schema["properties"], *tombstone} - TOMBSTONE_COLUMNS
    known = {name: value for name, value in tombstone.items() if value is not None}
    other = stream_map.transform({**dict.fromkeys(names, _OTHER), **known}) or {}
    keys = (stream_map.transformed_key_properties or ()) if keys is None else keys
    return all(other.get(key) == mapped.get(key) for key in keys)
