"""One stream on its way into one table."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord, MissingKeyPropertiesError
from singer_sdk.sinks import BatchSink

from seatable_client.column_types.registry import type_of
from seatable_client.errors import InvalidValueError
from singer_seatable.contract import SDC_DELETED_AT, TOMBSTONE_COLUMNS
from target_seatable.keys.lookup import MAX_KEYS
from target_seatable.load_methods import load_method
from target_seatable.load_methods.base import LoadOptions
from target_seatable.load_methods.row_changes import Item, Removal
from target_seatable.messages.typed_decoder import NotTyped, Records, record_of, values_of
from target_seatable.messages.validation import validator_for
from target_seatable.schema.inference import SAMPLE
from target_seatable.schema.stream_schema import StreamSchema
from target_seatable.sinks.nested_sinks import NestedSinks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.sinks.core import BaseJSONSchemaValidator

    from target_seatable.load_methods.base import LoadMethod
    from target_seatable.schema.nested_array import NestedArray
    from target_seatable.target import TargetSeaTable

    Record = dict[str, Any]


_REFUSALS = (InvalidValueError, MissingKeyPropertiesError, InvalidRecord)

"""Types of columns that hold a double."""

_SDC_METADATA = frozenset({
    "_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_deleted_at",
    "_sdc_sequence", "_sdc_table_version", "_sdc_sync_started_at",
})  # fmt: skip


class Tombstone(dict[str, Any]):
    """A record that says that its row was deleted."""

    def __init__(self, record: Record, deleted_at: Any) -> None:
        super().__init__(record)
        self[SDC_DELETED_AT] = self.deleted_at = deleted_at


class TableSink(BatchSink):
    """Takes the records of a stream, batch by batch, to the stream's table.

    Args:
        target: the target.
        stream_name: the stream.
        schema: its schema.
        key_properties: the properties that tell its records apart.

    Attributes:
        confirmed: whether a STATE has come since the last record.
    """

    def __init__(
        self,
        target: TargetSeaTable,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        keys = target.nesting.keys(stream_name, key_properties)
        super().__init__(target, stream_name, schema, keys)
        self._target = target
        self._load: LoadMethod | None = None
        self.confirmed = False
        self._known = {*self.schema["properties"], *TOMBSTONE_COLUMNS}
        self._adds_books = self.include_sdc_metadata_properties
        self._full_at = 0
        branch = target.nesting.branch(stream_name)
        self.shape = StreamSchema(stream_name, self.schema, tuple(keys or ()), branch)
        self._method = load_method(self.config["load_method"], self.shape.keys)
        self._elements = NestedSinks(target, ())
        target.linker.register(self.shape)
        target.ledger.rejects.keys[stream_name] = self.shape.keys

    @property
    def load(self) -> LoadMethod | None:
        """How records are brought into the table; None while there is none."""
        return self._load

    @property
    def max_size(self) -> int:
        """Records to collect: enough to see what they are, then enough for a full call."""
        rows = self.config["batch_size_rows"]
        size = MAX_KEYS // rows * rows if self._method.looks_up else rows
        return int(size if self._load else max(size, SAMPLE))

    def get_validator(self) -> BaseJSONSchemaValidator | None:
        """The SDK's validation, compiled.

        Raises:
            InvalidJSONSchema: the stream's schema is none.
        """
        if not self.validate_schema:
            return None
        try:
            return validator_for(self.schema)
        except InvalidJSONSchema as error:
            raise InvalidJSONSchema(f"Stream {self.stream_name!r}: {error}") from error

    def start_batch(self, context: dict[str, Any]) -> None:
        """Begin a batch: a STATE that comes now has to wait for it."""
        self._full_at = self.max_size
        context["records"] = []
        context["lines"] = []
        context["ticket"] = self._target.checkpoints.begin()

    @property
    def is_full(self) -> bool:
        """Whether the batch has all the records that it shall have."""
        return self._batch_records_read >= self._full_at

    def take(self, record: Record, message: Mapping[str, Any]) -> None:
        """Take a record as it is after its stream's maps; the SDK's steps, in the SDK's order."""
        context = self._pending_batch or self._get_context(record)
        if self._adds_books:
            self._add_sdc_metadata_to_record(record, dict(message), context)
        elif not _SDC_METADATA.isdisjoint(record):
            self._remove_sdc_metadata_from_record(record)
        self.tally_record_read()
        if self._elements:
            self._take_apart(record, context, message)
        else:
            self.process_record(record, context)

    @cached_property
    def short_records(self) -> Records | None:
        """How lines are decoded without a look by Python, once the table is known; None if not."""
        if self._load is None or self._adds_books or self._elements:
            return None
        exact = {
            one.property for one in self._load.layout.fields if not type_of(one.column).holds_double
        }
        try:
            return Records(self.stream_name, self.schema, exact, validates=self.validate_schema)
        except NotTyped:
            return None

    @property
    def knows_table(self) -> bool:
        """Whether the table has been found or made."""
        return self._load is not None

    def take_lines(self, records: Sequence[Any], lines: Sequence[bytes]) -> int:
        """Take records that fit the type of `short_records`, as many as the batch has room for.

        Returns:
            How many that were.
        """
        context = self._pending_batch or self._get_context({})
        count = min(len(records), max(self._full_at - self._batch_records_read, 1))
        context["records"] += records[:count]
        context["lines"] += lines[:count]
        self.confirmed = False
        self._batch_records_read += count
        return count

    def set_nested_arrays(self, branches: Sequence[NestedArray]) -> None:
        """Hand the elements of these arrays of each record to sinks of their own from now on."""
        self._elements = NestedSinks(self._target, branches)
        self._known.update(self._elements.arrays)
        self.__dict__.pop("short_records", None)

    def _take_apart(
        self, record: Record, context: dict[str, Any], message: Mapping[str, Any]
    ) -> None:
        """Take a record, and let the sinks of its arrays take their elements."""
        is_deleted = any(map(record.get, TOMBSTONE_COLUMNS))
        count = len(context["records"])
        try:
            found = self._elements.found(record, is_deleted=is_deleted)
        except (InvalidRecord, MissingKeyPropertiesError) as error:
            self.set_aside(record, error)
            return
        self.process_record(record, context)
        if len(context["records"]) > count:  # it was not set aside
            self._elements.take(found, record, message)

    def set_aside(self, record: Record, error: Exception) -> None:
        """Refuse a record as it came, and its elements with it."""
        self.confirmed = False
        self._target.ledger.outcome(self.stream_name).reject(record, error)
        self._elements.doubt(record)

    def _remove_sdc_metadata_from_record(self, record: Record) -> None:
        # The SDK throws away, with its own books, what says that a row was deleted.
        deleted_at = record.get(SDC_DELETED_AT)
        super()._remove_sdc_metadata_from_record(record)
        if deleted_at:
            record[SDC_DELETED_AT] = deleted_at

    def process_record(self, record: Record, context: dict[str, Any]) -> None:
        """Take a record into the batch, or set it aside if it does not fit its schema.

        Values stay as the source wrote them, for the columns to read. The layout sees to the key.
        """
        self.confirmed = False
        deleted_at = record.pop(SDC_DELETED_AT, None)
        deleted_at = record.pop("_deleted_at", None) or deleted_at
        if deleted_at:  # an empty text, as CSV files have it, says nothing
            record = Tombstone(record, deleted_at)
            context["records"].append(record)
            context["lines"].append(record)
            return
        try:
            if self._validator is not None:
                self._validator.validate(record)
        except InvalidRecord as error:
            self.set_aside(record, error)
        else:
            context["records"].append(record)
            context["lines"].append(record)
        if not self._known.issuperset(record):
            self._announce_unknown(record)

    def _announce_unknown(self, record: Record) -> None:
        """Say once of each property that the schema does not have that it is left out."""
        unknown = sorted(record.keys() - self._known)
        self._known.update(unknown)
        self.logger.warning(
            "Stream %r: left out, because the schema does not have it: %s.",
            self.stream_name,
            ", ".join(map(repr, unknown)),
        )

    def process_batch(self, context: dict[str, Any]) -> None:
        """Store a batch, while the next one is read."""
        records, ticket = context["records"], context["ticket"]
        self.record_counter_metric.increment(self.current_size)
        courier = self._target.courier
        if records and self._load is None:
            self._load = courier.do(lambda: self._begin(records))
            if self._load is not None:
                self._load.note_link = partial(self._target.linker.note, self.stream_name)
        load = self._load
        items = self._items(load, records, context["lines"]) if load and records else []

        def store() -> None:
            if load is not None:
                load.store(items)
            waits = bool(self._elements or (load and load.layout.links))
            self._target.batch_done(ticket, is_linked=waits)

        courier.send(store)
        self._target.batches += 1

    def finish(self) -> None:
        """Make the table of a stream that had no records, so that the base shows all there is.

        Not where the types of its columns are still to be seen from records of a later run.
        """
        exists = self._target.structure.table(self.shape) is not None
        if self._load is None and (exists or not self.shape.is_untyped):
            self._load = self._begin([])

    def activate_version(self, new_version: int) -> None:
        """Note that rows of older versions are to go, once the input has come to its end."""
        for sink in self._elements.sinks:
            sink.activate_version(new_version)
        self._target.coverages[self.stream_name].version = new_version

    def remove(self, doubt: str | None) -> None:
        """Remove what the stream, now complete, no longer has; nothing if there is a doubt."""
        overwrites = self._method.removes_missing
        version = self._target.coverages[self.stream_name].version
        if self._load is None or not (overwrites or version):
            return
        if not (overwrites or self.include_sdc_metadata_properties):
            self._ignore_version(self._load)
            return
        if not self.confirmed:
            doubt = "no STATE followed the stream's last record, so the source may have broken off"
        if doubt:
            self._load.skip_removal(doubt)
        elif overwrites:
            self._load.remove_missing()
        elif version:
            self._load.remove_older(version)

    def _ignore_version(self, load: LoadMethod) -> None:
        """Say that rows of older versions stay, unless there can be none."""
        if not self._target.structure.has_made(load.layout.table):
            self.logger.warning(
                "Stream %r: ACTIVATE_VERSION is ignored. It takes add_record_metadata, for the "
                "table to hold which version a row is of.",
                self.stream_name,
            )

    def _begin(self, records: Sequence[Record]) -> LoadMethod | None:
        """Find or make the table, now that the first records show what is in them.

        Where there is no table, nothing can be deleted from it, and no table is made for that.
        """
        sample = [record for record in records if type(record) is not Tombstone]
        structure = self._target.structure
        is_new = structure.table(self.shape) is None
        if is_new and len(sample) < len(records) and not sample:
            return None
        keys = self.shape.keys if self._method.needs_key else ()
        layout = structure.layout(replace(self.shape, keys=keys), sample)
        coverages = self._target.coverages
        if self._method.removes_missing:
            coverages.check_names(self.stream_name, layout.table.name)
        return self._method(
            structure,
            layout,
            self._target.ledger.outcome(self.stream_name),
            LoadOptions(
                batch_size=int(self.config["batch_size_rows"]),
                skip_unchanged=self.config["skip_unchanged"],
                hard_delete=self.config["hard_delete"],
                on_ambiguous_key=self.config["on_ambiguous_key"],
                max_delete_fraction=self.config["max_delete_fraction"],
            ),
            coverages[self.stream_name],
            is_new=is_new,
        )

    def _items(
        self, load: LoadMethod, records: Sequence[Any], lines: Sequence[Record | bytes]
    ) -> list[Item | Removal]:
        """What is to be done for each record; those that cannot be stored are set aside."""
        deleted = {at for at, one in enumerate(records) if one.__class__ is Tombstone}
        refused: dict[int, Exception] = {}
        values = self._values(records, lines, refused)
        rows = load.rows(values, len(records), refused)
        if not deleted and not refused:
            return list(map(Item, rows, lines))
        items: list[Item | Removal] = []
        for at, record in enumerate(records):
            try:
                if at in deleted:
                    items.append(Removal(load.layout.key_row(record), record, record.deleted_at))
                elif error := refused.get(at):
                    raise error
                else:
                    items.append(Item(rows[at], lines[at]))
            except _REFUSALS as error:  # noqa: PERF203
                load.stats.reject(record_of(lines[at]), error)
        return items

    def _values(
        self, records: Sequence[Any], lines: Sequence[Record | bytes], refused: dict[int, Exception]
    ) -> Mapping[str, Sequence[Any]]:
        """The values of records, by property; notes which of them the schema refuses."""
        if self.shape.nested_array:  # an element is given whole: what it lacks is nothing
            return {name: [one.get(name) for one in records] for name in self.schema["properties"]}
        short = self.short_records if self.knows_table else None
        if short is None or not any(record.__class__ is short.made for record in records):
            return values_of(records, self.schema["properties"])
        if not all(record.__class__ is short.made for record in records):
            records = [
                record if record.__class__ is short.made else short.of(record) for record in records
            ]
        values, doubted = short.columns(records)
        if self._validator is not None:
            for at in doubted:
                try:
                    self._validator.validate(dict(record_of(lines[at])))
                except InvalidRecord as error:  # noqa: PERF203
                    refused[at] = error
        return values
