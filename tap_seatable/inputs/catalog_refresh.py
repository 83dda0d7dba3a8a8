"""Brings a catalog from an earlier discovery up to date with the base's structure.

A catalog can be older than the base, because Meltano keeps it. The base decides which properties
there are and of which type; the catalog decides which are selected, and what those are called that
it knows.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from singer_sdk.singerlib import Schema

from seatable_client.errors import ConfigError
from singer_seatable.contract import CONTRACT_SUBJECTS
from tap_seatable.catalog import AUTOMATIC, KEY, REPLICATION_KEY, ColumnMetadata
from tap_seatable.inputs.catalog_changes import (
    DISCOVER,
    find_other_types,
    find_unfit_types,
    judge_other_columns,
    judge_other_table,
    unfit_types,
    unknown_to_catalog,
    warn_of_gone_columns,
    warn_of_new_names,
    warn_of_renamed_columns,
)
from tap_seatable.streams import TableStream

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from singer_sdk import Stream
    from singer_sdk.singerlib import Catalog, CatalogEntry

    from singer_seatable.run_log import StandingWarnings
    from tap_seatable.catalog import CatalogMemory, KnownColumn

log = logging.getLogger(__name__)


def refresh_catalog(
    catalog: Catalog,
    streams: Mapping[str, Stream],
    memory: CatalogMemory,
    standing: StandingWarnings,
    rule: Callable[[str, str], str | None],
) -> Iterator[tuple[str, ConfigError | None]]:
    """Change the catalog's entries to what their streams are now, and warn of what has changed.

    Args:
        catalog: of the run.
        streams: of the run, by name.
        memory: what the catalog knows of its streams.
        standing: which warnings were logged already.
        rule: what the schema contract says of a stream's `tables`, `columns` or `types`.

    Yields:
        The streams that cannot be read: with an error if a type of the catalog does not hold any
        more, or the schema contract forbids what the base has, without one if they are no longer
        there.

    Raises:
        ConfigError: the catalog gives a selected stream another key or replication key.
    """
    for entry in catalog.streams:
        stream = streams.get(entry.tap_stream_id)
        selected = entry.metadata.resolve_selection()
        if isinstance(stream, TableStream):
            if selected[()]:
                _check_keys(stream)
                warn_of_new_names(stream, standing)
                entry.key_properties = [KEY]
            names = {name for name in entry.schema.properties or () if selected["properties", name]}
            rules = {subject: rule(stream.name, subject) for subject in CONTRACT_SUBJECTS}
            known = stream.plan.known or memory.stream_called(stream.name)
            error = None
            if selected[()]:
                error = judge_other_table(stream, known, standing, rules["tables"])
            known_columns = known.columns if known else {}
            error = error or _refresh_entry(entry, stream, known_columns, names, standing, rules)
            if error is not None and selected[()]:
                yield stream.name, error
        elif stream is None and selected[()]:
            yield entry.tap_stream_id, None
    yield from _judge_new_tables(catalog, streams, standing, rule)


def check_bases(origins: Mapping[str, Mapping[str, str]], streams: Iterable[TableStream]) -> None:
    """Check that a catalog that has ids for names was made from the same base.

    Raises:
        ConfigError: the catalog was made from another base.
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
        ConfigError: the catalog changes one of these.
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
        stream.replication_key = None  # a SCHEMA with bookmark_properties would say otherwise
        return
    stream.replication_key = stream.replication_key or REPLICATION_KEY
    if stream.replication_key != REPLICATION_KEY:
        raise ConfigError(
            f"The catalog gives stream {stream.name!r} the replication key "
            f"{stream.replication_key!r}. Changes are detected by {REPLICATION_KEY} and no "
            "other column: leave it out of the catalog, or set the replication method to "
            "FULL_TABLE to have all rows in each run."
        )


def _judge_new_tables(
    catalog: Catalog,
    streams: Mapping[str, Stream],
    standing: StandingWarnings,
    rule: Callable[[str, str], str | None],
) -> Iterator[tuple[str, ConfigError]]:
    """Leave out the tables that the catalog does not know, or select them, or refuse them."""
    known = {entry.tap_stream_id for entry in catalog.streams}
    left_out = []
    for name, stream in streams.items():
        if not isinstance(stream, TableStream) or name in known:
            continue
        table = stream.plan.origin["name"]
        decision = rule(name, "tables")
        if decision == "evolve":
            stream.selected = True
            catalog[name] = stream.catalog_entry
            standing.inform(log, "Stream %r is read, although the catalog does not know it.", name)
        elif decision == "freeze":
            yield name, unknown_to_catalog("The base has table", [table], "tables")
        else:
            left_out.append(table)
    if left_out:
        is_one = len(left_out) == 1
        standing.warn(
            log,
            "The catalog does not know %s %s. %s not read. %s to have %s.",
            "table" if is_one else "tables",
            ", ".join(map(repr, left_out)),
            "It is" if is_one else "They are",
            DISCOVER,
            "it" if is_one else "them",
        )


def _refresh_entry(
    entry: CatalogEntry,
    stream: TableStream,
    known_columns: Mapping[str, KnownColumn],
    selected: Collection[str],
    standing: StandingWarnings,
    rules: Mapping[str, str | None],
) -> ConfigError | None:
    """Change one entry; return why the stream cannot be read, if it cannot."""
    known = dict(entry.schema.properties or {})
    offered = stream.plan.schema["properties"]
    error = None
    if entry.metadata.resolve_selection()[()]:
        error = _judge_new_columns(entry, stream, known, standing, rules["columns"])
    selected_names = [name for name in known if name in selected]
    warn_of_gone_columns(stream, known_columns, selected_names, standing)
    warn_of_renamed_columns(stream, selected_names, standing)
    dropped, refusal = judge_other_columns(stream, selected_names, standing, rules["columns"])
    error = error or refusal
    read = [name for name in selected_names if name not in dropped]
    changed = {
        name: known[name].to_dict()
        for name in read
        if name in offered and known[name].to_dict() != offered[name]
    }
    unfit = (
        {}
        if rules["types"] == "evolve"
        else find_unfit_types(stream, known_columns, changed, offered)
    )
    if unfit and rules["types"] == "drop_value":
        dropped |= unfit.keys()
        standing.warn(
            log,
            "Stream %r: %s, and schema_contract says drop_value for types; the values are null.",
            stream.name,
            ", ".join(unfit.values()),
        )
    elif rules["types"] == "freeze":
        unfit |= find_other_types(stream, known_columns, read)
    if unfit and not dropped.issuperset(unfit):
        error = error or unfit_types(stream.name, unfit.values())
    if others := [name for name in changed if name not in unfit and error is None]:
        standing.warn(
            log,
            "Stream %r: the type of %s has changed since the catalog was made; the base's is used.",
            stream.name,
            ", ".join(map(repr, others)),
        )
    entry.schema.properties = {
        name: known[name]
        if name not in offered or name in dropped
        else Schema.from_dict(offered[name])
        for name in [*known, *sorted(AUTOMATIC - known.keys())]
    }
    stream.restrict_to(entry.schema.properties, without_values=dropped)
    return error


def _judge_new_columns(
    entry: CatalogEntry,
    stream: TableStream,
    known: dict[str, Schema],
    standing: StandingWarnings,
    rule: str | None,
) -> ConfigError | None:
    """Add the columns that the catalog does not know, or leave them out, or refuse them."""
    plan = stream.plan
    new = {name: column.name for name, column in plan.properties.items() if name not in known}
    if not new:
        return None
    if rule == "freeze":
        finding = f"Stream {stream.name!r}: the base has the columns"
        return unknown_to_catalog(finding, new.values(), "columns")
    if rule == "evolve":
        for name in new:
            known[name] = Schema.from_dict(plan.schema["properties"][name])
            entry.metadata["properties", name] = ColumnMetadata(
                selected=True, x_seatable=plan.describe_column(name)
            )
        stream.selected = entry.metadata.resolve_selection()[()]
        standing.inform(
            log, "Stream %r: new columns are read: %s.", stream.name, ", ".join(new.values())
        )
        return None
    standing.warn(
        log,
        "Stream %r: the base has %s, which the catalog does not know. %s to have it.",
        stream.name,
        ", ".join(map(repr, new.values())),
        DISCOVER,
    )
    return None
