"""Names in settings against what the bases have: a misspelt one ends the run before a row."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from singer_sdk.mapper import RemoveRecordTransform

from seatable_client.errors import ConfigError
from singer_seatable.names import hidden_properties, likely_meant, matches
from singer_seatable.stream_maps import is_map_of, source_of
from tap_seatable.catalog import check_tables, check_views, find_unmatched, unused_maps
from tap_seatable.streams import check_side_streams

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from singer_sdk import Stream

    from tap_seatable.bases import Source
    from tap_seatable.catalog import CatalogMemory
    from tap_seatable.config import TapConfig
    from tap_seatable.streams import SourceStream, TableStream

log = logging.getLogger(__name__)


def check_names(config: TapConfig, sources: Sequence[Source], memory: CatalogMemory) -> None:
    """Check that the tables, views and side streams in the settings exist.

    Raises:
        ConfigError: a table, view or side stream does not exist.
    """
    bases = [memory.with_former_names(source.base.id, source.metadata) for source in sources]
    check_tables("tables", config.tables, bases, patterns=True)
    check_tables("where", config.where, bases)
    tables = [table.name for metadata in bases for table in metadata.tables]
    for pattern in find_unmatched(config.exclude_tables, bases):
        if meant := likely_meant(pattern, tables):
            raise ConfigError(
                f"exclude_tables names {pattern!r}, and there is no such table: {meant!r} "
                "would be read. Correct the name, or leave it out."
            )
        log.warning(
            "exclude_tables names %r, which has no effect, because the table does not exist.",
            pattern,
        )
    check_views(config.views, bases)
    check_side_streams(config.side_streams, sources)


def check_hidden(config: TapConfig, stream: TableStream) -> None:
    """Check that a stream has the columns that stream maps remove from it.

    Raises:
        ConfigError: the stream lacks a removed column.
    """
    known = stream.plan.schema["properties"]
    hidden = hidden_properties(config.stream_maps, stream.name)
    if missing := [name for name in hidden if name not in known]:
        raise ConfigError(
            f"stream_maps removes {', '.join(map(repr, missing))} from stream {stream.name!r}, "
            f"which has no such column: what is to be hidden may go out under another name. It "
            f"has {', '.join(map(repr, known))}. Correct the name, or leave it out."
        )


def check_hidden_by_patterns(config: TapConfig, streams: Collection[Stream]) -> None:
    """Check that some stream has each column that a map for a pattern of streams removes.

    Raises:
        ConfigError: none has it, and another column was probably meant.
    """
    names = {stream.name for stream in streams}
    for name, rules in config.stream_maps.items():
        source = source_of(name, rules)
        fitting = [stream for stream in streams if is_map_of(stream.name, source)]
        if not fitting or source in names:
            continue
        known = {column for stream in fitting for column in stream.schema["properties"]}
        for hidden in hidden_properties({source: rules}, source):
            if hidden in known:
                continue
            if meant := likely_meant(hidden, sorted(known)):
                raise ConfigError(
                    f"stream_maps removes {hidden!r} from the streams {source!r}, and none of them "
                    f"has such a column: {meant!r} would go out. Correct the name, or leave it out."
                )
            log.warning(
                "stream_maps removes %r from the streams %r, and none of them has such a column: "
                "it hides nothing.",
                hidden,
                source,
            )


def check_maps(config: TapConfig, streams: Collection[str]) -> None:
    """Check that there are the streams that have maps.

    Raises:
        ConfigError: a stream with a map does not exist, and another one was probably meant.
    """
    for name in unused_maps(config, streams):
        if meant := likely_meant(name, streams):
            raise ConfigError(
                f"stream_maps names {name!r}, and there is no such stream: what it hides "
                f"of {meant!r} would go out. Correct the name, or leave it out."
            )
        log.warning(
            "stream_maps names %r, which has no effect, because the stream does not exist.", name
        )


def check_shared_names(config: TapConfig, streams: Iterable[SourceStream]) -> None:
    """Check that maps give no two streams one name where one would delete rows of the other.

    Where versions are activated, the second removes what a loader has of the first. Without them
    only a table and its views have rows in common: what leaves a view is deleted there.

    Args:
        config: the settings.
        streams: those that are read, whose maps are known.

    Raises:
        ConfigError: two streams go out under one name.
    """
    deletes = config.deletes
    if not deletes.reports_rows:
        return
    named: dict[tuple[str, object], str] = {}
    for stream in streams:
        table = None if deletes.activates_versions else stream.rows_of
        for stream_map in stream.stream_maps:
            if isinstance(stream_map, RemoveRecordTransform):
                continue
            other = named.setdefault((stream_map.stream_alias, table), stream.name)
            if other == stream.name:
                continue
            remedy = "Give them different names, or set deletes to "
            remedy += "tombstones_only if the loader writes by key." if table is None else "off."
            raise ConfigError(
                f"stream_maps lets streams {other!r} and {stream.name!r} both go out as "
                f"{stream_map.stream_alias!r}: with deletes {deletes.value!r} a loader would "
                f"remove the rows of one when it has those of the other. {remedy}"
            )


def check_contracts(config: TapConfig, streams: Collection[str]) -> None:
    """Check that there are the streams that have contracts of their own.

    Raises:
        ConfigError: a stream with a contract does not exist, and another was probably meant.
    """
    for name in config.schema_contract.get("streams") or {}:
        if any(matches(name, stream) for stream in streams):
            continue
        if meant := likely_meant(name, streams):
            raise ConfigError(
                f"schema_contract names {name!r}, and there is no such stream: what it says "
                f"would not hold for {meant!r}. Correct the name, or leave it out."
            )
        log.warning(
            "schema_contract names %r, which has no effect, because the stream does not exist.",
            name,
        )
