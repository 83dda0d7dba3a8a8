"""The sinks of a stream's nested arrays, which take the elements out of its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_seatable.sinks.batches import Element

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_seatable.schema import NestedArray
    from target_seatable.sinks.context import LoadContext

    Record = dict[str, Any]


class NestedSinks:
    """The sinks of those arrays of a stream whose elements become rows of their own.

    Args:
        context: what all sinks share.
        arrays: the arrays.
        former: arrays of older schemas of the stream, whose elements go with a deleted record.

    Attributes:
        properties: the properties that hold the arrays.
    """

    def __init__(
        self,
        context: LoadContext,
        arrays: Sequence[NestedArray],
        former: Sequence[NestedArray] = (),
    ) -> None:
        self._nested = context.nested
        self._coverages = context.coverages
        self._arrays = list(arrays)
        self._former = list(former)
        self._sinks = [context.sink_of(array) for array in arrays]
        self.properties = {array.array for array in arrays}

    def __bool__(self) -> bool:
        return bool(self._arrays or self._former)

    def split(self, record: Record, *, is_deleted: bool) -> Mapping[str, Sequence[Record]]:
        """The elements of a record, by their streams.

        Raises:
            InvalidRecord: a property is no array of objects.
            MissingKeyPropertiesError: the record has no key.
        """
        arrays = [*self._arrays, *self._former] if is_deleted else self._arrays
        return self._nested.split_record(arrays, record, is_deleted=is_deleted)

    def take(
        self, elements: Mapping[str, Sequence[Record]], record: Record, message: Mapping[str, Any]
    ) -> None:
        """Move the elements of a record, which its own sink has taken, to their sinks."""
        self._nested.note_elements(elements, record)
        owner = record.owner if isinstance(record, Element) else object()
        for prop in self.properties:  # before the record may be stored for its elements
            record.pop(prop, None)
        for array, sink in zip(self._arrays, self._sinks, strict=True):
            for element in elements.get(array.stream, ()):
                sink.take(Element(element, owner), message)
                if sink.is_full:
                    sink.drain()

    def note_rejected(self, record: Record) -> None:
        """Note that a record was rejected, so that its elements are not known."""
        for stream in self._nested.note_rejected(self._arrays, record):
            self._coverages[stream].rejected.append({})  # its key is not known

    def activate_version(self, new_version: int) -> None:
        """Note that rows of older versions are removed at the end of the input."""
        for sink in self._sinks:
            sink.activate_version(new_version)
