"""The operations log of a base, and whether the last run's last operation is still the same.

A base that is put back to a snapshot counts on from the snapshot's number. So the same number can
be another operation, and only its time tells: the one in the state is compared with that in the log
to the millisecond, both being of the same clock.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from seatable_client.api import find_operation, read_log

if TYPE_CHECKING:
    from datetime import datetime

    from seatable_client.api import Base, Operation
    from tap_seatable.state import TableBookmark


class Past(enum.Enum):
    """What became of the operation up to which the last run knew everything."""

    KEPT = enum.auto()
    REPLACED = enum.auto()
    UNKNOWN = enum.auto()


class BaseLog:
    """The operations log of a base, as far as a run has read it.

    Args:
        base: the base.
        up_to: its operation counter when the run began.
    """

    def __init__(self, base: Base, up_to: int) -> None:
        self._base = base
        self._up_to = up_to
        self._times: dict[int, datetime] = {}
        self._has_read_newest = False

    def read(self, after: int, max_calls: int) -> list[Operation] | None:
        """Read every operation after one version; None where the log does not have them all."""
        self._has_read_newest = True
        operations = read_log(self._base, after=after, up_to=self._up_to, max_calls=max_calls)
        for operation in operations or ():
            self._times[operation.number] = operation.happened_at
        return operations

    def last_operation_at(self) -> datetime | None:
        """When the last operation before the run happened; None where the log does not show it.

        One call if nothing has been read yet.
        """
        if not self._has_read_newest:
            self.read(after=self._up_to, max_calls=1)
        return self._times.get(self._up_to)

    def past_of(self, bookmark: TableBookmark) -> Past:
        """What became of the last operation that a bookmark knows. One call if it was not read."""
        number, happened_at = bookmark.version, bookmark.last_operation_at
        if number is None or happened_at is None:
            return Past.UNKNOWN
        if number not in self._times:
            found = find_operation(self._base, number, up_to=self._up_to)
            if found is None:
                return Past.UNKNOWN
            self._times[number] = found.happened_at
        return Past.KEPT if self._times[number] == happened_at else Past.REPLACED
