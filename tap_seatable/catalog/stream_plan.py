"""From a base's tables to streams: which tables, what they are called, what their schemas are."""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import Metadata as PropertyMetadata
from singer_sdk.singerlib.catalog import StreamMetadata

from seatable_client.column_types import codec
from seatable_client.column_types.codec import SYSTEM_COLUMNS
from seatable_client.errors import SettingError
from tap_seatable.catalog.patterns import matches
from tap_seatable.catalog.row_filter import Bounds
from tap_seatable.records.attachments import Attachments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from seatable_client.metadata import Column, Metadata, Table, View

log = logging.getLogger(__name__)

KEY = "_id"
REPLICATION_KEY = "_mtime"
DELETED_AT = "_deleted_at"
"""When a row was deleted, null in rows that live. Unlike `_sdc_deleted_at` no loader strips it."""

GROUP_PATH = "_group_path"
"""The groups of a view that a row is in, outermost first."""

SYSTEM_NAMES = frozenset(
    {*(column.name for column in SYSTEM_COLUMNS), "_locked", "_locked_by", "_archived"}
)
"""Names that mean a row's own fields to servers, whatever the table's columns are called."""

AUTOMATIC = frozenset({KEY, REPLICATION_KEY, DELETED_AT})
"""Properties that are in every record, whatever is selected."""

EXTENSION = "x-seatable"
"""Keyword under which schemas carry what SeaTable knows, for target-seatable to rebuild."""


@dataclass(slots=True)
class TableMetadata(StreamMetadata):
    """Catalog metadata of a stream, with the table's id."""

    x_seatable: Mapping[str, Any] | None = None


@dataclass(slots=True)
class ColumnMetadata(PropertyMetadata):
    """Catalog metadata of a property, with the column's key."""

    x_seatable: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StreamPlan:
    """A table, or a view of one, as a stream.

    Attributes:
        base: the base's id.
        name: of the stream.
        table: as the base's metadata has it.
        properties: the columns by the names under which records carry them, in the table's order
            after the system columns.
        bounds: which rows of the table there are.
        attachments: what is done with the files that cells refer to.
    """

    base: str
    name: str
    table: Table
    properties: Mapping[str, Column]
    bounds: Bounds
    attachments: Attachments

    @property
    def groups(self) -> list[Column]:
        """The columns by which the view groups its rows, outermost first."""
        by_key = {column.key: column for column in self.table.columns}
        rules = self.bounds.view.groups if self.bounds.view else ()
        return [by_key[key] for rule in rules if (key := rule.get("column_key")) in by_key]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of a record; every property but the key may be null."""
        properties: dict[str, Any] = {
            name: self.attachments.schema(column) for name, column in self.properties.items()
        }
        properties[KEY] = {"type": "string"}
        properties[DELETED_AT] = {"type": ["string", "null"], "format": "date-time"}
        if self.groups:
            items = {"type": ["string", "null"]}
            properties[GROUP_PATH] = {"type": ["array", "null"], "items": items}
        return {"type": "object", "properties": properties}

    @property
    def extensions(self) -> Mapping[str, Mapping[str, Any]]:
        """What each property carries under `x-seatable`; that of the table under an empty name.

        Names and keys are how formulas and lookups refer to columns, whatever properties are
        called. Buttons are no properties, so the table tells of them.
        """
        before = dict(itertools.pairwise(column.key for column in reversed(self.table.columns)))
        buttons = [{**_told(column), "after": before.get(column.key)} for column in self._buttons]
        return {
            "": {**self.origin, "buttons": buttons} if buttons else self.origin,
            **{name: _told(column) for name, column in self.properties.items() if name != KEY},
        }

    @property
    def _buttons(self) -> list[Column]:
        """The table's buttons; a view, which is a table of its own elsewhere, has none."""
        codec = () if self.bounds.view else self.table.columns
        return [column for column in codec if column.type == "button"]

    @property
    def origin(self) -> dict[str, Any]:
        """The table; or the view, which is not to be taken for the table it shows a part of."""
        table, view = self.table, self.bounds.view
        if view is None:
            return {"name": table.name, "id": table.id, "base": self.base}
        return {
            "name": f"{table.name}_{view.name}",
            "id": origin_id(table, view),
            "base": self.base,
            "table_id": table.id,
            "view_id": view.id,
        }


def origin_id(table: Table, view: View) -> str:
    """The id of what a view's stream is made from: those of the table and of the view."""
    return f"{table.id}_{view.id}"


def _told(column: Column) -> dict[str, Any]:
    return {
        "key": column.key,
        "name": column.name,
        "type": column.type,
        "data": column.data or None,
    }


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
            Bounds(table, where=(where or {}).get(table.name, "")),
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
            Bounds(table, view=view),
            attachments,
        )
        for key, (table, view) in known.items()
        if {"table": table.name, "view": view.name} in wanted
    ]


def check_views(wanted: Sequence[Mapping[str, str]], bases: Sequence[Metadata]) -> None:
    """See that every entry of the setting `views` means something.

    Servers show all rows of the table for a view that they do not know.

    Raises:
        SettingError: an entry names a table or a view that is in none of the bases.
    """
    check_tables("views", (entry["table"] for entry in wanted), bases)
    tables = [table for metadata in bases for table in metadata.tables]
    for entry in wanted:
        views = [view for table in tables if table.name == entry["table"] for view in table.views]
        if not any(view.name == entry["view"] for view in views):
            known = ", ".join(repr(view.name) for view in views) or "none"
            raise SettingError(
                f"The setting views names view {entry['view']!r} of table {entry['table']!r}, but "
                f"the table has no such view. Its views are: {known}."
            )


def check_tables(
    setting: str, wanted: Iterable[str], bases: Sequence[Metadata], *, patterns: bool = False
) -> None:
    """See that everything means something by which a setting names tables.

    Raises:
        SettingError: a name, or a pattern, is that of no table of the bases.
    """
    for one in unmatched(wanted, bases, patterns=patterns):
        known = ", ".join(repr(table.name) for table in bases[0].tables) if bases else ""
        raise SettingError(
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
    if codec.of(column) is codec.UNKNOWN:
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


def distinct(names: Mapping[str, str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Names by id, made different from each other and from those taken.

    Names count as the same that a warehouse which ignores case would confuse. All of them get
    their id appended, so that a name does not depend on an order.
    """
    result = dict(names)
    reserved = Counter(name.casefold() for name in taken)
    for attempt in itertools.count():
        uses = reserved + Counter(name.casefold() for name in result.values())
        crowded = [key for key, name in result.items() if uses[name.casefold()] > 1]
        if not crowded:
            break
        for key in crowded:
            # Ids can differ in case only, too; written as digits they do not.
            suffix = key.encode().hex() if attempt else key
            result[key] = f"{result[key]}_{suffix}"
    return result
