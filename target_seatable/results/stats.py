"""Counters of one stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from seatable_client.formatting import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reject(Protocol):
    """Rejects a record, with all errors that say why."""

    def __call__(self, record: Mapping[str, Any], *errors: Exception) -> None:
        """Reject the record."""


@dataclass
class StreamStats:
    """Counters of one stream.

    Attributes:
        reject: rejects a record, with all errors that say why.
        added, changed, unchanged, deleted: rows.
        marked: rows that were marked as deleted.
        merged: records that a later record of the same batch replaced.
        skipped: records that the load method or the schema contract leaves out; in a retry also
            those that a filter leaves out.
        values_left_out: values that the schema contract leaves out of their rows.
    """

    reject: Reject
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    marked: int = 0
    merged: int = 0
    skipped: int = 0
    values_left_out: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return not any(
            (self.added, self.changed, self.unchanged, self.deleted, self.marked, self.merged,
             self.skipped)
        )  # fmt: skip

    def __str__(self) -> str:
        marked = f", {self.marked:,} marked as deleted" if self.marked else ""
        skipped = f", {self.skipped:,} skipped" if self.skipped else ""
        if self.values_left_out:
            skipped += f", {format_count(self.values_left_out, 'value')} left out"
        return (
            f"{format_count(self.added, 'row')} added, {self.changed:,} changed, "
            f"{self.unchanged:,} unchanged, {self.deleted:,} deleted{marked}{skipped}"
        )
