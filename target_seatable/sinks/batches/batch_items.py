"""From the records of a batch to the changes of rows that they stand for."""

from __future__ import annotations

import logging
from itertools import starmap
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from seatable_client.errors import InvalidValueError
from target_seatable.errors import ContractViolated, distinct_errors
from target_seatable.load_methods import Item, Removal
from target_seatable.messages import (
    FaultyRecord,
    column_values,
    integer_properties,
    record_of,
    refusals_of,
    unify_integers,
)
from target_seatable.results import ReasonCounts
from target_seatable.sinks.batches.element_keys import ElementKeys
from target_seatable.sinks.batches.record_marks import Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from target_seatable.errors import Refusal
    from target_seatable.load_methods import LoadMethod
    from target_seatable.messages import RecordValidator, SourceRecord, TypedDecoder
    from target_seatable.results import PlanRecorder
    from target_seatable.rows import Body
    from target_seatable.schema import StreamSchema
    from target_seatable.settings import Contract

    Record = dict[str, Any]
    Rejection = tuple[SourceRecord, Sequence[Exception]]


log = logging.getLogger(__name__)


class BatchItems:
    """Makes changes of rows from records.

    Args:
        stream: the stream.
        validator: of its records; None if they are not validated.
        contract: what happens where values do not fit their columns.
        plan: notes the values, in a dry run; None in other runs.
    """

    def __init__(
        self,
        stream: StreamSchema,
        validator: RecordValidator | None,
        contract: Contract,
        plan: PlanRecorder | None = None,
    ) -> None:
        self._stream = stream
        self._validator = validator
        self._contract = contract
        self._plan = plan
        self._left_out = ReasonCounts()
        self._integers = integer_properties(stream.schema)
        self._element_keys = ElementKeys()
        self._rejections: list[Rejection] = []

    def changes(
        self,
        load: LoadMethod,
        records: Sequence[Any],
        lines: Sequence[Record | bytes],
        decoder: TypedDecoder | None,
    ) -> list[Item | Removal]:
        """The change that each record stands for; records that cannot be stored are rejected."""
        rows = load.layout.block
        items: list[Item | Removal] = []
        for start in range(0, len(records), rows):
            part = slice(start, start + rows)
            items += self._changes(load, records[part], lines[part], decoder)
        return items

    def _changes(
        self,
        load: LoadMethod,
        records: Sequence[Any],
        lines: Sequence[Record | bytes],
        decoder: TypedDecoder | None,
    ) -> list[Item | Removal]:
        deleted = _tombstones(records)
        contract = self._contract
        refused: dict[int, list[Refusal]] = {}
        values = self.values(records, lines, decoder, refused)
        rows = self._rows(load, records, values, refused)
        if self._plan is not None:
            self._plan.observe(self._stream.name, load.layout, values, rows, refused, deleted)
        left_out = _with_values(values, load.layout.left_out)
        if not deleted and not refused and not left_out:
            return list(starmap(Item, zip(rows, lines, strict=True)))
        items: list[Item | Removal] = []
        for index, (record, row, line) in enumerate(zip(records, rows, lines, strict=True)):
            refusals: Sequence[Refusal] = refused.get(index, ())
            if index in deleted:
                key_row, refusals = load.layout.key_row(record)
                if not refusals:
                    items.append(Removal(key_row, record, record.deleted_at))
            elif index in left_out:
                load.leave_out(record_of(line))
                continue
            elif refusals and contract.types != "evolve" and _are_of_columns(refusals):
                given = {name: column[index] for name, column in values.items()}
                items += self._apply_contract(load, line, given, refusals)
                continue
            elif not refusals:
                items.append(Item(row, line))
            if refusals:
                self._reject(record_of(line), refusals)
        return items

    def _rows(
        self,
        load: LoadMethod,
        records: Sequence[Any],
        values: Mapping[str, Sequence[Any]],
        refused: dict[int, list[Refusal]],
    ) -> Sequence[Mapping[str, Any] | Body]:
        """The rows of records; adds those that cannot be stored, for each of their columns."""
        rows = load.rows(values, len(records), refused)
        if self._stream.nested_array:
            self._element_keys.check(load.layout, records, rows, refused)
        return rows

    def _apply_contract(
        self,
        load: LoadMethod,
        line: Record | bytes,
        given: Mapping[str, Any],
        refusals: Sequence[Refusal],
    ) -> list[Item]:
        """The row of a record whose values do not fit their columns, if it is stored.

        Raises:
            ContractViolated: such a value ends the run.
        """
        reasons = [str(error) for error in distinct_errors(refusals)]
        name, rule = self._stream.name, self._contract.types
        if rule == "freeze":
            raise ContractViolated(
                f"Stream {name!r}: schema_contract says freeze for types, and a record has a value "
                f"that its column does not take. {' '.join(reasons)} Change the type of the column "
                "in SeaTable, correct the source, or set types to another word for this stream in "
                "stream_settings."
            )
        for reason in reasons:
            if self._left_out.add(name, reason):
                part = "record" if rule == "drop_row" else "value"
                log.warning("Stream %r: left a %s out by schema_contract. %s", name, part, reason)
        if rule == "drop_row":
            load.leave_out(record_of(line))
            return []
        names = {refusal.property for refusal in refusals}
        rest = {name: [value] for name, value in given.items() if name not in names}
        refused: dict[int, list[Refusal]] = {}
        (row,) = load.rows(rest, 1, refused)
        if refused:
            self._reject(record_of(line), refused[0])
            return []
        load.stats.values_left_out += len(names)
        return [Item(row, line)]

    def reject(
        self, load: LoadMethod | None, record: SourceRecord, refusals: Sequence[Refusal]
    ) -> None:
        """Reject a record that the schema refuses, also for what the columns would refuse.

        Args:
            load: how the stream is loaded; None if it has no table.
            record: the record.
            refusals: what the schema refuses.
        """
        if load is None:
            self._reject(record, refusals)
            return
        refused = {0: list(refusals)}
        names = self._stream.schema["properties"]
        values = {name: [record[name]] for name in names if name in record}
        rows = load.rows(values, 1, refused)
        if self._plan is not None:
            self._plan.observe(self._stream.name, load.layout, values, rows, refused, ())
        self._reject(record, refused[0])

    def _reject(self, record: SourceRecord, refusals: Iterable[Refusal]) -> None:
        unify_integers(record, self._integers)
        errors = distinct_errors(refusals)
        # Texts stand in a faulty record for what the columns would say nothing new about.
        self._rejections.append((record, errors[: 1 if isinstance(record, FaultyRecord) else None]))

    def take_rejections(self) -> Sequence[Rejection]:
        """The records rejected since the last call, to be rejected when their batch is stored."""
        rejections, self._rejections = self._rejections, []
        return rejections

    def values(
        self,
        records: Sequence[Any],
        lines: Sequence[Record | bytes],
        decoder: TypedDecoder | None,
        refused: dict[int, list[Refusal]],
    ) -> Mapping[str, Sequence[Any]]:
        """The values of records, by property; adds the records that the schema refuses."""
        names = self._stream.schema["properties"]
        if self._stream.nested_array:  # elements replace their row: absent properties are cleared
            return {name: [record.get(name) for record in records] for name in names}
        types = set(map(type, records))
        if decoder is None or decoder.record_type not in types:
            return column_values(records, names)
        if len(types) > 1:
            records = [
                record if record.__class__ is decoder.record_type else decoder.build(record)
                for record in records
            ]
        values, unchecked = decoder.column_values(records)
        for index in unchecked:
            if refusals := refusals_of(record_of(lines[index]), self._validator):
                refused[index] = refusals
        return values


def _tombstones(records: Sequence[Any]) -> set[int]:
    """The positions of tombstones among records."""
    if Tombstone not in set(map(type, records)):
        return set()
    return {index for index, record in enumerate(records) if type(record) is Tombstone}


def _with_values(values: Mapping[str, Sequence[Any]], names: Iterable[str]) -> set[int]:
    """The positions of records that have a value for one of these properties."""
    return {
        index
        for name in names
        for index, value in enumerate(values.get(name, ()))
        if value is not UNSET and value is not None and value != ""
    }


def _are_of_columns(refusals: Iterable[Refusal]) -> bool:
    """Whether the only reasons are columns that do not take values; a key is missed besides."""
    return all(
        isinstance(refusal.error, InvalidValueError) and refusal.property is not None
        for refusal in refusals
    )
