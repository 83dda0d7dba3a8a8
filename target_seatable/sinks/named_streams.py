"""Names in settings against the streams that arrive: a misspelt one ends the run before a row."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError
from singer_seatable.names import entries_for, hidden_properties, likely_meant, matches
from singer_seatable.stream_maps import is_map_of, source_of
from target_seatable.settings import exact_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from target_seatable.settings import TargetConfig


class NamedStreams:
    """The streams and properties that settings name.

    Args:
        config: the target's settings.
    """

    def __init__(self, config: TargetConfig) -> None:
        self._config = config
        self._by_setting = config.named_streams
        self._maps: Mapping[str, Any] = config.by_name.get("stream_maps") or {}
        self._received: set[str] = set()
        self._properties: defaultdict[str, set[str]] = defaultdict(set)
        self._sources: defaultdict[str, set[str]] = defaultdict(set)  # before stream maps

    def check_source(self, stream: str, schema: Mapping[str, Any]) -> None:
        """Check stream maps against a stream as the source sends it.

        Raises:
            ConfigError: a map seems to be meant for the stream and has another name, or removes a
                property that the stream does not have; for a pattern of streams, one that none of
                them had yet, where this one has a property that was probably meant.
        """
        sources = [
            source_of(name, rules) for name, rules in self._maps.items() if name != "__else__"
        ]
        if not any(is_map_of(stream, source) for source in sources):
            self._check_name("stream_maps", sources, stream)
        known = self._sources[stream]  # a later SCHEMA may leave out what an earlier one had
        known.update(schema.get("properties") or ())
        missing = [name for name in hidden_properties(self._maps, stream) if name not in known]
        if missing:
            raise _no_property("stream_maps", missing, stream, known, "remove")
        self._check_hidden_by_patterns(stream)

    def _check_hidden_by_patterns(self, stream: str) -> None:
        for name, rules in self._maps.items():
            source = source_of(name, rules)
            if source == stream or not is_map_of(stream, source):
                continue
            known = {
                prop
                for other, properties in self._sources.items()
                if is_map_of(other, source)
                for prop in properties
            }
            for hidden in hidden_properties({source: rules}, source):
                meant = likely_meant(hidden, sorted(self._sources[stream]))
                if hidden not in known and meant:
                    raise ConfigError(
                        f"stream_maps removes {hidden!r} from the streams {source!r}, and stream "
                        f"{stream!r} has no such property: {meant!r} would be stored. Nothing of "
                        "it was stored. Correct the name in stream_maps, or let the map name only "
                        "streams that have the property."
                    )

    def check_stream(self, stream: str, schema: Mapping[str, Any]) -> None:
        """Check all other settings against a stream as stream maps leave it.

        Raises:
            ConfigError: a setting seems to name the stream and does not, or names a property that
                the stream does not have.
        """
        for setting, names in self._by_setting.items():
            is_known = stream in names
            if not is_known:
                self._check_patterns(setting, names, stream)
            if setting == "links":  # where no entry can name a stream alone
                is_known = any(stream in others for others in self._by_setting.values())
            if not is_known:
                self._check_name(setting, names, stream)
        self._received.add(stream)
        known = self._properties[stream]  # a later SCHEMA may leave out what an earlier one had
        known.update(schema.get("properties") or ())
        for setting, properties in self._named_properties(stream):
            missing = [
                name for name in properties if name not in known and not name.startswith("_sdc_")
            ]
            if missing:
                raise _no_property(setting, missing, stream, known, "name")

    def _named_properties(self, stream: str) -> Iterator[tuple[str, Iterable[str]]]:
        config = self._config
        yield "key_properties", config.key_properties.get(stream, ())
        yield "column_types", config.column_types.get(stream, ())
        formats = config.text_formats if isinstance(config.text_formats, dict) else {}
        for entry in entries_for(formats, stream):
            yield "text_formats", exact_names(entry)
        for policies in entries_for(config.write_policy, stream):
            yield "write_policy", exact_names(policies)
        start = f"{stream}."
        links = [name.rpartition(".") for name in config.links if name.startswith(start)]
        yield "links", [prop for owner, _, prop in links if owner == stream]

    def _check_patterns(self, setting: str, names: Iterable[str], stream: str) -> None:
        """Check that no pattern is meant for a stream; settings that take patterns give none."""
        for name in names:
            if name not in self._received and matches(name, stream):
                raise ConfigError(
                    f"{setting} names streams by {name!r}, and takes no patterns: the entry would "
                    f"not count for stream {stream!r}. Nothing of it was stored. Give {stream!r} "
                    f"an entry of its own in {setting}."
                )

    def _check_name(self, setting: str, names: Iterable[str], stream: str) -> None:
        for name in names:
            if name in self._received or likely_meant(name, [stream]) is None:
                continue
            entry = "table_mapping" if setting in {"links", "stream_maps"} else setting
            if setting == "stream_maps" and stream in self._config.table_mapping:
                continue
            raise ConfigError(
                f"{setting} names stream {name!r}, and the source sends {stream!r}. Nothing of it "
                f"was stored. Correct the name in {setting}. If both are streams, give {stream!r} "
                f"an entry of its own in {entry}."
            )


def _no_property(
    setting: str, names: Iterable[str], stream: str, known: Iterable[str], verb: str
) -> ConfigError:
    return ConfigError(
        f"{setting} {verb}s {', '.join(map(repr, names))}, which stream {stream!r} does not have. "
        f"Nothing of it was stored. It has {', '.join(map(repr, sorted(known)))}. Correct the "
        f"name in {setting}, or leave it out."
    )
