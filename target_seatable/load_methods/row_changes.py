"""Rows to add, change or remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from target_seatable.messages import record_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_seatable.messages import SourceRecord


class Item(Struct, frozen=True, gc=False):
    """A row to store.

    Attributes:
        row: its cells.
        source: its record, or the line that holds the record.
        is_new: whether it becomes a row where none has its key. A mark does not.
    """

    row: Any
    source: Mapping[str, Any] | bytes
    is_new: bool = True

    @property
    def record(self) -> SourceRecord:
        """The record, with the lines that it came in."""
        return record_of(self.source)


class Removal(NamedTuple):
    """A row that the source has deleted: its key, its tombstone, and when it was deleted."""

    row: dict[str, Any]
    record: SourceRecord
    deleted_at: str
