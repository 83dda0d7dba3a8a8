"""Stores of a call budget: SQLite for the processes of one machine, PostgreSQL for a fleet.

Both hold a window of grants (the bucket of pyrate-limiter) and, beside it, three small tables: the
limits of each budget, its calls by month, and who had a lock on a base last. Redis is left out on
purpose: its bucket counts up to the caller's own clock, so that clocks two seconds apart let twice
the limit pass, and its clients do not survive a restart of the server.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ErrorKind, SeaTableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrate_limiter import AbstractBucket, Rate

BUSY_SECONDS = 30.0
"""Seconds to wait for another process that is writing to the store."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS seatable_budgets (
        name TEXT PRIMARY KEY, per_minute INTEGER, per_month INTEGER, used_at DOUBLE PRECISION)""",
    """CREATE TABLE IF NOT EXISTS seatable_monthly_calls (
        name TEXT, month TEXT, calls INTEGER, PRIMARY KEY (name, month))""",
    "CREATE TABLE IF NOT EXISTS seatable_locks (name TEXT PRIMARY KEY, holder TEXT)",
)


class BudgetStoreUnavailable(SeaTableError):
    """The store of a call budget cannot be reached, or does not answer in time."""

    kind = ErrorKind.SYSTEM


class BudgetStore(ABC):
    """The tables of a budget store. Safe under threads.

    Raises:
        BudgetStoreUnavailable: from every method, if the store does not answer.
    """

    @abstractmethod
    def bucket(self, table: str, rate: Rate) -> AbstractBucket:
        """The window of grants that all processes with this table's name share."""

    @abstractmethod
    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement with `?` for parameters, in a transaction of its own."""

    @abstractmethod
    def try_lock(self, name: str) -> bool:
        """Take a lock until `close`, or until this process dies; False if another one has it."""

    @abstractmethod
    def keeps_locks(self) -> bool:
        """Whether no other process can have had a lock since it was taken here."""

    @abstractmethod
    def close(self) -> None:
        """Give back locks and connections."""

    @abstractmethod
    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn whatever the store raises into `BudgetStoreUnavailable`."""

    @property
    @abstractmethod
    def month(self) -> str:
        """The present month in UTC as an expression of the store's SQL, by the store's clock."""

    @property
    @abstractmethod
    def now(self) -> str:
        """Seconds since 1970 as an expression of the store's SQL, by the store's clock."""

    def make_tables(self) -> None:
        """Create the tables that are not there."""
        for statement in _TABLES:
            self.rows(statement)
