"""One table, or one view, as a Singer stream."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from seatable_client.api import complete_cells, complete_pages
from seatable_client.column_types import Reading
from seatable_client.files import Files
from seatable_client.formatting import format_count
from seatable_client.metadata import CREATED
from singer_seatable.contract import DATE_TIMES, DELETED_AT, IN_UTC, SCHEMA_EXTENSION
from tap_seatable.catalog import (
    KEY,
    REPLICATION_KEY,
    ColumnMetadata,
    Selection,
    TableMetadata,
    describe_maps,
)
from tap_seatable.records import RecordEncoder, decode, make_completer, pass_tombstones
from tap_seatable.state import (
    BookmarkBuilder,
    StreamState,
    compute_fingerprint,
    describe_changes,
    format_columns,
)
from tap_seatable.streams.base import SourceStream
from tap_seatable.streams.condition_check import check_condition, check_options
from tap_seatable.streams.last_run import LastRun, read_last_run
from tap_seatable.sync import (
    FULL_TABLE,
    TableHistory,
    TableReader,
    TableSync,
    check_row_count,
    first_request,
    in_order,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import CatalogEntry, MetadataMapping, SchemaMessage

    from seatable_client.api import ReadRequest
    from seatable_client.metadata import Column
    from tap_seatable.bases import Source
    from tap_seatable.catalog import StreamPlan
    from tap_seatable.records import FileCompleter, RecordWriter, Row
    from tap_seatable.state import TableBookmark
    from tap_seatable.streams.base import RunContext
    from tap_seatable.sync import Task

    Record = dict[str, Any]

log = logging.getLogger(__name__)


_REMEMBERS_NO_ROW = (
    "Stream %r: the loader keeps deleted rows, because FULL_TABLE remembers none and "
    "tombstones_only sends no ACTIVATE_VERSION. Set the replication method to INCREMENTAL, or "
    "deletes to tombstones."
)


class TableStream(SourceStream):
    """The rows of one table or view.

    `sync` decides what is read, emitted and kept in the state; this is the SDK's side of it.

    Attributes:
        plan: what the base offers.
        task: what the run does with the table.
    """

    def __init__(
        self, tap: Tap, source: Source, plan: StreamPlan, run: RunContext, *, name: str
    ) -> None:
        self.plan = plan
        self.task: Task = FULL_TABLE
        self._properties: Collection[str] | None = None
        self._without_values: Collection[str] = ()
        super().__init__(tap, source, run, name=name, schema=plan.schema)
        self._bookmarks = StreamState(self, self._flush_state)
        self.primary_keys = (KEY,)
        self.replication_key = REPLICATION_KEY

    @property
    def rows_of(self) -> tuple[str, str]:
        """The base and the table that the rows come from."""
        return self.plan.base, self.plan.table.id

    @property
    def is_idle(self) -> bool:
        """Whether nothing of the table is to be read, and no read is to be finished."""
        if not self.is_read:
            return True
        bookmark = self.last_run.bookmark if self.task.is_skip else None
        return bookmark is not None and bookmark.cursor is None

    @property
    def catalog_entry(self) -> CatalogEntry:
        """What a catalog says of the stream."""
        return self._singer_catalog_entry

    def restrict_to(
        self, properties: Collection[str], *, without_values: Collection[str] = ()
    ) -> None:
        """Emit only these properties, which the catalog knows; null where the base has none.

        Args:
            properties: the properties.
            without_values: those that are null, whatever the base has.
        """
        self._properties = properties
        self._without_values = without_values

    @cached_property
    def selection(self) -> Selection:
        """The properties of records, once the catalog is known."""
        return Selection.from_catalog(
            self.plan, self._properties, self.mask, without_values=self._without_values
        )

    @property
    def empty_record(self) -> Mapping[str, None]:
        """A record whose every property is null, for tombstones."""
        return self.selection.empty_record

    # Syncing

    def _reading(self) -> Reading:
        return Reading(zone=self.source.zone_of_cells)

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """All rows of the table as records, without looking at the state."""
        del context
        reading = self._reading()
        reader = self._reader(reading)
        for encoded in in_order(map(reader.encode, reader.read().pages)):
            for record, _ in map(decode, encoded):
                yield self.completer(record) if self.completer else record
        self._report_unread(reading)

    def sync_table(self, writer: RecordWriter) -> None:
        """Do what the task says.

        Raises:
            SeaTableError: the table cannot be read.
        """
        reading = self._reading()
        reader = self._reader(reading)
        if self.ABORT_AT_RECORD_COUNT is not None:
            self._try_out(reader, writer, self.ABORT_AT_RECORD_COUNT)
        else:
            incremental = self.replication_method == "INCREMENTAL"
            if not incremental and self._bookmarks.has_bookmark:
                self._bookmarks.reset()  # the state will not contain what goes out now
            bookmark = self.history.bookmark if incremental else None
            self._warn_of_column_changes(bookmark)
            deletes = self._run.config.deletes
            if not incremental and deletes.reports_rows and not deletes.activates_versions:
                log.warning(_REMEMBERS_NO_ROW, self.name)
            builder = self._bookmark_builder()
            TableSync(reader, builder, self._bookmarks, writer, deletes=deletes).run(
                self.task, bookmark
            )
        if writer.records or writer.tombstones:
            log.info(
                "Stream %r: %s, %s.",
                self.name,
                format_count(writer.records, "record"),
                format_count(writer.tombstones, "deleted row"),
            )
        self._report_unread(reading)

    def _try_out(self, reader: TableReader, writer: RecordWriter, records: int) -> None:
        """Emit a few records, as `--test` wants, and leave the state alone."""
        reader = replace(reader, page_size=min(records, reader.page_size))
        for rows in reader.read().pages:
            page = reader.encode(rows).part(0, records)
            writer.write(page.encoded, self._tap.initialized_at)
            records -= len(page)
            if records <= 0:
                return

    def _reader(self, reading: Reading) -> TableReader:
        base, row_filter, config = self.source.base, self.plan.row_filter, self._run.config
        complete = partial(
            complete_cells, base, self.plan.table, in_view=row_filter.view is not None
        )
        return TableReader(
            base=base,
            row_filter=row_filter,
            columns=(*self.selection.columns.values(), CREATED),
            encode=RecordEncoder(self.selection, reading, complete, in_utc=config.in_utc),
            lookback=config.lookback,
            page_size=config.page_size,
            stream=self.name,
            begun=self._run.reads,
            progress=self._run.progress,
        )

    def first_request(self) -> ReadRequest | None:
        """What syncing the stream asks the server for first; None for nothing of the table."""
        incremental = self.replication_method == "INCREMENTAL"
        bookmark = self.history.bookmark if incremental else None
        return first_request(self._reader(Reading()), self.task, bookmark)

    def read_links(self, columns: Sequence[Column]) -> Iterator[Sequence[Row]]:
        """The rows that the stream holds with these link columns, as the server sends them."""
        base, table = self.source.base, self.plan.table
        read, rows = replace(self._reader(Reading()), columns=tuple(columns)).read(), 0
        for page in complete_pages(base, table, columns, read.pages):
            rows += len(page)
            yield page
        check_row_count(read, table.name, rows=rows, horizon=read.horizon)

    @cached_property
    def completer(self) -> FileCompleter | None:
        """What adds links or paths to the files of records as they go out."""
        files = Files(self.source.base)
        return make_completer(self.plan.attachments, files, self.selection.columns)

    def _report_unread(self, reading: Reading) -> None:
        """Log which values and files could not be read, once per column."""
        for column, count in reading.unread.items():
            log.warning(
                "Stream %r: %s of column %r could not be read (formula error or unexpected type) "
                "and %s set to null.",
                self.name,
                format_count(count, "value"),
                column,
                "was" if count == 1 else "were",
            )
        if self.completer is not None:
            self.completer.report(self.name)

    # What the last run left

    @cached_property
    def fingerprint(self) -> str:
        """Of what decides which records there are and how they look."""
        config = self._run.config
        return compute_fingerprint(
            self.plan,
            self.selection,
            server_timezone=config.server_timezone,
            in_utc=config.in_utc,
            mapping=describe_maps(self.name, config),
        )

    @cached_property
    def last_run(self) -> LastRun:
        """What the state has of the stream; one warning if that cannot be used."""
        config = self._run.config
        return read_last_run(
            self.name,
            self._bookmarks,
            self.plan,
            config,
            sent_as=self.sent_as,
            reports_deletes=self._reports_deletes,
        )

    @cached_property
    def _reports_deletes(self) -> bool:
        """Whether loaders hear of deleted rows: by versions, or by tombstones that maps let out."""
        deletes = self._run.config.deletes
        if not deletes.writes_tombstones:
            return deletes.reports_rows
        return pass_tombstones(self.stream_maps, self.empty_record)

    @cached_property
    def history(self) -> TableHistory:
        """The table, with what the last run left of it.

        Raises:
            SeaTableError: the server does not show its time zone, which a filter needs.
        """
        row_filter, source, last_run = self.plan.row_filter, self.source, self.last_run
        bookmark = last_run.bookmark
        return TableHistory(
            self.plan.table,
            bookmark,
            self.fingerprint,
            invalid_reason=last_run.invalid_reason,
            can_drop_rows=row_filter.can_drop_rows,
            stale_reason=row_filter.stale_reason(bookmark.compared_at, source.now, source.zone)
            if bookmark
            else "",
        )

    def load_history(self) -> None:
        """Load what the last run left, with the calls that this takes; see `history`."""
        _ = self.history

    def _bookmark_builder(self) -> BookmarkBuilder:
        return BookmarkBuilder(
            base=self.plan.base,
            table=self.plan.origin["id"],
            version=self.source.metadata.version,
            last_operation_at=self.task.last_operation_at,
            fingerprint=self.fingerprint,
            sent_as=self.sent_as,
            columns=format_columns(self.selection.columns),
            now=self.source.now,
            tables=self._run.tables,
            sketch_capacity=self._run.config.sketch_capacity,
            last_version=self._bookmarks.last_version,
            deletes_unreported=not self._reports_deletes,
        )

    def _warn_of_column_changes(self, bookmark: TableBookmark | None) -> None:
        """Warn of changes that a warehouse may not follow: see `column_changes`."""
        before = bookmark.columns if bookmark else None
        if changes := list(describe_changes(before or (), self.plan.properties)):
            log.warning(
                "Stream %r: columns changed since the last run: %s. Existing warehouse columns are "
                "not altered; migrate them if needed.",
                self.name,
                "; ".join(changes),
            )

    def check_settings(self) -> None:
        """Check the settings of the stream before anything is read.

        Raises:
            ConfigError: attachments cannot be downloaded, the condition compares with an option
                that there is none of, or the server rejects the condition.
        """
        _ = self.completer
        if self.plan.row_filter.where:
            bookmark = self.last_run.bookmark
            check_options(self.plan, self.name, is_first_run=bookmark is None)
            if bookmark is None or bookmark.fingerprint != self.fingerprint:
                check_condition(self.plan, self.source.base)

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
        """The SDK's messages, with the keyword that its schema class drops.

        The keyword is put back for every property that stream maps and flattening have left as it
        was, whatever way the catalog came.
        """
        extensions = self.plan.extensions
        in_utc = self._run.config.in_utc and self.selection.moments
        form = {DATE_TIMES: IN_UTC} if in_utc else {}
        own = self.plan.schema["properties"]
        for message in super()._generate_schema_messages():
            properties = {
                name: {**schema, SCHEMA_EXTENSION: extensions[name]}
                if name in extensions and schema == own[name]
                else schema
                for name, schema in message.schema["properties"].items()
            }
            message.schema = {
                **message.schema,
                "properties": properties,
                SCHEMA_EXTENSION: {**extensions[""], **form},
            }
            yield message


def _annotate(metadata: MetadataMapping, plan: StreamPlan) -> None:
    """Replace the entries of a catalog's metadata by ones that carry SeaTable's ids."""
    for breadcrumb, entry in list(metadata.items()):
        fields = {field: getattr(entry, field) for field in entry.__dataclass_fields__}
        if not breadcrumb:
            metadata[breadcrumb] = TableMetadata(**fields, x_seatable=plan.origin)
            continue
        name = breadcrumb[-1]
        if name == DELETED_AT:
            fields["inclusion"] = entry.InclusionType.AUTOMATIC
        metadata[breadcrumb] = ColumnMetadata(**fields, x_seatable=plan.describe_column(name))
