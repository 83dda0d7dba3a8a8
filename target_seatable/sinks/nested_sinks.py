"""The elements of a stream's arrays, on their way to the sinks of their own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_seatable.schema.nested_array import NestedArray
    from target_seatable.sinks.table_sink import TableSink
    from target_seatable.target import TargetSeaTable

    Record = dict[str, Any]


class NestedSinks:
    """The arrays of a stream whose elements become rows of their own.

    Args:
        target: the target.
        branches: the arrays.

    Attributes:
        arrays: the properties that hold them.
    """

    def __init__(self, target: TargetSeaTable, branches: Sequence[NestedArray]) -> None:
        self._target = target
        self._branches = list(branches)
        self.arrays = {one.array for one in branches}
        self.sinks = [
            cast(
                "TableSink",
                target.get_sink(one.stream, schema=dict(one.schema), key_properties=one.keys),
            )
            for one in branches
        ]

    def __bool__(self) -> bool:
        return bool(self._branches)

    def found(self, record: Record, *, is_deleted: bool) -> Mapping[str, Sequence[Record]]:
        """The elements of a record by the streams that they belong to.

        Raises:
            InvalidRecord, MissingKeyPropertiesError: it cannot be taken apart.
        """
        return self._target.nesting.records(self._branches, record, is_deleted=is_deleted)

    def take(
        self, found: Mapping[str, Sequence[Record]], record: Record, message: Mapping[str, Any]
    ) -> None:
        """Take the elements of a record, which has itself been taken, out of it to their sinks."""
        self._target.nesting.note(found, record)
        for branch, sink in zip(self._branches, self.sinks, strict=True):
            record.pop(branch.array, None)
            for element in found.get(branch.stream, ()):
                sink.take(element, message)
                if sink.is_full:
                    self._target.drain_one(sink)

    def doubt(self, record: Record) -> None:
        """Note that a record was set aside, so that nobody knows what its arrays held."""
        for stream in self._target.nesting.doubt(self._branches, record):
            self._target.coverages[stream].rejected.append({})  # of keys that nobody knows
