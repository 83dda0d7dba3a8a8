"""One stream on its way into one table."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import starmap
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord, MissingKeyPropertiesError
from singer_sdk.sinks import BatchSink

from seatable_client.column_types import type_of
from seatable_client.errors import InvalidValueError
from singer_seatable.contract import DELETED_AT, SDC_DELETED_AT, TOMBSTONE_COLUMNS
from target_seatable.keys import MAX_KEYS
from target_seatable.load_methods import Item, Removal, load_method
from target_seatable.messages import (
    TypedDecoder,
    UntypableSchema,
    column_values,
    integer_properties,
    record_of,
    refusal_of,
    unify_integers,
    validator_for,
)
from target_seatable.schema import SAMPLE, StreamSchema
from target_seatable.sinks.lanes import lane_of
from target_seatable.sinks.nested_sinks import NestedSinks
from target_seatable.sinks.record_marks import SDC_METADATA, Tombstone

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from singer_sdk.sinks.core import BaseJSONSchemaValidator

    from target_seatable.load_methods import LoadMethod
    from target_seatable.schema import NestedArray
    from target_seatable.sinks.context import ContextTarget

    Record = dict[str, Any]


_REFUSALS = (InvalidValueError, MissingKeyPropertiesError, InvalidRecord)


class TableSink(BatchSink):
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
        self.stream = StreamSchema(stream_name, self.schema, tuple(keys or ()), array)
        self.load: LoadMethod | None = None
        self.decoder: TypedDecoder | None = None
        self.has_state = False
        self._shared = context
        self._method = load_method(context.config.load_method, self.stream.keys)
        self._known_properties = {*self.schema["properties"], *TOMBSTONE_COLUMNS}
        self._integers = integer_properties(self.schema)
        self._adds_sdc_metadata = self.include_sdc_metadata_properties
        self._full_at = 0
        self._nested = NestedSinks(context, ())
        context.linker.register(self.stream)
        context.copied_columns.register(self.stream)
        context.report.rejected.keys[stream_name] = self.stream.keys

    @property
    def max_size(self) -> int:
        """Records to collect: enough to see what they are, then enough for a full call."""
        rows = self._shared.config.batch_size_rows
        size = MAX_KEYS // rows * rows if self._method.looks_up else rows
        return size if self.load else max(size, SAMPLE)

    def get_validator(self) -> BaseJSONSchemaValidator | None:
        """The SDK's validation, compiled.

        Raises:
            InvalidJSONSchema: the stream's schema is none.
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
        context["records"] = []
        context["lines"] = []
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
        """Take records of the `decoder`, as many as the batch has room for.

        Args:
            records: the records.
            lines: the line of each.

        Returns:
            How many it took.
        """
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
        self._nested = NestedSinks(self._shared, arrays)
        self._known_properties.update(self._nested.properties)
        self.decoder = self._build_decoder()

    def _take_with_nested(
        self, record: Record, context: dict[str, Any], message: Mapping[str, Any]
    ) -> None:
        """Take a record, and hand the elements of its arrays to their sinks."""
        is_deleted = any(map(record.get, TOMBSTONE_COLUMNS))
        count = len(context["records"])
        try:
            elements = self._nested.split(record, is_deleted=is_deleted)
        except (InvalidRecord, MissingKeyPropertiesError) as error:
            self.reject(record, error)
            return
        self.process_record(record, context)
        if len(context["records"]) > count:  # it was not rejected
            self._nested.take(elements, record, message)

    def reject(self, record: Record, error: Exception) -> None:
        """Reject a record as it came, and the elements of its arrays with it."""
        self.has_state = False
        self._shared.report.stats(self.stream_name).reject(record, error)
        self._nested.note_rejected(record)

    def _remove_sdc_metadata_from_record(self, record: Record) -> None:
        # The SDK removes the tombstone column together with its own metadata.
        deleted_at = record.get(SDC_DELETED_AT)
        super()._remove_sdc_metadata_from_record(record)
        if deleted_at:
            record[SDC_DELETED_AT] = deleted_at

    def process_record(self, record: Record, context: dict[str, Any]) -> None:
        """Take a record into the batch, or reject it if it does not fit its schema.

        Values stay as the source wrote them; the columns read them, and the layout checks the key.
        """
        self.has_state = False
        deleted_at = record.pop(SDC_DELETED_AT, None)
        deleted_at = record.pop(DELETED_AT, None) or deleted_at
        if deleted_at:  # an empty text, as in CSV files, marks nothing
            record = Tombstone(record, deleted_at)
            context["records"].append(record)
            context["lines"].append(record)
            return
        try:
            if self._validator is not None:
                self._validator.validate(record)
        except InvalidRecord as error:
            self.reject(record, error)
        else:
            context["records"].append(record)
            context["lines"].append(record)
        if not self._known_properties.issuperset(record):
            self._announce_unknown(record)

    def _announce_unknown(self, record: Record) -> None:
        """Warn once of each property that the schema does not have."""
        unknown = sorted(record.keys() - self._known_properties)
        self._known_properties.update(unknown)
        self.logger.warning(
            "Stream %r: skipped properties that are not in its schema: %s. Add them to the schema "
            "in the source to load them.",
            self.stream_name,
            ", ".join(map(repr, unknown)),
        )

    # Batches to the table

    def process_batch(self, context: dict[str, Any]) -> None:
        """Store a batch while the next is read."""
        records, ticket, shared = context["records"], context["ticket"], self._shared
        self.record_counter_metric.increment(self.current_size)
        if records and self.load is None:
            self.load = shared.worker.run(partial(self.start_loading, records), self.lane)
            self.decoder = self._build_decoder()
        load = self.load
        items = self._items(load, records, context["lines"]) if load and records else []

        def store() -> None:
            if load is not None:
                load.store(items)
            awaits_links = bool(self._nested or (load and load.layout.links))
            shared.batches.complete(ticket, awaits_links=awaits_links)

        shared.worker.submit(store, self.lane)
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
        if self.load is None and (exists or not self.stream.is_untyped):
            self.load = self.start_loading([])

    def start_loading(self, records: Sequence[Record]) -> LoadMethod | None:
        """Find or create the table, now that the first records show what is in them.

        If there is no table, it has no rows to delete, so tombstones alone do not create it.
        """
        sample = [record for record in records if type(record) is not Tombstone]
        shared = self._shared
        is_new = shared.tables.table(self.stream) is None
        if is_new and len(sample) < len(records) and not sample:
            return None
        keys = self.stream.keys if self._method.needs_key else ()
        layout = shared.tables.layout(replace(self.stream, keys=keys), sample)
        if self._method.removes_missing:
            shared.coverages.check_names(self.stream_name, layout.table.name)
        load = self._method(
            shared.tables,
            layout,
            shared.report.stats(self.stream_name),
            shared.options,
            shared.coverages[self.stream_name],
            is_new=is_new,
        )
        load.note_link = partial(shared.linker.note, self.stream_name)
        return load

    def _items(
        self, load: LoadMethod, records: Sequence[Any], lines: Sequence[Record | bytes]
    ) -> list[Item | Removal]:
        """The change that each record stands for; records that cannot be stored are rejected."""
        deleted = {index for index, record in enumerate(records) if record.__class__ is Tombstone}
        refused: dict[int, Exception] = {}
        values = self._values(records, lines, refused)
        rows = load.rows(values, len(records), refused)
        if not deleted and not refused:
            return list(starmap(Item, zip(rows, lines, strict=True)))
        items: list[Item | Removal] = []
        for index, (record, row, line) in enumerate(zip(records, rows, lines, strict=True)):
            try:
                if index in deleted:
                    items.append(Removal(load.layout.key_row(record), record, record.deleted_at))
                elif error := refused.get(index):
                    raise error
                else:
                    items.append(Item(row, line))
            except _REFUSALS as error:  # noqa: PERF203
                load.stats.reject(unify_integers(record_of(line), self._integers), error)
        return items

    def _values(
        self, records: Sequence[Any], lines: Sequence[Record | bytes], refused: dict[int, Exception]
    ) -> Mapping[str, Sequence[Any]]:
        """The values of records, by property; adds the records that the schema refuses."""
        names = self.schema["properties"]
        if self.stream.nested_array:  # elements replace their row: absent properties are cleared
            return {name: [record.get(name) for record in records] for name in names}
        decoder = self.decoder
        if decoder is None or not any(
            record.__class__ is decoder.record_type for record in records
        ):
            return column_values(records, names)
        if not all(record.__class__ is decoder.record_type for record in records):
            records = [
                record if record.__class__ is decoder.record_type else decoder.build(record)
                for record in records
            ]
        values, unchecked = decoder.column_values(records)
        for index in unchecked:
            if error := refusal_of(record_of(lines[index]), self._validator):
                refused[index] = error
        return values

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
            SeaTableError: they are more than `max_delete_fraction` allows.
        """
        version = self._shared.coverages[self.stream_name].version
        overwrites = self._method.removes_missing
        if self.load is None or not (overwrites or version):
            return
        if not (overwrites or self._adds_sdc_metadata):
            self._ignore_version(self.load)
            return
        if not self.has_state:
            reason_not_to_delete = (
                "no STATE followed the stream's last record, so the source may have broken off"
            )
        if reason_not_to_delete:
            self.load.skip_removal(reason_not_to_delete)
        elif overwrites:
            self.load.remove_missing()
        elif version:
            self.load.remove_older(version)

    def _ignore_version(self, load: LoadMethod) -> None:
        """Warn that rows of older versions stay, unless this run created the table."""
        if not self._shared.tables.has_made(load.layout.table):
            self.logger.warning(
                "Stream %r: ACTIVATE_VERSION is ignored, because the table does not hold the "
                "version of its rows. Set add_record_metadata to true.",
                self.stream_name,
            )
