"""Confirms at the end of a load that the columns written to are still the same columns."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from seatable_client.errors import SeaTableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.api import Base
    from seatable_client.metadata import Column, Table

CHECK_SECONDS = 10.0
"""Seconds after which the columns written to are looked at again: a call among many of the load."""


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
                        "written may count them as stored: correct the table or the settings, and "
                        "load the whole stream, without a state."
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
            return f"its column {before.name!r} was changed to type {after.type}"
    return ""
