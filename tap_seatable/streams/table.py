"""One table as a Singer stream."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from seatable_client.api.link_cells import complete_cells, complete_pages
from seatable_client.api.read_request import ReadRequest
from seatable_client.column_types.readers import Reading
from seatable_client.errors import ConfigError, RequestRejected, SeaTableError
from seatable_client.files.download import Files
from seatable_client.formatting import format_count
from seatable_client.metadata import CREATED
from singer_seatable.contract import DELETED_AT, SCHEMA_EXTENSION
from tap_seatable.catalog import stream_maps
from tap_seatable.catalog.selection import Selection
from tap_seatable.catalog.stream_plan import KEY, REPLICATION_KEY, ColumnMetadata, TableMetadata
from tap_seatable.records import attachments
from tap_seatable.records.encoder import RecordEncoder
from tap_seatable.records.writer import decode
from tap_seatable.state import column_changes
from tap_seatable.state.bookmark import (
    STATE_KEY,
    VERSION_KEY,
    BookmarkBuilder,
    InvalidBookmark,
    TableBookmark,
    last_version,
    reset_bookmark,
)
from tap_seatable.state.fingerprint import fingerprint
from tap_seatable.streams.base import SourceStream
from tap_seatable.sync.planner import FULL_TABLE, Known
from tap_seatable.sync.row_count_check import check_row_count
from tap_seatable.sync.table_reader import Scope
from tap_seatable.sync.table_sync import TableSync

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import MetadataMapping, SchemaMessage

    from seatable_client.metadata import Column
    from tap_seatable.bases.source import Source
    from tap_seatable.catalog.stream_plan import StreamPlan
    from tap_seatable.records.attachments import Completion
    from tap_seatable.records.encoder import Row
    from tap_seatable.records.writer import RecordOutput
    from tap_seatable.tap import TapSeaTable

    Record = dict[str, Any]


class TableStream(SourceStream):
    """The rows of one table.

    What is read, emitted and remembered is decided in `sync`; this is the SDK's side of it.
    """

    def __init__(self, tap: TapSeaTable, source: Source, plan: StreamPlan) -> None:
        self.plan = plan
        self._in_catalog: Collection[str] | None = None
        self._buried = 0
        super().__init__(tap, source, name=plan.name, schema=plan.schema)
        self.primary_keys = (KEY,)
        self.replication_key = REPLICATION_KEY

    def restrict_to(self, properties: Collection[str]) -> None:
        """Emit only these properties, which the catalog knows; null where the base has none."""
        self._in_catalog = properties

    @cached_property
    def selection(self) -> Selection:
        """What records have, once the catalog is known."""
        return Selection.of(self.plan, self._in_catalog, self.mask)

    # Syncing

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """All rows of the table as records, without looking at the state."""
        del context
        reading = Reading(zone=self._source.zone_of_cells)
        scope = self._scope(reading)
        for rows in scope.read().pages:
            for record in map(decode, scope.shape(rows).encoded):
                yield self.completion(record) if self.completion else record
        self._report(reading)

    def bring(self) -> None:
        """Do what has to be done, as `sync` does it."""
        reading = Reading(zone=self._source.zone_of_cells)
        scope = self._scope(reading)
        if self.ABORT_AT_RECORD_COUNT is not None:
            self._try_out(scope, self.ABORT_AT_RECORD_COUNT)
        else:
            incremental = self.replication_method == "INCREMENTAL"
            if not incremental and self.stream_state.get(STATE_KEY):
                self.forget()  # what goes out now is remembered nowhere
            memory = self.known.memory if incremental else None
            self._tell_of_columns(memory)
            TableSync(scope, self._remembering, self, deletes=str(self.config["deletes"])).run(
                self._source.task(self.name) if incremental else FULL_TABLE, memory
            )
        self._report(reading)

    def _try_out(self, scope: Scope, records: int) -> None:
        """Emit a few records, as `--test` wants, and remember nothing."""
        output = self.open(self._seatable.initialized_at)
        for rows in replace(scope, page_size=min(records, scope.page_size)).read().pages:
            page = scope.shape(rows).first(records)
            output.write(page.encoded)
            self.count(len(page))
            records -= len(page)
            if records <= 0:
                return

    def _scope(self, reading: Reading) -> Scope:
        base, table, view = self._source.base, self.plan.table, self.plan.bounds.view
        complete = partial(complete_cells, base, table, in_view=bool(view))
        return Scope(
            base=base,
            table=table,
            columns=(*self.selection.columns.values(), CREATED),
            shape=RecordEncoder(self.selection, reading, complete),
            start=self._seatable.start_date,
            bounds=self.plan.bounds,
            lookback=timedelta(seconds=float(self.config["lookback_seconds"])),
            page_size=int(self.config["page_size"]),
        )

    def read_links(self, columns: Sequence[Column]) -> Iterator[Sequence[Row]]:
        """The rows that the stream holds with these link columns, as the server sends them."""
        base, table = self._source.base, self.plan.table
        scope = replace(self._scope(Reading()), columns=tuple(columns))
        read, rows = scope.read(), 0
        for page in complete_pages(base, table, columns, read.pages):
            rows += len(page)
            yield page
        check_row_count(read, table.name, rows=rows, horizon=read.horizon)

    @cached_property
    def completion(self) -> Completion | None:
        """What adds links or paths to the files in records."""
        files = Files(self._source.base)
        return attachments.completion(self.plan.attachments, files, self.selection.columns)

    def _report(self, reading: Reading) -> None:
        """Say how much went out, and what was left out, once per table."""
        if self.emitted:
            living = format_count(self.emitted - self._buried, "record")
            self.logger.info(
                "Stream %r: %s, %s.", self.name, living, format_count(self._buried, "deleted row")
            )
        for column, count in reading.unread.items():
            self.logger.warning(
                "Stream %r: %s of column %r %s null in the records, because the server shows an "
                "error or something of another type there.",
                self.name,
                format_count(count, "value"),
                column,
                "is" if count == 1 else "are",
            )
        if self.completion is not None:
            self.completion.report(self.name)

    # What the last run left

    @cached_property
    def fingerprint(self) -> str:
        """Of what decides which records there are and how they look."""
        return fingerprint(
            self.plan,
            self.selection.columns,
            without_column=self.selection.without_column,
            start=self._seatable.start_date,
            server_timezone=self.config.get("server_timezone"),
            mapping=stream_maps.definition(self.name, self.stream_maps, self.config),
        )

    @cached_property
    def known(self) -> Known:
        """The table, and what the last run remembers of it; doubt is no memory, and one warning."""
        memory, doubt = None, ""
        try:
            memory = TableBookmark.load(
                self.stream_state, base=self.plan.base, table=self.plan.origin["id"]
            )
        except InvalidBookmark as reason:
            doubt = str(reason)
            self.logger.warning("Stream %r is read whole again: %s.", self.name, doubt)
        if memory and memory.silent and self.config["deletes"] != "off":
            memory, doubt = None, "the last run told nobody of deleted rows, as deletes was off"
            self.logger.warning("Stream %r is read whole again: %s.", self.name, doubt)
        bounds, source = self.plan.bounds, self._source
        return Known(
            self.plan.table,
            memory,
            self.fingerprint,
            doubt,
            narrow=bounds.narrow,
            stale=bounds.moved(memory.compared_at, source.now, source.zone) if memory else "",
        )

    @property
    def _remembering(self) -> BookmarkBuilder:
        return BookmarkBuilder(
            base=self.plan.base,
            table=self.plan.origin["id"],
            version=self._source.metadata.version,
            fingerprint=self.fingerprint,
            columns=column_changes.remembered(self.selection.columns),
            now=self._source.now,
            tables=len(self._seatable.table_streams),
            sketch_capacity=int(self.config["sketch_capacity"]),
            last_version=last_version(self.stream_state),
        )

    def _tell_of_columns(self, memory: TableBookmark | None) -> None:
        """Warn of what a warehouse may not take, or keeps as it was: see `restructured`."""
        before = memory.columns if memory else None
        if found := list(column_changes.told(before or {}, self.plan.properties)):
            self.logger.warning(
                "Stream %r is not what it was in the last run: %s. What has been loaded of these "
                "columns is the loader's to change, or yours.",
                self.name,
                "; ".join(found),
            )

    def check_settings(self) -> None:
        """See what can be wrong with the settings before anything is read.

        Raises:
            ConfigError: files cannot be had as it is wanted, or the server does not understand
                the stream's condition.
        """
        _ = self.completion
        self._check_condition()

    def _check_condition(self) -> None:
        """Have the server look at the stream's condition, if it has not met it before. One call."""
        where = self.plan.bounds.where
        memory = self.known.memory if where else None
        if not where or (memory and memory.fingerprint == self.fingerprint):
            return
        try:
            self._source.base.read(ReadRequest(self.plan.table, where=where))
        except RequestRejected as error:
            raise ConfigError(
                f"The setting where gives table {self.plan.table.name!r} the condition {where!r}, "
                f"which the server refuses: it said {error.server_message!r}."
            ) from None
        except ConfigError:
            raise
        except SeaTableError:
            return  # reading the table will tell

    # What `sync` sends its results to

    def bury(self, output: RecordOutput, deleted: Mapping[str, datetime]) -> None:
        """A tombstone for each deleted row: its key, when it went, and null for all else."""
        nothing = self.selection.nothing
        tombstones = []
        for row_id, moment in deleted.items():
            at = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
            tombstones.append({**nothing, KEY: row_id, DELETED_AT: at, "_sdc_deleted_at": at})
        for alias, lost in output.bury(tombstones).items():
            self.logger.warning(
                "Stream %r: %d deleted rows are not passed on as %r, because the stream's map "
                "leaves out %s or a key. Map it to itself, or set deletes to versions.",
                self.name,
                lost,
                alias,
                DELETED_AT,
            )
        self._buried += len(tombstones)
        self.count(len(tombstones))

    def forget(self, version: int = 0) -> None:
        """Put into the state, and write out, that nothing is known: a full read comes next.

        Nothing but a version of the stream than which the next one has to be later.
        """
        self.stream_state.update(reset_bookmark(self.stream_state, version))
        self.state_manager.is_flushed = False
        self._write_state_message()

    def remember(self, memory: TableBookmark) -> None:
        """Put a memory into the state and write the state out.

        Where all rows come in each run, only the version: the next one has to be later.
        """
        self.stream_state.update(
            {
                "replication_key": REPLICATION_KEY,
                "replication_key_value": memory.bookmark,
                STATE_KEY: memory.dump(),
            }
            if self.replication_method == "INCREMENTAL"
            else {VERSION_KEY: memory.stream_version}
        )
        self.state_manager.is_flushed = False
        self._write_state_message()

    # What the catalog and SCHEMA messages say

    @property
    def metadata(self) -> MetadataMapping:
        """The SDK's metadata, with the table's id and the columns' keys."""
        if self._metadata is not None:
            return self._metadata
        metadata = super().metadata
        if self._tap_input_catalog is None:
            _annotate(metadata, self.plan)
        return metadata

    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        """The SDK's messages, with what its own schema class dropped.

        The keyword is put back for every property that stream maps and flattening have left as it
        was, whatever way the catalog came.
        """
        extensions = self.plan.extensions
        known = self.plan.schema["properties"]
        for message in super()._generate_schema_messages():
            properties = {
                name: {**schema, SCHEMA_EXTENSION: extensions[name]}
                if name in extensions and schema == known[name]
                else schema
                for name, schema in message.schema["properties"].items()
            }
            message.schema = {
                **message.schema,
                "properties": properties,
                SCHEMA_EXTENSION: extensions[""],
            }
            yield message


def _annotate(metadata: MetadataMapping, plan: StreamPlan) -> None:
    """Replace the entries of a catalog's metadata by ones that carry SeaTable's ids."""
    for breadcrumb, entry in list(metadata.items()):
        known = {field: getattr(entry, field) for field in entry.__dataclass_fields__}
        if not breadcrumb:
            metadata[breadcrumb] = TableMetadata(**known, x_seatable=plan.origin)
            continue
        name = breadcrumb[-1]
        if name == DELETED_AT:
            known["inclusion"] = entry.InclusionType.AUTOMATIC
        column = plan.properties.get(name)
        key = {"key": column.key, "type": column.type} if column else None
        metadata[breadcrumb] = ColumnMetadata(**known, x_seatable=key)
