"""The tables that a run loads into: found, or made from the schemas of streams."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import registry
from seatable_client.errors import ConfigError, NotFound, PermissionDenied
from singer_seatable.contract import SDC_DELETED_AT
from singer_seatable.flattening import UNDECLARED
from target_seatable.rows import MINUTE_FORMAT, PropertyFormats
from target_seatable.schema import (
    ColumnPlanner,
    StreamNotes,
    clean_name,
    column_names,
    first_column_first,
    new_column,
)
from target_seatable.tables import big_data
from target_seatable.tables.base_tables import BaseTables
from target_seatable.tables.confirm import WrittenColumns
from target_seatable.tables.initial_table import InitialTable
from target_seatable.tables.layout_builder import LayoutBuilder
from target_seatable.tables.refused_tables import remove_refused_table
from target_seatable.tables.row_limit import RowLimit
from target_seatable.tables.schema_contracts import SchemaContracts, unknown_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seatable_client.api import Base
    from seatable_client.connection import Connection
    from seatable_client.metadata import NewColumn, Table
    from target_seatable.results import PlannedLoad
    from target_seatable.rows import Layout, LinkField
    from target_seatable.schema import StreamSchema
    from target_seatable.settings import Contract, Rule, TargetConfig

log = logging.getLogger(__name__)


class StreamTables:
    """The tables of the streams.

    Args:
        connection: the base.
        settings: the target's settings.
        removes_missing: whether the run removes rows that a stream lacks, given its name.
        contract_of: what happens where a stream does not fit its table, given its name.
        planned: the plan that the run applies, if any.

    Attributes:
        base_tables: the tables of the base, whosever they are.
        row_limit: how many more rows the base takes.
        written: the columns that rows were written to.
        layouts: which property of a stream goes into which column, and how.
        dry_run: whether changes are only logged, and not made.

    Raises:
        ConfigError: a setting is invalid.
        PermissionDenied: the base is read-only.
    """

    def __init__(
        self,
        connection: Connection,
        settings: TargetConfig,
        *,
        removes_missing: Callable[[str], bool],
        contract_of: Callable[[str], Contract],
        planned: PlannedLoad | None = None,
    ) -> None:
        self.dry_run = settings.dry_run
        _check_links(settings.links)
        if connection.base.permission == "r" and not self.dry_run:
            raise PermissionDenied(
                f"Cannot load into base {connection.base.name!r}: the credential only permits "
                "reading. Make an API token with read-write permission (in the base's menu, "
                "Advanced, API Token), or have the base shared with the account for editing. A "
                "team that has more rows than its plan permits gets such credentials, too."
            )
        self.base_tables = BaseTables(connection.base, dry_run=self.dry_run)
        self._planned = planned
        if connection.base.permission == "r":
            log.warning(
                "Base %r is read-only with this credential. To load, use one that permits writing.",
                connection.base.name,
            )
        big_data.check_base(self.base, self.base_tables.metadata)
        self.row_limit = RowLimit(
            self.base, settings, lambda: self.base_tables.metadata, dry_run=self.dry_run
        )
        self.written = WrittenColumns(self.base)
        self._initial = InitialTable(self.base_tables, is_new=connection.is_new)
        self._config = settings
        self._policy = settings.policy
        self._removes_missing = removes_missing
        self._notes = StreamNotes()
        self._contracts = SchemaContracts(
            contract_of, self._notes.warn, adds_columns=settings.add_columns
        )
        self._streams: dict[str, str] = {}
        self._made: set[str] = set()
        self._changed: set[str] = set()
        formats, notes = PropertyFormats(settings), self._notes
        self.layouts = LayoutBuilder(self.base_tables, connection, settings, formats, notes)
        self._planner = ColumnPlanner(settings, formats, self.layouts, notes)

    @property
    def base(self) -> Base:
        """The base; in a dry run, one that makes no change."""
        return self.base_tables.base

    def table(self, stream: StreamSchema) -> Table | None:
        """The stream's table; None if the base does not have it.

        Raises:
            ConfigError: the table belongs to another stream, or cannot have its name.
        """
        name = self.table_name(stream)
        tables = self.base_tables.metadata.tables
        found = [table for table in tables if table.name == name] or [
            table for table in tables if table.name.casefold() == name.casefold()
        ]
        if len(found) > 1:
            raise ConfigError(
                f"Stream {stream.name!r}: the base has the tables "
                f"{', '.join(repr(table.name) for table in found)}, which SeaTable's SQL cannot "
                "distinguish. Name the right one in table_mapping."
            )
        if not found:
            return None
        source = stream.source
        origin = source.get("base"), source.get("table_id", source.get("id"))
        if origin == (self.base.id, found[0].id):
            raise ConfigError(
                f"Stream {stream.name!r} comes from table {found[0].name!r} of the same base. A "
                "base cannot be copied into its own tables. Load it into another base, or name "
                "another table in table_mapping."
            )
        if found[0].name != name:
            self._notes.describe(stream.name, f"it goes into the existing table {found[0].name!r}")
        return found[0]

    def table_name(self, stream: StreamSchema) -> str:
        """The name of the stream's table.

        Raises:
            ConfigError: the table belongs to another stream, or cannot have its name.
        """
        mapped = self._config.table_mapping.get(stream.name)
        source_name = str(stream.source.get("name") or stream.name)
        name = mapped or clean_name(source_name)
        if name != clean_name(name):
            raise ConfigError(
                f"table_mapping sends stream {stream.name!r} to table {name!r}. Names of tables "
                "cannot have . { } or backticks; choose another."
            )
        owner = self._streams.setdefault(name.casefold(), stream.name)
        if owner != stream.name:
            raise ConfigError(
                f"The streams {owner!r} and {stream.name!r} would both go into table {name!r}. "
                "Give each its own table with table_mapping."
            )
        if name not in {source_name, mapped}:
            self._notes.describe(
                stream.name, f"it goes into table {name!r}, as a name cannot have . {{ }} `"
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
        stream.check()
        self._check_planned(stream)
        written = [prop for prop in stream.properties if self._writes(stream, prop)]
        wanted = column_names(written, stream.name, stream.column_name)
        table = self.table(stream)
        if table is not None:
            wanted = self._match_names(stream.name, wanted, table)
        existing = table.by_name if table else {}
        wanted = {
            prop: name
            for prop, name in wanted.items()
            if name in existing or UNDECLARED not in stream.properties[prop]
        }
        later = {*stream.links, *self.recreated(stream)}
        missing = {
            prop: name
            for prop, name in wanted.items()
            if name not in existing and prop not in later
        }
        left_out: Sequence[str] = ()
        if table is not None:
            missing = self._without_duplicates(stream, table, missing)
            late = [prop for prop, name in wanted.items() if prop in later and name not in existing]
            unknown = [*missing, *late]
            if unknown and self._column_rule(stream, table) == "freeze":
                raise unknown_columns(stream.name, table.name, unknown)
            if self._column_rule(stream, table) == "drop_row":
                left_out = tuple(unknown)
        if table is None or (missing and self._check_adding(stream, table, missing)):
            new = self._new_columns(stream, table, missing, sample)
            if table is None:
                table = self._create(stream, new)
            else:
                table = self.base_tables.add_columns(table, new)
            for prop, name in wanted.items():
                if name not in existing and name != prop and not stream.has_own_name(prop):
                    self._notes.describe(stream.name, f"{prop!r} goes into column {name!r}")
            self._changed.add(table.name)
        layout = replace(self.layouts.build(stream, wanted, table), left_out=left_out)
        self._notes.log_descriptions(stream.name, has_changed=table.name in self._changed)
        return layout

    def _check_planned(self, stream: StreamSchema) -> None:
        """Check that a stream is as it was planned, if the run applies a plan.

        Raises:
            PlanOutdated: the stream is not as it was planned.
        """
        if self._planned is not None:
            self._planned.check_stream(stream.name, stream.keys, stream.properties)

    def _new_columns(
        self,
        stream: StreamSchema,
        table: Table | None,
        missing: Mapping[str, str],
        sample: Sequence[Mapping[str, Any]],
    ) -> Sequence[NewColumn]:
        """The columns to make; those of the plan, if the run applies one.

        Raises:
            PlanOutdated: others were planned.
        """
        new = self._planner.columns(stream, missing, sample, infer=table is None)
        if self._planned is not None:
            name = table.name if table else self.table_name(stream)
            self._planned.check_columns(name, new, is_new=table is None)
        return new

    def _writes(self, stream: StreamSchema, prop: str) -> bool:
        """Whether a property is written at all; a key is."""
        return prop in stream.keys or self._policy(stream.name, prop) != "never"

    def _match_names(self, stream: str, wanted: Mapping[str, str], table: Table) -> dict[str, str]:
        """Column names as the table writes them: names that differ only in case are one."""
        folded = {column.name.casefold(): column.name for column in table.columns}
        matched = {
            prop: name if name in table.by_name else folded.get(name.casefold(), name)
            for prop, name in wanted.items()
        }
        for prop, name in matched.items():
            if name != wanted[prop]:
                self._notes.describe(stream, f"{prop!r} goes into existing column {name!r}")
        return matched

    def _check_adding(self, stream: StreamSchema, table: Table, missing: Mapping[str, str]) -> bool:
        """Whether the settings let columns be added; logs what is skipped if they do not."""
        if self.can_add_columns(stream, table):
            return True
        effect = "records with values for it are skipped"
        if self._column_rule(stream, table) != "drop_row":
            effect = "skipped"
        self._notes.warn(
            f"Stream {stream.name!r}: {effect}, because table {table.name!r} has no column for it "
            f"and {self.reason_not_to_add(stream)}: {', '.join(map(repr, missing))}."
        )
        return False

    def can_add_columns(self, stream: StreamSchema, table: Table) -> bool:
        """Whether columns may be added to a stream's table: always, if this run has made it."""
        return self._column_rule(stream, table) == "evolve"

    def reason_not_to_add(self, stream: StreamSchema) -> str:
        """The setting that keeps columns from being added, for the log."""
        return self._contracts.reason_not_to_add(stream.name)

    def _column_rule(self, stream: StreamSchema, table: Table) -> Rule:
        """What happens if the table does not have a column."""
        return "evolve" if self.has_made(table) else self._contracts.column_rule(stream.name)

    def leaves_out(self, stream: StreamSchema) -> bool:
        """Whether a stream without a table is left out; this is logged.

        Raises:
            ContractViolated: the table does not exist, and the contract demands it.
        """
        return self._contracts.leaves_out(stream.name, self.table_name(stream))

    def has_made(self, table: Table) -> bool:
        """Whether this run has made the table, so that all in it is from this run."""
        return table.name in self._made

    def remove_refused(self, stream: StreamSchema) -> None:
        """Remove the table of a stream of which nothing is stored, if this run has made it."""
        table = self.table(stream)
        if table is None or self.dry_run or stream.source or not self.has_made(table):
            return
        if remove_refused_table(self.base_tables, table, self._notes.warn):
            self._made.discard(table.name)

    def reason_for(self, stream: str, prop: str) -> str:
        """Why the column of a property is as it is, if this run has made it; empty if not."""
        return self._planner.reasons.get((stream, prop), "")

    def recreated(self, stream: StreamSchema) -> list[str]:
        """The formulas and link formulas of a copied table that are made as such again."""
        return self._planner.recreated(stream)

    def _without_duplicates(
        self, stream: StreamSchema, table: Table, missing: Mapping[str, str]
    ) -> dict[str, str]:
        """The properties without those whose columns a table can have once, and has."""
        existing = {
            column.type: column.name
            for column in table.columns
            if registry.type_of(column).once_per_table
        }
        kept = {}
        for prop, name in missing.items():
            column = self._planner.filled_column(stream, prop, name)
            if column is None or column.type not in existing:
                kept[prop] = name
                continue
            self._notes.warn(
                f"Stream {stream.name!r}: {prop!r} was skipped: table {table.name!r} has "
                f"{existing[column.type]!r}, which is of type {column.type}, and cannot have two."
            )
        return kept

    def _create(self, stream: StreamSchema, new: Sequence[NewColumn]) -> Table:
        name = self.table_name(stream)
        if not self._config.create_tables:
            known = ", ".join(repr(table.name) for table in self.base_tables.metadata.tables)
            raise NotFound(
                f"Stream {stream.name!r}: the base has no table {name!r}, and create_tables is "
                f"off. Its tables are: {known or 'none'}."
            )
        ordered = first_column_first(new, stream)
        first = stream.column_name(next(iter(stream.properties)))
        if stream.source and ordered[0].name != first:
            self._notes.warn(
                f"Stream {stream.name!r}: {ordered[0].name!r} is the first column of table "
                f"{name!r}, because {first!r} is made later. Links show the first column."
            )
        self._made.add(name)
        return self.base_tables.create_table(name, ordered)

    def creates_missing_rows(self, stream: StreamSchema, link: LinkField, other: Table) -> bool:
        """Whether a row that a link names and the other table does not have is made there.

        Only where `links` names the column of its key: an id cannot be chosen. Not in a table that
        this run makes equal to its stream.
        """
        has_key = self.layouts.link_key(stream, link.property) is not None
        if not (has_key and self._config.create_missing_links):
            return False
        owner = self._streams.get(other.name.casefold())
        if owner is not None and self._removes_missing(owner):
            self._notes.warn(
                f"Rows that links of stream {stream.name!r} name are not made in table "
                f"{other.name!r}, because this run overwrites it."
            )
            return False
        return True

    def remove_initial_table(self) -> None:
        """Remove the empty table of a base that this run has created, if no stream uses it."""
        self._initial.remove(self._streams.keys())

    def with_mark(self, layout: Layout) -> Layout:
        """The layout with a column that tells when the source has deleted a row."""
        new = new_column(SDC_DELETED_AT, "date", {"format": MINUTE_FORMAT})
        with self.base_tables.lock:  # the server's zone is asked for once
            table = self.base_tables.add_columns(layout.table, [new])
            return self.layouts.with_mark(layout, table)


def _check_links(links: Iterable[str]) -> None:
    for name in links:
        if not all(name.rpartition(".")[::2]):
            raise ConfigError(
                f"links names {name!r}; it takes a stream, a dot and a property, such as "
                "'orders.customer'."
            )
