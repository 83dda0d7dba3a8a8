"""Discovers the streams of a base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.column_types import codec, registry
from seatable_client.errors import ConfigError
from seatable_client.metadata import SYSTEM_COLUMNS
from singer_seatable.contract import DELETED_AT
from tap_seatable.catalog.attachment_policy import Attachments
from tap_seatable.catalog.naming import distinct, matches
from tap_seatable.catalog.row_filter import RowFilter
from tap_seatable.catalog.stream_plan import GROUP_PATH, StreamPlan, log, origin_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from seatable_client.metadata import Column, Metadata, Table


SYSTEM_NAMES = frozenset(
    {*(column.name for column in SYSTEM_COLUMNS), "_locked", "_locked_by", "_archived"}
)
"""Names that mean a row's own fields to servers, whatever the table's columns are called."""


def plan_streams(
    metadata: Metadata,
    *,
    base: str,
    tables: Sequence[str] | None,
    exclude_tables: Sequence[str] | None,
    by_id: bool,
    where: Mapping[str, str] | None = None,
    attachments: Attachments | None = None,
    views: Sequence[Mapping[str, str]] = (),
) -> list[StreamPlan]:
    """Decide which tables and views of a base become streams, and what everything is called."""
    wanted = [
        table
        for table in metadata.tables
        if (not tables or matches(table.name, tables))
        and not matches(table.name, exclude_tables or ())
    ]
    names = _stream_names(metadata.tables, by_id=by_id)
    attachments = attachments or Attachments()
    return [
        StreamPlan(
            base,
            names[table.id],
            table,
            _properties(table, by_id=by_id),
            RowFilter(table, where=(where or {}).get(table.name, "")),
            attachments,
        )
        for table in wanted
    ] + _view_plans(metadata.tables, names.values(), views, attachments, base=base, by_id=by_id)


def _view_plans(
    tables: Sequence[Table],
    taken: Iterable[str],
    wanted: Sequence[Mapping[str, str]],
    attachments: Attachments,
    *,
    base: str,
    by_id: bool,
) -> list[StreamPlan]:
    """The plans of views. Their names give way to those of tables, and never the other way."""
    known = {origin_id(table, view): (table, view) for table in tables for view in table.views}
    names = distinct(
        {
            key: key if by_id else f"{table.name}_{view.name}".replace("-", "_")
            for key, (table, view) in known.items()
        },
        taken,
    )
    return [
        StreamPlan(
            base,
            names[key],
            table,
            _properties(table, by_id=by_id, hidden=view.hidden_columns),
            RowFilter(table, view=view),
            attachments,
        )
        for key, (table, view) in known.items()
        if {"table": table.name, "view": view.name} in wanted
    ]


def check_views(wanted: Sequence[Mapping[str, str]], bases: Sequence[Metadata]) -> None:
    """See that every entry of the setting `views` means something.

    Servers show all rows of the table for a view that they do not know.

    Raises:
        ConfigError: an entry names a table or a view that is in none of the bases.
    """
    check_tables("views", (entry["table"] for entry in wanted), bases)
    tables = [table for metadata in bases for table in metadata.tables]
    for entry in wanted:
        views = [view for table in tables if table.name == entry["table"] for view in table.views]
        if not any(view.name == entry["view"] for view in views):
            known = ", ".join(repr(view.name) for view in views) or "none"
            raise ConfigError(
                f"The setting views names view {entry['view']!r} of table {entry['table']!r}, but "
                f"the table has no such view. Its views are: {known}."
            )


def check_tables(
    setting: str, wanted: Iterable[str], bases: Sequence[Metadata], *, patterns: bool = False
) -> None:
    """See that everything means something by which a setting names tables.

    Raises:
        ConfigError: a name, or a pattern, is that of no table of the bases.
    """
    for one in unmatched(wanted, bases, patterns=patterns):
        known = ", ".join(repr(table.name) for table in bases[0].tables) if bases else ""
        raise ConfigError(
            f"The setting {setting} names {one!r}, but the base has no such table. "
            f"Its tables are: {known or 'none'}."
            if len(bases) == 1
            else f"The setting {setting} names {one!r}, but none of the bases has such a table."
        )


def unmatched(
    wanted: Iterable[str], bases: Sequence[Metadata], *, patterns: bool = True
) -> list[str]:
    """The names, or patterns, that are those of no table of the bases."""
    names = [table.name for metadata in bases for table in metadata.tables]
    return [
        one
        for one in wanted
        if not any(matches(name, [one]) if patterns else name == one for name in names)
    ]


def _stream_names(tables: Iterable[Table], *, by_id: bool) -> dict[str, str]:
    """The stream name of each table, by table id.

    Targets read `a-b` as table b of schema a, so `-` becomes `_`. All tables of the base count,
    selected or not: a name must not depend on what else is selected.
    """
    return distinct(
        {table.id: table.id if by_id else table.name.replace("-", "_") for table in tables}
    )


def _properties(table: Table, *, by_id: bool, hidden: Collection[str] = ()) -> dict[str, Column]:
    """The properties of a table's stream: system columns, then its own that are not hidden."""
    properties = {column.name: column for column in SYSTEM_COLUMNS}
    reserved = {*properties, DELETED_AT, GROUP_PATH}
    own = {
        column.key: column
        for column in codec.queryable(table.columns)
        if column.key not in hidden and _readable(column, table)
    }
    wanted = {key: key if by_id else column.name for key, column in own.items()}
    # A ctime or mtime column seen by id is the system column that it shows.
    wanted = {key: name for key, name in wanted.items() if not (key == name and name in reserved)}
    for key, name in distinct(wanted, reserved).items():
        properties[name] = own[key]
    return properties


def _readable(column: Column, table: Table) -> bool:
    """Whether the column can be read by its name; warns of what a reader may not expect."""
    if registry.type_of(column) is registry.UNKNOWN:
        log.warning(
            "Table %r: column %r is of the unknown type %r; its values are read as JSON text.",
            table.name,
            column.name,
            column.type,
        )
    system = column.name.casefold()
    if system in SYSTEM_NAMES and column.key != column.name:
        log.warning(
            "Table %r: column %r is left out, because SeaTable shows the row's own %s under that "
            "name. Rename it in the base to have it.",
            table.name,
            column.name,
            system,
        )
        return False
    return True
