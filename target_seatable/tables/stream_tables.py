"""The tables that a run loads into: found, or made from what streams say about themselves."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec
from seatable_client.column_types.date_writers import Writing
from seatable_client.column_types.registry import type_of
from seatable_client.errors import ConfigError, NotFound, PermissionDenied
from singer_seatable.contract import SDC_DELETED_AT
from target_seatable.rows.attachments import Attachments
from target_seatable.rows.fields import Field, LinkField
from target_seatable.rows.layout import Layout
from target_seatable.rows.value_writers import Writers
from target_seatable.schema import column_types, copied_formulas, names
from target_seatable.schema.new_columns import ColumnPlanner, first_column_first, recreates_computed
from target_seatable.schema.stream_schema import ROW_ID
from target_seatable.tables import big_data
from target_seatable.tables.base_tables import BaseTables
from target_seatable.tables.row_limit import RowLimit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seatable_client.connection import Connection
    from seatable_client.metadata import Column, NewColumn, Table
    from target_seatable.schema.stream_schema import StreamSchema

ROW_ID_COLUMN = "source_id"
"""The column that holds which row of another base a row is a copy of."""

log = logging.getLogger(__name__)


class StreamTables(BaseTables):
    """The tables of the streams.

    Args:
        connection: the base.
        config: the target's settings.

    Attributes:
        room: how many rows the base still takes.

    Raises:
        ConfigError: a setting cannot be right.
        PermissionDenied: the base may only be read.
    """

    def __init__(self, connection: Connection, config: Mapping[str, Any]) -> None:
        rehearses = bool(config.get("dry_run"))
        _check_links(config.get("links") or ())
        if connection.base.permission == "r" and not rehearses:
            raise PermissionDenied(
                f"Cannot load into base {connection.base.name!r}: the credential only permits "
                "reading. Make an API token with read-write permission (in the base's menu, "
                "Advanced, API Token), or have the base shared with the account for editing."
            )
        super().__init__(connection.base, rehearses=rehearses)
        if connection.base.permission == "r":
            log.warning(
                "Base %r may only be read with this credential: to load takes one that permits "
                "writing, too.",
                connection.base.name,
            )
        big_data.check_base(self.base, self._metadata)
        self.room = RowLimit(self.base, config, lambda: self._metadata, rehearses=self.rehearses)
        self._config = config
        self._streams: dict[str, str] = {}
        self._made: set[str] = set()
        self._writing = Writing(
            zone=connection.zone() if config.get("server_timezone") != "auto" else None,
            cut_seconds=config.get("on_precision_loss") == "truncate",
        )
        self._connection = connection
        self._announced: set[str] = set()
        self._attachments = Attachments(self.base, config, rehearses=self.rehearses)
        self._maker = ColumnPlanner(config, self._writing, self._announce)
        self._write_to = Writers(config, self._writing, self._announce, self.base.related_users)

    @property
    def adds_columns(self) -> bool:
        """Whether columns that a table does not have are made."""
        return bool(self._config.get("add_columns", True))

    @cached_property
    def _marking(self) -> Writing:
        """How marks are written: by the minute, at the present offset if no zone is set."""
        return Writing(zone=self._connection.zone() or timezone.utc, cut_seconds=True)

    def table(self, stream: StreamSchema) -> Table | None:
        """The stream's table; None if the base does not have it.

        Raises:
            ConfigError: the table belongs to another stream, or cannot be called so.
        """
        name = self.table_name(stream)
        tables = self._metadata.tables
        found = [one for one in tables if one.name == name] or [
            one for one in tables if one.name.casefold() == name.casefold()
        ]
        if len(found) > 1:
            raise ConfigError(
                f"Stream {stream.name!r}: the base has the tables "
                f"{', '.join(repr(one.name) for one in found)}, which SeaTable's SQL takes for "
                "one. Name the right one in table_mapping."
            )
        if not found:
            return None
        source = stream.source
        if (source.get("base"), source.get("table_id", source.get("id"))) == (
            self.base.id,
            found[0].id,
        ):
            raise ConfigError(
                f"Stream {stream.name!r} is table {found[0].name!r} of this very base: each of its "
                "rows would be doubled. Load it into another base, or name another table in "
                "table_mapping."
            )
        if found[0].name != name:
            self._announce(
                f"Stream {stream.name!r} goes into the existing table {found[0].name!r}."
            )
        return found[0]

    def table_name(self, stream: StreamSchema) -> str:
        """The name of the stream's table.

        Raises:
            ConfigError: the table belongs to another stream, or cannot be called so.
        """
        mapped = (self._config.get("table_mapping") or {}).get(stream.name)
        given = str(stream.source.get("name") or stream.name)
        name = mapped or names.cleaned(given)
        if name != names.cleaned(name):
            raise ConfigError(
                f"table_mapping sends stream {stream.name!r} to table {name!r}, which cannot be: "
                "names of tables have no . { } or backticks."
            )
        owner = self._streams.setdefault(name.casefold(), stream.name)
        if owner != stream.name:
            raise ConfigError(
                f"The streams {owner!r} and {stream.name!r} would both go into table {name!r}. "
                "Give each a table of its own with table_mapping."
            )
        if name not in {given, mapped}:
            self._announce(
                f"Stream {stream.name!r} goes into table {name!r}: a name cannot have . {{ }} `"
            )
        return name

    def layout(self, stream: StreamSchema, sample: Sequence[Mapping[str, Any]]) -> Layout:
        """Where the records of a stream go; the table and its columns are made if need be.

        Args:
            stream: the stream.
            sample: its first records.

        Raises:
            ConfigError: the settings do not allow what the stream needs, or names collide.
            NotFound: the table does not exist and create_tables is off.
        """
        if not stream.properties:
            raise ConfigError(
                f"Stream {stream.name!r} has a schema without properties: there is nothing to "
                "store. Check the source, or leave the stream out."
            )
        if unknown := [key for key in stream.keys if key not in stream.properties]:
            raise ConfigError(
                f"Stream {stream.name!r}: its key is {', '.join(map(repr, unknown))}, which is "
                f"none of its properties: {', '.join(map(repr, stream.properties))}. Choose others "
                "with key_properties."
            )
        named = names.column_names(stream.properties, stream.name)
        table = self.table(stream)
        if table is not None:
            named = self._matched(stream.name, named, table)
        has = table.by_name if table else {}
        later = {*stream.links, *self.remade(stream)}
        missing = {
            prop: name for prop, name in named.items() if name not in has and prop not in later
        }
        if table is not None:
            missing = self._without_doubles(stream, table, missing)
        if table is None or (missing and self._may_add(stream, table, missing)):
            new = self._maker.columns(stream, missing, sample, infer=table is None)
            table = self._create(stream, new) if table is None else self.add_columns(table, new)
            for prop, name in named.items():
                if prop != name and not (stream.source and prop == ROW_ID):
                    self._announce(f"Stream {stream.name!r}: {prop!r} goes into column {name!r}.")
        return self._laid_out(stream, named, table)

    def _matched(self, stream: str, named: Mapping[str, str], table: Table) -> dict[str, str]:
        """Column names as the table writes them: names that differ only in case are one."""
        folded = {column.name.casefold(): column.name for column in table.columns}
        matched = {
            prop: name if name in table.by_name else folded.get(name.casefold(), name)
            for prop, name in named.items()
        }
        for prop, name in matched.items():
            if name != named[prop]:
                self._announce(f"Stream {stream!r}: {prop!r} goes into existing column {name!r}.")
        return matched

    def _may_add(self, stream: StreamSchema, table: Table, missing: Mapping[str, str]) -> bool:
        if self.adds_columns:
            return True
        self._announce(
            f"Stream {stream.name!r}: left out, because table {table.name!r} has no column for it "
            f"and add_columns is off: {', '.join(map(repr, missing))}."
        )
        return False

    def may_add(self, table: Table) -> bool:
        """Whether columns may be added to a table: always, if this run has made it."""
        return self.adds_columns or self.has_made(table)

    def has_made(self, table: Table) -> bool:
        """Whether this run has made the table, so that all in it is from this run."""
        return table.name in self._made

    def remade(self, stream: StreamSchema) -> list[str]:
        """The formulas and link formulas of a copied table that are to be made anew."""
        if not recreates_computed(self._config):
            return []
        chosen = (self._config.get("column_types") or {}).get(stream.name) or {}
        remade = []
        for prop in stream.computed:
            if prop in chosen:
                continue
            if reason := copied_formulas.obstacle(stream, prop):
                self._announce(
                    f"Stream {stream.name!r}: {prop!r} becomes a column of its values instead of "
                    f"{stream.told(prop)['type']}, because {reason}."
                )
                continue
            remade.append(prop)
        return remade

    def _without_doubles(
        self, stream: StreamSchema, table: Table, missing: Mapping[str, str]
    ) -> dict[str, str]:
        """The properties without those whose columns a table can have once, and has."""
        has = {
            column.type: column.name for column in table.columns if type_of(column).once_per_table
        }
        kept = {}
        for prop, name in missing.items():
            column = column_types.remade_column(name, stream.properties[prop])
            if column is None or column.type not in has or not recreates_computed(self._config):
                kept[prop] = name
                continue
            self._announce(
                f"Stream {stream.name!r}: {prop!r} is left out, because table {table.name!r} has "
                f"{has[column.type]!r}, which is of type {column.type}, and cannot have two."
            )
        return kept

    def _create(self, stream: StreamSchema, new: Sequence[NewColumn]) -> Table:
        name = self.table_name(stream)
        if not self._config.get("create_tables", True):
            known = ", ".join(repr(table.name) for table in self._metadata.tables) or "none"
            raise NotFound(
                f"Stream {stream.name!r}: the base has no table {name!r}, and create_tables is "
                f"off. Its tables are: {known}."
            )
        ordered = first_column_first(new, stream)
        first = names.cleaned(next(iter(stream.properties)))
        if stream.source and ordered[0].name != first:
            self._announce(
                f"Stream {stream.name!r}: {ordered[0].name!r} is the first column of table "
                f"{name!r}, because {first!r} is made later. Links show the first column."
            )
        self._made.add(name)
        return self.create_table(name, ordered)

    def _laid_out(self, stream: StreamSchema, named: Mapping[str, str], table: Table) -> Layout:
        fields: dict[str, Field] = {}
        links: list[LinkField] = []
        for prop, name in named.items():
            column = table.by_name.get(name)
            if column is not None and column.type == "link":
                links.append(self._link(stream, prop, column))
                continue
            if column is None:
                if prop in stream.links:
                    links.append(LinkField(prop, name, ROW_ID_COLUMN))
                continue
            if column.type == stream.told(prop).get("type") and prop in stream.computed:
                continue
            if self._linked_by(stream, prop):
                raise ConfigError(
                    f"links names {stream.name}.{prop}, and column {name!r} of table "
                    f"{table.name!r} is no link but of type {column.type}."
                )
            write = self._write_to(stream, prop, column)
            if write is None and column.type == stream.told(prop).get("type"):
                self._announce(
                    f"Stream {stream.name!r}: the values of {prop!r} are not copied, because "
                    f"SeaTable fills columns of type {column.type} itself. To have them, set "
                    "computed_columns to values, or give the property a plain type in "
                    "column_types, before the table is made."
                )
                continue
            if write is None:
                self._announce(
                    f"Stream {stream.name!r}: {prop!r} is left out, because column {name!r} of "
                    f"table {table.name!r} is of type {column.type}, which is not written."
                )
                continue
            write = self._attachments.writer(table, column, write)
            fields[prop] = Field(prop, column, write, self._write_to.bulk(stream, prop, column))
        if not fields:
            raise ConfigError(
                f"Stream {stream.name!r}: table {table.name!r} has no column to write into."
            )
        return Layout(
            table,
            tuple(fields.values()),
            self._keys(stream, fields, table),
            self._mark(table),
            self._all_links(stream, links),
        )

    def _all_links(self, stream: StreamSchema, links: Sequence[LinkField]) -> tuple[LinkField, ...]:
        """The links of a stream, and that of the elements of an array to what they belong to."""
        own = (stream.branch.link_field,) if stream.branch else ()
        big_data.check_links(self.base, stream.name, [link.property for link in links])
        return (*links, *own)

    def _linked_by(self, stream: StreamSchema, prop: str) -> str | None:
        """The column of the other table that the values of a property are in, by the settings."""
        return (self._config.get("links") or {}).get(f"{stream.name}.{prop}")

    def _link(self, stream: StreamSchema, prop: str, column: Column) -> LinkField:
        by = self._linked_by(stream, prop)
        return LinkField(prop, column.name, by or (ROW_ID_COLUMN if prop in stream.links else None))

    def creates_missing_rows(self, stream: StreamSchema, link: LinkField, other: Table) -> bool:
        """Whether a row that a link names and the other table does not have is made there.

        Only where `links` names the column that tells its rows apart: an id cannot be chosen. Not
        in a table that this run makes equal to its stream.
        """
        named = self._linked_by(stream, link.property) is not None
        if not (named and self._config.get("create_missing_links")):
            return False
        overwrites = self._config.get("load_method") == "overwrite"
        if overwrites and other.name.casefold() in self._streams:
            self._announce(
                f"Rows that links of stream {stream.name!r} name are not made in table "
                f"{other.name!r}, because this run overwrites it."
            )
            return False
        return True

    def with_mark(self, layout: Layout) -> Layout:
        """The layout with a column that tells when the source has deleted a row."""
        new = column_types.new_column(
            SDC_DELETED_AT, "date", {"format": column_types.MINUTE_FORMAT}
        )
        table = self.add_columns(layout.table, [new])
        return replace(layout, table=table, mark=self._mark(table))

    def _mark(self, table: Table) -> Field | None:
        column = table.by_name.get(SDC_DELETED_AT)
        write = codec.writer(column, self._marking) if column else None
        return Field(SDC_DELETED_AT, column, write) if column and write else None

    def _keys(
        self, stream: StreamSchema, fields: Mapping[str, Field], table: Table
    ) -> tuple[Field, ...]:
        for key in stream.keys:
            column: Column | None = fields[key].column if key in fields else None
            if column is None or not type_of(column).can_be_key:
                why = f"is of type {column.type}" if column else "is not written"
                raise ConfigError(
                    f"Stream {stream.name!r}: key property {key!r} cannot tell the rows of table "
                    f"{table.name!r} apart, because it {why}. Choose others with key_properties, "
                    "or another type with column_types."
                )
        return tuple(fields[key] for key in stream.keys)

    def _announce(self, sentence: str) -> None:
        if sentence not in self._announced:
            self._announced.add(sentence)
            log.warning("%s", sentence)


def _check_links(names: Iterable[str]) -> None:
    for name in names:
        if not all(name.rpartition(".")[::2]):
            raise ConfigError(
                f"links names {name!r}; it takes a stream, a dot and a property, such as "
                "'orders.customer'."
            )
