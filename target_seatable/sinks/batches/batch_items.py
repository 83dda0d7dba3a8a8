"""From the records of a batch to the changes of rows that they stand for."""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidRecord, MissingKeyPropertiesError

from seatable_client.errors import InvalidValueError
from target_seatable.load_methods import Item, Removal
from target_seatable.messages import (
    column_values,
    integer_properties,
    record_of,
    refusal_of,
    unify_integers,
)
from target_seatable.sinks.batches.record_marks import Tombstone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.sinks.core import BaseJSONSchemaValidator

    from target_seatable.load_methods import LoadMethod
    from target_seatable.messages import TypedDecoder
    from target_seatable.schema import StreamSchema

    Record = dict[str, Any]

_REFUSALS = (InvalidValueError, MissingKeyPropertiesError, InvalidRecord)


class BatchItems:
    """Makes changes of rows from records.

    Args:
        stream: the stream.
        validator: of its records; None if they are not validated.
    """

    def __init__(self, stream: StreamSchema, validator: BaseJSONSchemaValidator | None) -> None:
        self._stream = stream
        self._validator = validator
        self._integers = integer_properties(stream.schema)

    def changes(
        self,
        load: LoadMethod,
        records: Sequence[Any],
        lines: Sequence[Record | bytes],
        decoder: TypedDecoder | None,
    ) -> list[Item | Removal]:
        """The change that each record stands for; records that cannot be stored are rejected."""
        deleted = {index for index, record in enumerate(records) if record.__class__ is Tombstone}
        refused: dict[int, Exception] = {}
        values = self.values(records, lines, decoder, refused)
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

    def values(
        self,
        records: Sequence[Any],
        lines: Sequence[Record | bytes],
        decoder: TypedDecoder | None,
        refused: dict[int, Exception],
    ) -> Mapping[str, Sequence[Any]]:
        """The values of records, by property; adds the records that the schema refuses."""
        names = self._stream.schema["properties"]
        if self._stream.nested_array:  # elements replace their row: absent properties are cleared
            return {name: [record.get(name) for record in records] for name in names}
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
