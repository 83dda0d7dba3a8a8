"""Brings a catalog from an earlier discovery up to date with the base's structure.

A catalog can be older than the base, because Meltano keeps it. The base decides which properties
there are and of which type; the catalog decides which are selected.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Schema

from seatable_client.errors import ConfigError
from singer_seatable.contract import SCHEMA_EXTENSION
from tap_seatable.catalog import AUTOMATIC, KEY, REPLICATION_KEY
from tap_seatable.streams import TableStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from singer_sdk import Stream
    from singer_sdk.singerlib import Catalog, CatalogEntry

log = logging.getLogger(__name__)


def refresh_catalog(catalog: Catalog, streams: Mapping[str, Stream]) -> Iterator[CatalogEntry]:
    """Change the catalog's entries to what their streams are now, and warn of what has changed.

    Args:
        catalog: of the run.
        streams: of the run, by name.

    Yields:
        The entries of selected streams that are no longer there.

    Raises:
        ConfigError: the catalog gives a selected stream another key or replication key.
    """
    for entry in catalog.streams:
        stream = streams.get(entry.tap_stream_id)
        selected = entry.metadata.resolve_selection()
        if isinstance(stream, TableStream):
            if selected[()]:
                _check_keys(stream)
                entry.key_properties = [KEY]
            names = {name for name in entry.schema.properties or () if selected["properties", name]}
            _refresh_entry(entry, stream, names)
        elif stream is None and selected[()]:
            yield entry


def read_origins(catalog: Any) -> dict[str, Mapping[str, str]]:
    """What each stream of a catalog was made from, if it says so: see `StreamPlan.origin`.

    The SDK's own classes for a catalog drop keywords that they do not know.
    """
    origins: dict[str, Mapping[str, str]] = {}
    for stream in catalog.get("streams", ()) if isinstance(catalog, dict) else ():
        for entry in stream.get("metadata", ()):
            origin = entry.get("metadata", {}).get(SCHEMA_EXTENSION)
            if not entry.get("breadcrumb") and isinstance(origin, dict) and origin.get("id"):
                origins[stream.get("tap_stream_id")] = origin
    return origins


def check_bases(origins: Mapping[str, Mapping[str, str]], streams: Iterable[TableStream]) -> None:
    """Check that a catalog that has ids for names was made from the same base.

    Raises:
        ConfigError: it was made from another one.
    """
    for stream in streams:
        origin = origins.get(stream.name, {})
        if origin.get("base", stream.plan.base) != stream.plan.base:
            raise ConfigError(
                f"The catalog was made from another base: there {stream.name!r} is table "
                f"{origin.get('name')!r}, here it is {stream.plan.table.name!r}. Run discovery "
                "again (with Meltano: --refresh-catalog), and begin with no state."
            )


def _check_keys(stream: TableStream) -> None:
    """Check that the catalog leaves the key, the replication method and its key as they are.

    Raises:
        ConfigError: it does not.
    """
    stream.primary_keys = tuple(stream.primary_keys or (KEY,))
    if stream.primary_keys != (KEY,):
        raise ConfigError(
            f"The catalog gives stream {stream.name!r} the key {list(stream.primary_keys)}. {KEY} "
            "is the only key of rows in SeaTable, deleted ones too: leave key_properties as "
            "discovery has it, and map the stream (stream_maps) for another key."
        )
    if stream.replication_method not in {"INCREMENTAL", "FULL_TABLE"}:
        raise ConfigError(
            f"The catalog gives stream {stream.name!r} the replication method "
            f"{stream.replication_method!r}. It can be INCREMENTAL or FULL_TABLE."
        )
    if stream.replication_method != "INCREMENTAL":
        return
    stream.replication_key = stream.replication_key or REPLICATION_KEY
    if stream.replication_key != REPLICATION_KEY:
        raise ConfigError(
            f"The catalog gives stream {stream.name!r} the replication key "
            f"{stream.replication_key!r}. Changes are detected by {REPLICATION_KEY} and no "
            "other column: leave it out of the catalog, or set the replication method to "
            "FULL_TABLE to have all rows in each run."
        )


def _refresh_entry(entry: CatalogEntry, stream: TableStream, selected: Collection[str]) -> None:
    known = entry.schema.properties or {}
    offered = stream.plan.schema["properties"]
    if new := [name for name in stream.plan.properties if name not in known]:
        log.warning(
            "Stream %r: the base has %s, which the catalog does not know. Run discovery "
            "again to have it (with Meltano: --refresh-catalog).",
            stream.name,
            ", ".join(map(repr, new)),
        )
    selected_names = [name for name in known if name in selected]
    if gone := [name for name in selected_names if name not in offered]:
        log.warning(
            "Stream %r: the base no longer has %s; its values are null.",
            stream.name,
            ", ".join(map(repr, gone)),
        )
    if changed := [
        name
        for name in selected_names
        if name in offered and known[name].to_dict() != offered[name]
    ]:
        log.warning(
            "Stream %r: the type of %s has changed since the catalog was made; the base's is used.",
            stream.name,
            ", ".join(map(repr, changed)),
        )
    entry.schema.properties = {
        name: Schema.from_dict(offered[name]) if name in offered else known[name]
        for name in [*known, *sorted(AUTOMATIC - known.keys())]
    }
    stream.restrict_to(entry.schema.properties)
