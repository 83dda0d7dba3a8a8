"""One stream on its way into one table."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord, MissingKeyPropertiesError

from seatable_client.column_types import type_of
from singer_seatable.contract import DELETED_AT, SDC_DELETED_AT, TOMBSTONE_COLUMNS
from target_seatable.errors import Refusal
from target_seatable.keys import MAX_KEYS
from target_seatable.load_methods import load_method, start_load
from target_seatable.messages import (
    SourceRecord,
    TypedDecoder,
    UntypableSchema,
    integer_properties,
    refusals_of,
    unify_integers,
    validator_for,
)
from target_seatable.schema import SAMPLE, StreamSchema
from target_seatable.sinks.batches import SDC_METADATA, BatchItems, CountedSink, Tombstone, places
from target_seatable.sinks.concurrency import lane_of
from target_seatable.sinks.nested_sinks import NestedSinks
from target_seatable.sinks.removal import NO_STATE, ignore_version, remove_rows

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from singer_sdk.sinks.core import BaseJSONSchemaValidator

    from target_seatable.load_methods import Item, LoadMethod, Removal
    from target_seatable.messages import RecordValidator
    from target_seatable.schema import NestedArray
    from target_seatable.sinks.context import ContextTarget

    Record = dict[str, Any]


log = logging.getLogger(__name__)

_FIRST_ELEMENTS = 4
"""How many times as many elements of arrays wait for their table as records for theirs."""


class TableSink(CountedSink):
    """Loads the records of a stream, batch by batch, into the stream's table.

    Args:
        target: the target, whose context all sinks share.
        stream_name: the stream.
        schema: its schema.
        key_properties: the key properties that the source declares.

    Attributes:
        stream: the stream as its schema describes it.
        load: how records get into the table; None until the table is found or created.
        decoder: decodes lines of the stream fast, once the table is known; None if nothing can.
        has_state: whether a STATE has come since the last record.
    """

    def __init__(
        self,
        target: ContextTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        context = target.context
        keys = context.nested.key_properties(stream_name, key_properties)
        super().__init__(target, stream_name, schema, keys)
        array = context.nested.array_of(stream_name)
        self.logger = log  # not one of the stream's name
        parent = context.nested.parent_of(array)
        self.stream = StreamSchema(stream_name, self.schema, tuple(keys or ()), array, parent)
        self.load: LoadMethod | None = None
        self.decoder: TypedDecoder | None = None
        self.has_state = False
        self._shared = context
        self._stream_config = context.nested.config_of(stream_name)
        self._method = load_method(self._stream_config.load_method, stream_name, self.stream.keys)
        self._known_properties = {*self.schema["properties"], *TOMBSTONE_COLUMNS}
        self._integers = integer_properties(self.schema)
        self._record_validator = cast("RecordValidator | None", self._validator)
        contract, plan = self._stream_config.contract, context.plan
        self._batch_items = BatchItems(self.stream, self._record_validator, contract, plan)
        self._adds_sdc_metadata = self.include_sdc_metadata_properties
        self._full_at = 0
        self._last_lane: Hashable = None
        self._nested = NestedSinks(context, ())
        context.linker.register(self.stream)
        context.nested.register(self.stream)
        context.copied_columns.register(self.stream)
        context.report.rejected.keys[stream_name] = self.stream.keys

    @property
    def removes_missing(self) -> bool:
        """Whether rows that the stream lacks are removed in the end."""
        return self._method.removes_missing

    @property
    def max_size(self) -> int:
        """Records to collect: enough to see what they are, then enough for a full call."""
        rows = self._shared.config.batch_size_rows
        size = MAX_KEYS // rows * rows if self._method.looks_up else rows
        if self.load:
            return size
        # The elements of arrays wait for as many records of their stream as show what they are.
        return max(size, SAMPLE) * (_FIRST_ELEMENTS if self.stream.parent else 1)

    def get_validator(self) -> BaseJSONSchemaValidator | None:
        """The SDK's validation, compiled.

        Raises:
            InvalidJSONSchema: the stream's schema is not a valid JSON Schema.
        """
        if not self.validate_schema:
            return None
        try:
            return validator_for(self.schema, self.stream_name)
        except InvalidJSONSchema as error:
            raise InvalidJSONSchema(f"Stream {self.stream_name!r}: {error}") from error

    # Records to batches

    def start_batch(self, context: dict[str, Any]) -> None:
        """Begin a batch: a STATE that comes now has to wait for it."""
        self._full_at = self.max_size
        for name in ("records", "lines", "refused", "rejected", "not_taken"):
            context[name] = []
        context["ticket"] = self._shared.batches.begin()

    @property
    def is_full(self) -> bool:
        """Whether the batch has as many records as it takes."""
        return self._batch_records_read >= self._full_at

    def drain(self) -> None:
        """Store the batch."""
        self._shared.drain(self)

    def take(self, record: Record, message: Mapping[str, Any]) -> None:
        """Take a record as its stream's maps left it: the SDK's steps, in the SDK's order."""
        context = self._pending_batch or self._get_context(record)
        record = record if isinstance(record, SourceRecord) else SourceRecord(record)
        unify_integers(record, self._integers)
        if self._adds_sdc_metadata:
            self._add_sdc_metadata_to_record(record, dict(message), context)
        elif not SDC_METADATA.isdisjoint(record):
            self._remove_sdc_metadata_from_record(record)
        self.tally_record_read()
        if self._nested:
            self._take_with_nested(record, context, message)
        else:
            self.process_record(record, context)

    def take_lines(self, records: Sequence[Any], lines: Sequence[bytes]) -> int:
        """Take records of the `decoder`, with their lines; returns how many it has room for."""
        context = self._pending_batch or self._get_context({})
        count = min(len(records), max(self._full_at - self._batch_records_read, 1))
        context["records"] += records[:count]
        context["lines"] += lines[:count]
        self.has_state = False
        self._batch_records_read += count
        return count

    def set_nested_arrays(self, arrays: Sequence[NestedArray]) -> None:
        """Move the elements of these arrays to sinks of their own from now on."""
        if self.decoder is not None:  # another decoder could not read the records of this one
            self.drain()
        former = self._shared.nested.former_arrays(self.stream_name, arrays)
        self._nested = NestedSinks(self._shared, arrays, former)
        self._known_properties.update(self._nested.properties)
        self.decoder = self._build_decoder()

    def _take_with_nested(
        self, record: SourceRecord, context: dict[str, Any], message: Mapping[str, Any]
    ) -> None:
        """Take a record, and hand the elements of its arrays to their sinks."""
        is_deleted = any(map(record.get, TOMBSTONE_COLUMNS))
        count = len(context["records"])
        try:
            elements = self._nested.split(record, is_deleted=is_deleted)
        except (InvalidRecord, MissingKeyPropertiesError) as error:
            self._refuse(record, [Refusal(None, error)], context)
            return
        self.process_record(record, context)
        if len(context["records"]) > count:  # it was not rejected
            self._nested.take(elements, record, message)

    def reject(self, record: SourceRecord, *errors: Exception) -> None:
        """Reject a record with its batch, and the elements of its arrays with it."""
        self.has_state = False
        context = self._pending_batch or self._get_context(record)
        self.tally_record_read()
        context["rejected"].append((record, errors))
        context["not_taken"].append((record, len(context["records"])))
        self._nested.note_rejected(record)

    def _remove_sdc_metadata_from_record(self, record: Record) -> None:
        # The SDK removes the tombstone column together with its own metadata.
        deleted_at = record.get(SDC_DELETED_AT)
        super()._remove_sdc_metadata_from_record(record)
        if deleted_at:
            record[SDC_DELETED_AT] = deleted_at

    def process_record(self, record: Record, context: dict[str, Any]) -> None:
        """Take a record into the batch, or refuse it if it does not fit its schema.

        Values stay as the source wrote them; the columns read them, and the layout checks the key.
        """
        self.has_state = False
        deleted_at = record.pop(SDC_DELETED_AT, None)
        deleted_at = record.pop(DELETED_AT, None) or deleted_at
        record = record if isinstance(record, SourceRecord) else SourceRecord(record)
        if deleted_at:  # an empty text, as in CSV files, marks nothing
            record = Tombstone(record, deleted_at)
            context["records"].append(record)
            context["lines"].append(record)
            return
        if refusals := refusals_of(record, self._record_validator):
            self._refuse(record, refusals, context)
        else:
            context["records"].append(record)
            context["lines"].append(record)
        if not self._known_properties.issuperset(record):
            self._announce_unknown(record)

    def _refuse(
        self, record: SourceRecord, refusals: Sequence[Refusal], context: dict[str, Any]
    ) -> None:
        """Reject a record when the columns are known, which may refuse more of it."""
        self.has_state = False
        self._nested.note_rejected(record)
        context["refused"].append((record, refusals))
        context["not_taken"].append((record, len(context["records"])))

    def _announce_unknown(self, record: Record) -> None:
        """Warn once of each property that the schema does not have."""
        unknown = sorted(record.keys() - self._known_properties)
        self._known_properties.update(unknown)
        log.warning(
            "Stream %r: skipped properties that are not in its schema: %s. Add them to the schema "
            "in the source to load them.",
            self.stream_name,
            ", ".join(map(repr, unknown)),
        )

    # Batches to the table

    def process_batch(self, context: dict[str, Any]) -> None:
        """Store a batch while the next is read."""
        records, refused, ticket = context["records"], context["refused"], context["ticket"]
        shared = self._shared
        self.count_batch()
        if records and self.load is None:
            self.begin(records)
        load = self.load
        if load is None and any(type(record) is not Tombstone for record in records):
            shared.report.stats(self.stream_name).skipped += len(records)
        for record, refusals in refused:
            self._batch_items.reject(load, record, refusals)
        items: list[Item | Removal] = []
        if load and records:
            items = self._batch_items.changes(load, records, context["lines"], self.decoder)
        rejections = [*context["rejected"], *self._batch_items.take_rejections()]
        arrival = partial(places, context["lines"], context["not_taken"])

        def store() -> None:
            with shared.report.rejected.in_order(self.stream_name, arrival):
                for record, errors in rejections:
                    shared.report.stats(self.stream_name).reject(record, *errors)
                if load is not None:
                    load.store(items)
            awaits_links = bool(self._nested or (load and load.layout.links))
            shared.batches.complete(ticket, awaits_links=awaits_links)
            if load is not None:
                shared.progress.advance(self.stream_name, len(items))

        lane, self._last_lane = self._last_lane, self.lane
        if lane not in {None, self._last_lane}:  # two lanes would store its batches at once
            shared.worker.wait()
        shared.worker.submit(store, self._last_lane)
        shared.batches.sent += 1

    @property
    def waiting(self) -> Sequence[Any]:
        """The records of the batch that is being collected."""
        return list(self._pending_batch["records"]) if self._pending_batch else ()

    @property
    def lane(self) -> Hashable:
        """What batches of this stream must not be stored beside."""
        table = self.load.layout.table if self.load else self._shared.tables.table(self.stream)
        return lane_of(self.stream, table, has_nested=bool(self._nested))

    def create_empty_table(self) -> None:
        """Create the table of a stream that had no records, so that the base has all tables.

        Not if the types of its columns are to be inferred from records of a later run.
        """
        exists = self._shared.tables.table(self.stream) is not None
        is_refused = self._shared.report.is_refused(self.stream_name)
        is_wanted = not self.stream.is_untyped and not is_refused
        makes_tables = self._method.adds_rows and self._stream_config.contract.tables == "evolve"
        has_use = exists or (is_wanted and makes_tables)
        if self.load is None and has_use:
            self.load = self.start_loading([])

    def remove_refused_table(self, *, has_failed: bool) -> None:
        """Remove the table that this run has made if every record was refused.

        Args:
            has_failed: whether the run has failed, perhaps when it had made the table.
        """
        is_part = bool(self._nested or self.stream.nested_array)
        is_refused = self._shared.report.is_refused(self.stream_name)
        if not is_part and (is_refused or (has_failed and self.load is None)):
            self._shared.tables.remove_refused(self.stream)
            if self._shared.tables.table(self.stream) is None:
                self.load = None

    def begin(self, records: Sequence[Record]) -> None:
        """Find or create the table in the turn of its lane; see `start_loading`."""
        self.load = self._shared.worker.run(partial(self.start_loading, records), self.lane)
        self.decoder = self._build_decoder()

    def start_loading(self, records: Sequence[Record]) -> LoadMethod | None:
        """Find or create the table, now that the first records show what is in them.

        If there is no table, it has no rows to delete, so tombstones alone do not create it.
        """
        sample = [record for record in records if type(record) is not Tombstone]
        shared = self._shared
        shared.progress.begin(self.stream_name, anew=False)
        if records and not sample and shared.tables.table(self.stream) is None:
            return None
        if shared.nested.leaves_out(self.stream, shared.tables):
            return None
        name, planned = self.stream_name, shared.planned
        return start_load(
            shared.tables,
            self.stream,
            self._method,
            sample,
            config=self._stream_config,
            batch_size=shared.config.batch_size_rows,
            stats=shared.report.stats(name),
            coverages=shared.coverages,
            note_link=partial(shared.linker.note, name),
            check_removal=partial(planned.check_removal, name) if planned is not None else None,
        )

    def _build_decoder(self) -> TypedDecoder | None:
        """Decodes lines without a look by Python; None where a record needs one."""
        if self.load is None or self._adds_sdc_metadata or self._nested:
            return None
        exact = {
            field.property
            for field in self.load.layout.fields
            if not type_of(field.column).holds_double
        }
        try:
            return TypedDecoder(
                self.stream_name, self.schema, exact, validates=self.validate_schema
            )
        except UntypableSchema:
            return None

    # Removal at the end of the input

    def activate_version(self, new_version: int) -> None:
        """Note that rows of older versions are removed at the end of the input."""
        self._nested.activate_version(new_version)
        self._shared.coverages[self.stream_name].version = new_version

    def remove_rows(self, reason_not_to_delete: str | None) -> None:
        """Remove the rows that the stream, now complete, lacks.

        Args:
            reason_not_to_delete: why the stream may be incomplete, so that nothing is removed.

        Raises:
            SeaTableError: more rows would be removed than `max_delete_fraction` allows.
        """
        version = self._shared.coverages[self.stream_name].version
        overwrites = self._method.removes_missing
        if self.load is None or not (overwrites or version):
            return
        if not (overwrites or self._adds_sdc_metadata):
            ignore_version(self.load, self._shared.tables, self.stream_name)
            return
        if not self.has_state:
            reason_not_to_delete = NO_STATE
        remove_rows(self.load, reason_not_to_delete, overwrites=overwrites, version=version)
