"""What `stream_maps` and flattening make of which streams."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import RemoveRecordTransform

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from singer_sdk.mapper import StreamMap

_ELSE = "__else__"


def unused(config: Mapping[str, Any], streams: Collection[str]) -> Iterator[str]:
    """The streams of maps that map nothing: whatever they were to hide goes out as it is.

    Args:
        config: the settings.
        streams: the names of those that there are.
    """
    for name, rules in (config.get("stream_maps") or {}).items():
        source = _source(name, rules)
        if name != _ELSE and not any(_concerns(stream, source) for stream in streams):
            yield source


def definition(stream: str, maps: Sequence[StreamMap], config: Mapping[str, Any]) -> list[Any]:
    """What the settings make of a stream's records on their way out; empty for nothing.

    Args:
        stream: its name.
        maps: those that the SDK made of the settings for it.
        config: the settings.
    """
    own = {
        name: rules
        for name, rules in (config.get("stream_maps") or {}).items()
        if name != _ELSE and _concerns(stream, _source(name, rules))
    }
    # A stream without a map is left out by `__else__`, which the SDK takes from the settings.
    found: list[Any] = [any(isinstance(one, RemoveRecordTransform) for one in maps), own]
    if own:
        found += [config.get("stream_map_config"), config.get("faker_config")]
    if config.get("flattening_enabled"):
        found.append({name: config[name] for name in config if name.startswith("flattening_")})
    return found if any(found) else []


def _source(name: str, rules: Any) -> str:
    return str(rules.get("__source__", name)) if isinstance(rules, dict) else name


def _concerns(stream: str, source: str) -> bool:
    return stream == source or fnmatch(stream, source)
