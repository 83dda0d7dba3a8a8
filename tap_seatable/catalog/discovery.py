"""From a base's tables and views to streams: which of them, and what everything is called."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.column_types import codec, registry
from seatable_client.errors import ConfigError
from seatable_client.metadata import SYSTEM_COLUMNS
from singer_seatable.contract import DELETED_AT, GROUP_PATH, property_name
from singer_seatable.run_log import StandingWarnings
from tap_seatable.catalog.attachment_policy import AttachmentPolicy
from tap_seatable.catalog.catalog_memory import CatalogMemory
from tap_seatable.catalog.condition import Condition, read_condition
from tap_seatable.catalog.naming import make_distinct, matches, shorten
from tap_seatable.catalog.row_filter import RowFilter
from tap_seatable.catalog.stream_plan import StreamPlan, origin_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from seatable_client.metadata import Column, Metadata, Table, View
    from tap_seatable.catalog.catalog_memory import KnownColumn, KnownStream
    from tap_seatable.config import TapConfig

log = logging.getLogger(__name__)

SYSTEM_NAMES = frozenset(
    {*(column.name for column in SYSTEM_COLUMNS), "_locked", "_locked_by", "_archived"}
)
"""Names that mean a row's own fields to servers, whatever the table's columns are called."""


def plan_streams(
    metadata: Metadata,
    base_id: str,
    config: TapConfig,
    memory: CatalogMemory | None = None,
    standing: StandingWarnings | None = None,
) -> list[StreamPlan]:
    """Decide which tables and views of a base become streams, and what everything is called.

    Args:
        metadata: the base's structure.
        base_id: its id.
        config: the settings.
        memory: what a catalog of an earlier discovery knows of its tables.
        standing: which warnings were logged already.
    """
    memory, standing = memory or CatalogMemory(), standing or StandingWarnings()
    names = _stream_names(metadata.tables, config)
    in_settings = {table.id: memory.names_of(base_id, table, metadata) for table in metadata.tables}
    formulas = tuple(
        str(column.data["formula"])
        for table in metadata.tables
        for column in table.columns
        if column.data.get("formula")
    )
    plans = []
    for table in metadata.tables:
        aliases = in_settings[table.id]
        if config.tables and not any(matches(name, config.tables) for name in aliases):
            continue
        if any(matches(name, config.exclude_tables) for name in aliases):
            continue
        where = next((config.where[name] for name in aliases if name in config.where), "")
        known = memory.stream(base_id, table.id)
        condition = read_condition(where, table, known)
        rows = RowFilter(
            table,
            where=condition.text,
            setting=where,
            named=condition.named,
            start_date=config.start_date,
            formulas=formulas,
        )
        plans.append(
            _plan(base_id, names[table.id], rows, config, known, standing, condition=condition)
        )
    views = {
        origin_id(table, view): (table, view) for table in metadata.tables for view in table.views
    }
    for key, name in _view_names(views, names.values(), config).items():
        table, view = views[key]
        aliases = in_settings[table.id]
        view_names = memory.names_of_view(base_id, table, view)
        if any(
            {"table": alias, "view": view_name} in config.views
            for alias in aliases
            for view_name in view_names
        ):
            rows = RowFilter(table, view=view, start_date=config.start_date, formulas=formulas)
            known = memory.stream(base_id, key)
            plans.append(_plan(base_id, name, rows, config, known, standing))
    return plans


def stream_names(
    plans: Sequence[StreamPlan],
    full_name: Callable[[str], str],
    kept: Collection[str],
    *,
    max_bytes: int | None = None,
) -> dict[str, str]:
    """The names of a base's streams, by the ids of their origins.

    Args:
        plans: the streams.
        full_name: completes a name by the base's.
        kept: names of all streams, of all bases, that the catalog knows; other tables may be called
            so now.
        max_bytes: how long the table's part of a name may be; None for any length.
    """
    names = {plan.origin["id"]: full_name(plan.name) for plan in plans if not plan.known}
    known = {plan.origin["id"]: plan.known.name for plan in plans if plan.known}
    if max_bytes is not None:
        max_bytes += len(full_name("").encode())
    return known | make_distinct(names, kept, max_bytes=max_bytes)


def _plan(
    base_id: str,
    name: str,
    rows: RowFilter,
    config: TapConfig,
    known: KnownStream | None,
    standing: StandingWarnings,
    *,
    condition: Condition | None = None,
) -> StreamPlan:
    properties = _properties(
        rows.table,
        config,
        hidden=rows.view.hidden_columns if rows.view else (),
        known=known.columns if known else {},
        standing=standing,
    )
    policy = _attachment_policy(config)
    return StreamPlan(
        base_id, name, rows.table, properties, rows, policy, condition or Condition(""), known
    )


def _view_names(
    views: Mapping[str, tuple[Table, View]], taken: Iterable[str], config: TapConfig
) -> dict[str, str]:
    """The stream name of each view. They give way to those of tables."""
    limit = config.max_name_bytes
    names = {
        key: f"{table.name}_{view.name}".replace("-", "_") for key, (table, view) in views.items()
    }
    return make_distinct(
        {
            key: key if config.ids_as_names else shorten(name, key, limit)
            for key, name in names.items()
        },
        taken,
        max_bytes=limit,
    )


def check_views(views: Sequence[Mapping[str, str]], bases: Sequence[Metadata]) -> None:
    """Check that every entry of the setting `views` names a view.

    Servers show all rows of the table for a view that they do not know.

    Raises:
        ConfigError: an entry names a table or a view that is in none of the bases.
    """
    check_tables("views", (entry["table"] for entry in views), bases)
    tables = [table for metadata in bases for table in metadata.tables]
    for entry in views:
        known = [view for table in tables if table.name == entry["table"] for view in table.views]
        if not any(view.name == entry["view"] for view in known):
            names = ", ".join(repr(view.name) for view in known) or "none"
            raise ConfigError(
                f"The setting views names view {entry['view']!r} of table {entry['table']!r}, but "
                f"the table has no such view. Its views are: {names}."
            )


def check_tables(
    setting: str, names: Iterable[str], bases: Sequence[Metadata], *, patterns: bool = False
) -> None:
    """Check that every name, or pattern, of a setting matches a table.

    Raises:
        ConfigError: a name or pattern matches no table of the bases.
    """
    for name in find_unmatched(names, bases, patterns=patterns):
        known = ", ".join(repr(table.name) for table in bases[0].tables) if bases else ""
        raise ConfigError(
            f"The setting {setting} names {name!r}, but the base has no such table. "
            f"Its tables are: {known or 'none'}."
            if len(bases) == 1
            else f"The setting {setting} names {name!r}, but none of the bases has such a table."
        )


def find_unmatched(
    names: Iterable[str], bases: Sequence[Metadata], *, patterns: bool = True
) -> list[str]:
    """Return the names, or patterns, that match no table of the bases."""
    tables = [table.name for metadata in bases for table in metadata.tables]
    return [
        name
        for name in names
        if not any(matches(table, [name]) if patterns else table == name for table in tables)
    ]


def _attachment_policy(config: TapConfig) -> AttachmentPolicy:
    is_download = config.attachments == "download"
    return AttachmentPolicy(config.attachments, config.attachments_path if is_download else "")


def _stream_names(tables: Iterable[Table], config: TapConfig) -> dict[str, str]:
    """The stream name of each table, by table id.

    Targets read `a-b` as table b of schema a, so `-` becomes `_`. All tables of the base count,
    selected or not: a name must not depend on what else is selected.
    """
    limit = config.max_name_bytes
    return make_distinct(
        {
            table.id: table.id
            if config.ids_as_names
            else shorten(table.name.replace("-", "_"), table.id, limit)
            for table in tables
        },
        max_bytes=limit,
    )


def _properties(
    table: Table,
    config: TapConfig,
    *,
    hidden: Collection[str] = (),
    known: Mapping[str, KnownColumn],
    standing: StandingWarnings,
) -> dict[str, Column]:
    """The properties of a table's stream: system columns, then its own that are not hidden.

    A column that the catalog knows has the property that it has there, whatever it is called now.
    """
    properties = {column.name: column for column in SYSTEM_COLUMNS}
    reserved = {*properties, DELETED_AT, GROUP_PATH}
    columns = {
        column.key: column
        for column in codec.queryable(table.columns)
        if column.key not in hidden and _is_readable(column, table, standing)
    }
    kept: dict[str, str] = {}
    for name, column in known.items():
        is_free = name.casefold() not in reserved and property_name(name, column.key) == name
        if is_free and column.key in columns:
            kept.setdefault(column.key, name)
    names = {
        key: key
        if config.ids_as_names
        else shorten(property_name(column.name, key), key, config.max_name_bytes)
        for key, column in columns.items()
        if key not in kept
    }
    # A ctime or mtime column seen by id is the system column that it shows.
    names = {key: name for key, name in names.items() if not (key == name and name in reserved)}
    taken = {*reserved, *kept.values()}
    names = kept | make_distinct(names, taken, max_bytes=config.max_name_bytes)
    properties |= {names[key]: column for key, column in columns.items() if key in names}
    return properties


def _is_readable(column: Column, table: Table, standing: StandingWarnings) -> bool:
    """Whether the column can be read by its name; warns of types and names that surprise."""
    if registry.type_of(column) is registry.UNKNOWN:
        standing.warn(
            log,
            "Table %r: column %r is of the unknown type %r; its values are read as JSON text.",
            table.name,
            column.name,
            column.type,
        )
    system = column.name.casefold()
    if system in SYSTEM_NAMES and column.key != column.name:
        standing.warn(
            log,
            "Table %r: column %r is skipped, because SeaTable shows the row's own %s under that "
            "name. Rename the column in the base to read it.",
            table.name,
            column.name,
            system,
        )
        return False
    return True
