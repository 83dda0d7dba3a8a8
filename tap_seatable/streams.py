"""One table as a Singer stream."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pendulum
from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel

from seatable_client import columns
from seatable_client.errors import (
    GenerationMissing,
    NotFound,
    PermissionDenied,
    RequestRefused,
    SettingError,
)
from seatable_client.reading import Reading, parse_instant
from tap_seatable.catalog import (
    AUTOMATIC,
    DELETED_AT,
    EXTENSION,
    KEY,
    REPLICATION_KEY,
    ColumnMetadata,
    TableMetadata,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping

    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import MetadataMapping, SchemaMessage

    from seatable_client.metadata import Column
    from tap_seatable.catalog import StreamPlan
    from tap_seatable.tap import TapSeaTable

    Record = dict[str, Any]

FAILS_ALONE = (GenerationMissing, NotFound, PermissionDenied, RequestRefused, SettingError)
"""What can be wrong with one table while the others are well."""


class TableStream(Stream):
    """The rows of one table.

    What a read promises: every row that existed throughout it comes once; the bookmark is the
    latest change known before the first page, so that what changes behind the reader comes in the
    next run; and the bookmark moves only when the last row is out.
    """

    # Readers give every value the type its schema says, so there is nothing to conform.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapSeaTable, plan: StreamPlan) -> None:
        self.plan = plan
        self._seatable = tap
        self._known: Collection[str] | None = None
        super().__init__(tap, schema=plan.schema, name=plan.name)
        self.primary_keys = (KEY,)
        self.replication_key = REPLICATION_KEY

    def keep_to(self, properties: Collection[str]) -> None:
        """Emit only these properties, which the catalog knows; null where the base has none."""
        self._known = properties

    # Reading

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """The table's rows as records: all, or those changed since the bookmark.

        A table that cannot be read fails alone. The run goes on and ends with an error.
        """
        del context
        try:
            # A trial run wants a few records. Ending by ourselves spares it the SDK's exception.
            yield from itertools.islice(self._records(), self.ABORT_AT_RECORD_COUNT)
        except FAILS_ALONE as error:
            self._seatable.fail(self.name, error)

    def _records(self) -> Iterator[Record]:
        base = self._seatable.connection.base
        reading = Reading(zone=self._seatable.zone)
        since = self._since()
        if since is not None:
            yield from self._tombstones(since)
        read = base.read(
            self.plan.table,
            tuple(self._selected.values()),
            since=since,
            page_size=self._page_size,
        )
        shape = record_shaper(self._selected, reading, self._always_null)
        for page in read.pages:
            yield from map(shape, page)
        self._report(reading)
        if read.horizon is not None and self.replication_method == "INCREMENTAL":
            self._bookmark(read.horizon)

    def _tombstones(self, since: datetime) -> Iterator[Record]:
        """Rows deleted since then, on servers that tell; before the rows, which may be restored."""
        for deleted in self._seatable.deletions():
            if deleted.table_id == self.plan.table.id and deleted.deleted_at >= since:
                moment = deleted.deleted_at.isoformat(timespec="milliseconds")
                yield {KEY: deleted.row_id, DELETED_AT: moment, "_sdc_deleted_at": moment}

    @cached_property
    def _selected(self) -> Mapping[str, Column]:
        return {
            name: column
            for name, column in self.plan.properties.items()
            if name in AUTOMATIC
            or ((self._known is None or name in self._known) and self.mask["properties", name])
        }

    @cached_property
    def _always_null(self) -> Record:
        """Properties without a column: those whose column is gone, and the mark of deletion."""
        gone = [name for name in self._known or () if name not in self.plan.properties]
        return dict.fromkeys([*gone, DELETED_AT])

    @property
    def _page_size(self) -> int:
        size = int(self.config["page_size"])
        return min(size, self.ABORT_AT_RECORD_COUNT or size)

    def _report(self, reading: Reading) -> None:
        """Say what was left out, once per table."""
        for column, count in reading.unread.items():
            self.logger.warning(
                "Table %r: %d values of column %r are null in the records, because the server "
                "shows an error or something of another type there.",
                self.plan.table.name,
                count,
                column,
            )

    # Bookmark

    def bookmark(self) -> datetime | None:
        """How far the last complete run came; None for a first or a full run.

        The SDK's own accessor gives what `_write_starting_replication_value` has copied.

        Raises:
            SettingError: the state holds something that is no time.
        """
        if self.replication_method != "INCREMENTAL":
            return None
        value = self.stream_state.get("replication_key_value")
        if value is None:
            return None
        try:
            return parse_instant(str(value))
        except ValueError:
            raise SettingError(
                f"The state's bookmark of stream {self.name!r} is {value!r}, which is no time such "
                "as 2024-01-01T00:00:00+00:00. Correct it, or remove it to read all rows."
            ) from None

    def _since(self) -> datetime | None:
        """From which change on rows are read."""
        lookback = timedelta(seconds=float(self.config["lookback_seconds"]))
        bookmark = self.bookmark()
        start = self._seatable.start_date
        if bookmark is None:
            return start
        return max(bookmark - lookback, start) if start else bookmark - lookback

    def _bookmark(self, horizon: datetime) -> None:
        """Note that everything up to `horizon` is out, to the second: servers round differently."""
        reached = horizon.astimezone(timezone.utc).replace(microsecond=0)
        before = self.bookmark()
        if before is None or reached > before:
            self.stream_state.update(
                replication_key=REPLICATION_KEY,
                replication_key_value=reached.isoformat(timespec="milliseconds"),
            )
            self.state_manager.is_flushed = False

    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Nothing: a bookmark from the rows met so far could pass one that is still to come."""

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Nothing: the SDK's note of where a run began would only travel through the state."""

    def get_replication_key_signpost(self, context: Context | None) -> None:  # type: ignore[override]
        """None: the SDK's signpost is this machine's clock, and the rows carry the server's."""

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

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would send them before the records, when nothing is safe yet."""
        return False

    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        """The SDK's messages, with what its own schema class dropped.

        The keyword is put back for every property that stream maps and flattening have left as it
        was, whatever way the catalog came.
        """
        extensions = self.plan.extensions
        known = self.plan.schema["properties"]
        for message in super()._generate_schema_messages():
            properties = {
                name: {**schema, EXTENSION: extensions[name]}
                if name in extensions and schema == known[name]
                else schema
                for name, schema in message.schema["properties"].items()
            }
            message.schema = {
                **message.schema,
                "properties": properties,
                EXTENSION: extensions[""],
            }
            yield message


def record_shaper(
    properties: Mapping[str, Column], reading: Reading, always_null: Record
) -> Callable[[Mapping[str, Any]], Record]:
    """The function that turns a row of the server into a record.

    Every property is in every record; what the server left out is null.
    """
    plan = [
        (name, column.name, columns.reader(column, reading)) for name, column in properties.items()
    ]

    def shape(row: Mapping[str, Any]) -> Record:
        record = {name: read(row.get(source)) for name, source, read in plan}
        record.update(always_null)
        return record

    return shape


def parse_start_date(value: str | None) -> datetime | None:
    """The setting `start_date` as a moment; without an offset it is in UTC.

    Raises:
        SettingError: it is no date.
    """
    if not value:
        return None
    try:
        parsed = pendulum.parse(value)
    except ValueError:
        parsed = None
    if not isinstance(parsed, pendulum.DateTime):
        raise SettingError(
            f"start_date {value!r} is no date; use a form such as 2024-01-01T00:00:00Z."
        )
    return datetime.fromtimestamp(parsed.timestamp(), timezone.utc)


def _annotate(metadata: MetadataMapping, plan: StreamPlan) -> None:
    """Replace the entries of a catalog's metadata by ones that carry SeaTable's ids."""
    for breadcrumb, entry in list(metadata.items()):
        known = {field: getattr(entry, field) for field in entry.__dataclass_fields__}
        if not breadcrumb:
            metadata[breadcrumb] = TableMetadata(**known, x_seatable=plan.extensions[""])
            continue
        name = breadcrumb[-1]
        if name == DELETED_AT:
            known["inclusion"] = entry.InclusionType.AUTOMATIC
        column = plan.properties.get(name)
        key = {"key": column.key, "type": column.type} if column else None
        metadata[breadcrumb] = ColumnMetadata(**known, x_seatable=key)
