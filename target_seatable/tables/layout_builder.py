"""The layout of a stream in its table: which property goes into which column, and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import Writing, codec, type_of
from seatable_client.errors import ConfigError
from singer_seatable.contract import SDC_DELETED_AT
from target_seatable.rows import Attachments, ColumnReader, Field, Layout, LinkField, ValueWriters
from target_seatable.schema import (
    chosen_column,
    is_declared,
    is_untyped_text,
    proposed_column,
)
from target_seatable.tables import big_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.connection import Connection
    from seatable_client.metadata import Column, Table
    from target_seatable.rows import PropertyFormats
    from target_seatable.schema import StreamNotes, StreamSchema
    from target_seatable.settings import TargetConfig
    from target_seatable.tables.base_tables import BaseTables

ROW_ID_COLUMN = "source_id"
"""The column that holds which row of another base a row is a copy of."""


class LayoutBuilder:
    """Builds the layouts of streams.

    Args:
        tables: the tables of the base.
        connection: the base, with the zone of its server.
        settings: the target's settings.
        formats: what the texts of each property mean.
        notes: what the run logs of tables and columns.

    Attributes:
        writing: how values are written.
    """

    def __init__(
        self,
        tables: BaseTables,
        connection: Connection,
        settings: TargetConfig,
        formats: PropertyFormats,
        notes: StreamNotes,
    ) -> None:
        self._policy = settings.policy
        self.writing = Writing(
            zone=connection.zone() if settings.server_timezone != "auto" else None,
            cut_seconds=settings.on_precision_loss == "truncate",
        )
        self._base = tables.base
        self._connection = connection
        self._links = settings.links
        self._column_types = settings.column_types
        self._formats = formats
        self._notes = notes
        self._readers: dict[tuple[str, str, str, Any], ColumnReader] = {}
        self._key_columns: dict[tuple[str, str], Column] = {}
        self._attachments = Attachments(tables.base, settings, dry_run=tables.dry_base is not None)
        self._writers = ValueWriters(settings, self.writing, notes.warn, tables.base.related_users)

    @cached_property
    def _mark_writing(self) -> Writing:
        """How marks are written: by the minute, at the present offset if no zone is set."""
        return Writing(zone=self._connection.zone() or timezone.utc, cut_seconds=True)

    def build(self, stream: StreamSchema, names: Mapping[str, str], table: Table) -> Layout:
        """The layout of a stream.

        Args:
            stream: the stream.
            names: the name of the column for each property. Properties whose columns the table
                does not have are left out.
            table: the stream's table.

        Raises:
            ConfigError: no property has a column to write into, the column of a key cannot be a
                key, or the column of a link is none.
        """
        fields: dict[str, Field] = {}
        links: list[LinkField] = []
        for prop, name in names.items():
            column = table.by_name.get(name)
            if column is not None and type_of(column).is_link:
                links.append(self._link(stream, prop, column))
            elif column is not None:
                field = self._field(stream, prop, column, table)
                if field is not None:
                    fields[prop] = field
            elif prop in stream.links:
                links.append(LinkField(prop, name, ROW_ID_COLUMN))
        if not fields:
            raise ConfigError(
                f"Stream {stream.name!r}: table {table.name!r} has no column to write into. Add "
                "a column for one of its properties, or load it into another table with "
                "table_mapping."
            )
        keys = self._keys(stream, fields, table)
        self._key_columns.update({(stream.name, field.property): field.column for field in keys})
        return Layout(
            table,
            tuple(fields.values()),
            keys,
            self._mark(table),
            self._all_links(stream, links),
        )

    def _field(self, stream: StreamSchema, prop: str, column: Column, table: Table) -> Field | None:
        """The field of a property; None if its values are not written.

        Raises:
            ConfigError: the settings say that it is a link.
        """
        source_type = stream.column_type(prop)
        if column.type == source_type.name and prop in stream.computed:
            return None
        if self.link_key(stream, prop):
            raise ConfigError(
                f"links names {stream.name}.{prop}, and column {column.name!r} of table "
                f"{table.name!r} is of type {column.type}, not link. Remove it from links, or "
                "rename the column."
            )
        is_key, wall_clock = prop in stream.keys, source_type.holds_wall_clock
        write = self._writers.writer(
            stream.name,
            column,
            is_key=is_key,
            keep_text_form=is_untyped_text(stream.properties[prop]),
            wall_clock=wall_clock,  # a date of another base counts as its clock showed it there
        )
        if write is None:
            self._announce_unwritten(stream, prop, column, table)
            return None
        self._announce_kept_type(stream, prop, column, table)
        write = self._attachments.writer(table, column, write)
        bulk = self._writers.bulk_writer(column, is_key=is_key, wall_clock=wall_clock)
        if reader := self._reader(stream, prop, column):
            bulk = reader.bulk_writer(write, bulk, is_key=is_key)
            write = reader.writer(write, is_key=is_key)
        # Without a key every record is a new row.
        policy = "always" if is_key else self._policy(stream.name, prop)
        if policy != "always" and not stream.keys:
            self._notes.warn(
                f"Stream {stream.name!r}: write_policy says {policy} for {prop!r}, which has no "
                "effect without a key: every record is a new row. Name what identifies the records "
                "in key_properties (--key)."
            )
            policy = "always"
        return Field(prop, column, write, bulk, policy)

    def _reader(self, stream: StreamSchema, prop: str, column: Column) -> ColumnReader | None:
        """What reads the texts of a property; None if they are written as they are."""
        texts_mean = self._formats.for_property(stream.name, prop)
        copied = stream.copied_key(prop)
        if copied is not None and not (texts_mean and texts_mean.is_named):
            return self._reader(*copied, column)
        is_plain = is_untyped_text(stream.properties[prop])
        if texts_mean is None or stream.source or not (is_plain or texts_mean.is_named):
            return None
        # One for all that reads the key: what its texts have told counts for the copies, too.
        own = stream.name, prop, column.type, column.data.get("format")
        reader = self._readers.setdefault(own, ColumnReader(texts_mean, column))
        return reader if reader.has_effect else None

    def copied_key_column(self, stream: StreamSchema, prop: str) -> Column | None:
        """The column of the parent's key that a property repeats, if this run has found it."""
        copied = stream.copied_key(prop)
        return self._key_columns.get((copied[0].name, copied[1])) if copied else None

    def _announce_unwritten(
        self, stream: StreamSchema, prop: str, column: Column, table: Table
    ) -> None:
        if column.type == stream.seatable_column(prop).get("type"):
            self._notes.describe(
                stream.name,
                f"the values of {prop!r} are not copied, because SeaTable fills columns of type "
                f"{column.type} itself",
                "To have such values, set computed_columns to values, or give the property a plain "
                "type in column_types, before the table is made.",
            )
        else:
            self._notes.warn(
                f"Stream {stream.name!r}: {prop!r} was skipped: column {column.name!r} of table "
                f"{table.name!r} is of type {column.type}, which is not written."
            )

    def _announce_kept_type(
        self, stream: StreamSchema, prop: str, column: Column, table: Table
    ) -> None:
        """Warn that a column keeps its type, though `column_types` or its original has another."""
        schema = stream.properties[prop]
        chosen = (self._column_types.get(stream.name) or {}).get(prop)
        wanted = chosen_column(column.name, chosen) if chosen else None
        if wanted is not None:
            if wanted.type != column.type:
                self._notes.warn(
                    f"Stream {stream.name!r}: column_types says {wanted.type} for {prop!r}, and "
                    f"column {column.name!r} of table {table.name!r} is of type {column.type}. "
                    f"Existing columns keep their type, so the values are stored as {column.type}. "
                    "Change the type of the column in SeaTable, delete the column to have it made "
                    "anew, or name its present type in column_types."
                )
            return
        if not (stream.source and is_declared(schema)):
            return
        wanted = proposed_column(column.name, schema, stream.schema)
        if wanted.type != column.type:
            self._notes.warn(
                f"Stream {stream.name!r}: column {column.name!r} of table {table.name!r} is of "
                f"type {column.type}, and its original of type {wanted.type}. Existing columns "
                f"keep their type, so the values are stored as {column.type}. Change the type of "
                "the column in SeaTable to have them as in the source, or name its present type "
                "in column_types."
            )

    def _all_links(self, stream: StreamSchema, links: Sequence[LinkField]) -> tuple[LinkField, ...]:
        """The links of a stream, and the link of the elements of an array to their record."""
        to_parent = (stream.nested_array.link_field,) if stream.nested_array else ()
        big_data.check_links(self._base, stream.name, [link.property for link in links])
        return (*links, *to_parent)

    def link_key(self, stream: StreamSchema, prop: str) -> str | None:
        """The column of the other table that the setting `links` names for a property, if any."""
        return self._links.get(f"{stream.name}.{prop}")

    def _link(self, stream: StreamSchema, prop: str, column: Column) -> LinkField:
        policy = self._policy(stream.name, prop)
        if policy != "always" and stream.keys:
            raise ConfigError(
                f"write_policy says {policy} for {prop!r} of stream {stream.name!r}, which goes "
                f"into link column {column.name!r}. Links are written always or never; set one "
                "of the two."
            )
        default = ROW_ID_COLUMN if prop in stream.links else None
        by = self.link_key(stream, prop) or default
        return LinkField(prop, column.name, by, clears=stream.nested_array is not None)

    def link_fields(
        self, stream: StreamSchema, props: Sequence[str], by: Sequence[str], other: Table
    ) -> list[Field]:
        """The columns by which links find rows of the other table, read as its keys are.

        So a value makes the same cell as the key of the row that it names, in whatever form.

        Args:
            stream: the stream whose settings say what the values mean.
            props: its properties that hold the parts of the key.
            by: the columns of the other table.
            other: the other table.

        Raises:
            ConfigError: the table has no such column, or the column cannot identify rows.
        """
        return [
            self._link_field(stream, prop, other, name)
            for prop, name in zip(props, by, strict=True)
        ]

    def _link_field(self, stream: StreamSchema, prop: str, other: Table, name: str) -> Field:
        column = other.by_name.get(name)
        write = None
        if column is not None:
            write = self._writers.writer(
                stream.name,
                column,
                is_key=True,
                keep_text_form=False,  # number columns hold all forms of a number as one
                wall_clock=stream.column_type(prop).holds_wall_clock,
            )
        if column is None or write is None:
            raise ConfigError(
                f"Links are to be found by column {name!r}, but table {other.name!r} does not "
                "have it, or it cannot identify rows. Name another column in links."
            )
        if reader := self._reader(stream, prop, column):
            write = reader.writer(write, is_key=True)
        return Field(name, column, write)

    def with_mark(self, layout: Layout, table: Table) -> Layout:
        """The layout with the column that tells when the source has deleted a row.

        Args:
            layout: the layout so far.
            table: its table, which has got the column.
        """
        return replace(layout, table=table, mark=self._mark(table))

    def _mark(self, table: Table) -> Field | None:
        column = table.by_name.get(SDC_DELETED_AT)
        write = codec.writer(column, self._mark_writing) if column else None
        return Field(SDC_DELETED_AT, column, write) if column and write else None

    @staticmethod
    def _keys(stream: StreamSchema, fields: Mapping[str, Field], table: Table) -> tuple[Field, ...]:
        for key in stream.keys:
            column: Column | None = fields[key].column if key in fields else None
            if column is None or not type_of(column).can_be_key:
                reason = f"is of type {column.type}" if column else "is not written"
                raise ConfigError(
                    f"Stream {stream.name!r}: property {key!r} cannot be a key of table "
                    f"{table.name!r}, because it {reason}. Choose others with key_properties, "
                    "or another type with column_types."
                )
        return tuple(fields[key] for key in stream.keys)
