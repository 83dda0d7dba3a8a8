"""Confirming writes: those whose answer was lost, and that the columns written to stayed.

For a lost answer: when to read back, how often, and how long to wait.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from seatable_client.errors import AmbiguousWriteError, RequestRejected, SeaTableError
from seatable_client.http import MAX_TRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.api import Base
    from seatable_client.metadata import Column, Table

Reading = TypeVar("Reading")

PAUSES = (3.0, 6.0, 12.0)
"""Seconds between readings. A write whose answer was lost may be applied a little later."""

MAX_WRITE_ATTEMPTS = MAX_TRIES
"""How often a write is sent at most, when its answer is lost and it is not stored: as a read is."""

CHECK_SECONDS = 10.0
"""Seconds after which the columns written to are looked at again: a call among many of the load."""

_SERVER_FAILED = 500
"""HTTP statuses from here on are failures of the server."""


def is_server_failure(error: Exception) -> bool:
    """Whether the server failed at a request, and did not refuse it.

    Then the request may have been carried out.
    """
    return isinstance(error, RequestRejected) and error.status >= _SERVER_FAILED


def poll_until_stable(read: Callable[[], Reading], is_final: Callable[[Reading], bool]) -> Reading:
    """Read until everything is there, or until two readings agree.

    Args:
        read: reads what is stored.
        is_final: whether nothing more can come.

    Raises:
        AmbiguousWriteError: the readings keep changing.
    """
    last = read()
    for pause in PAUSES:
        if is_final(last):
            return last
        time.sleep(pause)
        reading = read()
        if reading == last:
            return reading
        last = reading
    if is_final(last):
        return last
    raise AmbiguousWriteError(
        "An answer of the server was lost, and the stored rows keep changing. Another program "
        "may be writing to the same table; run again when it has ended."
    )


class WrittenColumns:
    """The columns that a run has written to, and whether they are still what they were.

    SeaTable drops the values for a column that was renamed or removed, reads them in another way
    where it got another type, and reports success. No server returns the rows that it changes, so
    that only the metadata show it. Safe under threads.

    Args:
        base: the base, whose metadata were read just now.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._written: dict[str, tuple[Table, dict[str, Column]]] = {}
        self._checked = time.monotonic()
        self._failure: SeaTableError | None = None
        self._lock = threading.Lock()

    def note(self, table: Table, columns: Sequence[Column]) -> None:
        """Note a write to columns of a table."""
        with self._lock:
            known = self._written[table.id][1] if table.id in self._written else {}
            self._written[table.id] = table, {**known, **{column.key: column for column in columns}}

    def check(self) -> None:
        """Look at the columns again, unless that was done a moment ago.

        Raises:
            SeaTableError: a table or column was changed meanwhile, now or at an earlier check.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if not self._written or time.monotonic() - self._checked < CHECK_SECONDS:
                return
            tables = {table.id: table for table in self._base.metadata().tables}
            for table, columns in self._written.values():
                if change := _change_of(table, columns, tables.get(table.id)):
                    self._failure = SeaTableError(
                        f"Table {table.name!r}: {change} while rows were written to it, so values "
                        "of this run may be missing or changed. A state that this run has already "
                        "written may count them as stored: mend the table or the settings, and "
                        "load the stream as a whole, without a state."
                    )
                    raise self._failure
            self._checked = time.monotonic()


def _change_of(table: Table, columns: Mapping[str, Column], now: Table | None) -> str:
    """What became of a table and its columns, as a clause; empty if they are as they were."""
    if now is None:
        return "it was deleted"
    if now.name != table.name:
        return f"it was renamed to {now.name!r}"
    present = {column.key: column for column in now.columns}
    for key, before in columns.items():
        after = present.get(key)
        if after is None:
            return f"its column {before.name!r} was deleted"
        if after.name != before.name:
            return f"its column {before.name!r} was renamed to {after.name!r}"
        if after.type != before.type:
            return f"its column {before.name!r} was made one of type {after.type}"
    return ""
