"""Stream maps and flattening: the streams that they apply to, and what they do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_seatable.stream_maps import is_map_of, source_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_seatable.config import TapConfig

_ELSE = "__else__"


def unused_maps(config: TapConfig, streams: Collection[str]) -> Iterator[str]:
    """Find maps that match none of these streams: what they should hide goes out unchanged.

    Yields:
        The stream, or pattern of streams, that the map is for.
    """
    for name, rules in config.stream_maps.items():
        source = source_of(name, rules)
        if name != _ELSE and not any(is_map_of(stream, source) for stream in streams):
            yield source


def describe_maps(stream: str, config: TapConfig) -> list[Any]:
    """What the settings do to a stream's records, for its fingerprint; empty for nothing.

    Args:
        stream: its name.
        config: the settings.
    """
    rules_of_stream = {
        name: rules
        for name, rules in config.stream_maps.items()
        if name != _ELSE and is_map_of(stream, source_of(name, rules))
    }
    description: list[Any] = [rules_of_stream]
    if rules_of_stream:
        description += [config.stream_map_config, config.faker_config]
    if config.flattening:
        description.append(dict(config.flattening))
    return description if any(description) else []
