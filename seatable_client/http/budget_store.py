"""Where a call budget is counted: SQLite for the processes of one machine, PostgreSQL for a fleet.

Both hold a window of grants (the bucket of pyrate-limiter) and, beside it, three small tables: the
limits of each budget, its calls by month, and locks on bases. Redis is left out on purpose: its
bucket counts up to the caller's own clock, so that clocks two seconds apart let twice the limit
pass, and its clients do not survive a restart of the server.
"""

from __future__ import annotations

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from zlib import crc32

from pyrate_limiter import Rate, SQLiteBucket

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrate_limiter import AbstractBucket

BUSY_SECONDS = 30.0
"""Seconds to wait for another process that is writing to the store."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS seatable_budgets (
        name TEXT PRIMARY KEY, per_minute INTEGER, per_month INTEGER, used_at DOUBLE PRECISION)""",
    """CREATE TABLE IF NOT EXISTS seatable_monthly_calls (
        name TEXT, month TEXT, calls INTEGER, PRIMARY KEY (name, month))""",
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


def open_store(url: str) -> BudgetStore:
    """Open the store that a URL names.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path`, or
            `postgresql://user:password@host/database`.

    Raises:
        ConfigError: it is no such URL, or what it needs is not installed.
        BudgetStoreUnavailable: the store cannot be reached.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite" and not parts.netloc and parts.path.strip("/"):
        store: BudgetStore = SqliteStore(Path(unquote(parts.path[1:])))
    elif scheme in {"postgresql", "postgres"} and parts.hostname:
        store = _postgres_store(url.replace(parts.scheme, "postgresql", 1))
    else:
        raise ConfigError(
            "call_budget has a url that is none of a budget store. Use sqlite:///path/to/file.db "
            "for one machine, or postgresql://user:password@host/database for several."
        )
    store.make_tables()
    return store


def _postgres_store(url: str) -> BudgetStore:
    try:
        from seatable_client.http.budget_postgres import PostgresStore  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"call_budget in PostgreSQL needs {missing.name}, which is not installed. Install "
            "singer-seatable with its extra: pip install 'singer-seatable[budget]'."
        ) from None
    return PostgresStore(url)


class SqliteStore(BudgetStore):
    """A file that the processes of one machine share, each write behind a lock file beside it."""

    def __init__(self, path: Path) -> None:
        try:
            from filelock import FileLock  # noqa: PLC0415
        except ModuleNotFoundError:
            raise ConfigError(
                "call_budget in SQLite needs filelock, which is not installed. Install "
                "singer-seatable with its extra: pip install 'singer-seatable[budget]'."
            ) from None
        self._path = path
        self._make_lock = FileLock
        self._held: list[Any] = []
        with self.guarded():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(f"{path}.lock", timeout=BUSY_SECONDS)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level="DEFERRED"
            )
            with self._lock:
                self._connection.execute("PRAGMA journal_mode=WAL")

    @property
    def month(self) -> str:
        """The present month, by this machine's clock."""
        return "strftime('%Y-%m', 'now')"

    @property
    def now(self) -> str:
        """This machine's clock."""
        return "((julianday('now') - 2440587.5) * 86400)"

    def bucket(self, table: str, rate: Rate) -> AbstractBucket:
        """A table of this file."""
        with self.guarded(), self._lock:
            self._connection.execute(
                f"CREATE TABLE IF NOT EXISTS '{table}' (name VARCHAR, item_timestamp INTEGER)"
            )
            self._connection.execute(
                f"CREATE INDEX IF NOT EXISTS 'index_{table}' ON '{table}' (item_timestamp)"
            )
            self._connection.commit()
        return SQLiteBucket([rate], self._connection, table, lock=self._lock)

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and commit it."""
        with self.guarded(), self._lock, self._connection:
            return self._connection.execute(statement, parameters).fetchall()

    def try_lock(self, name: str) -> bool:
        """Lock a file beside the store, named by a check sum of the name."""
        lock = self._make_lock(f"{self._path}.{crc32(name.encode()):08x}.lock", timeout=0)
        try:
            lock.acquire()
        except TimeoutError:
            return False
        self._held.append(lock)
        return True

    def close(self) -> None:
        """Free the locks and close the file."""
        for lock in self._held:
            lock.release()
        self._held.clear()
        self._connection.close()

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn what SQLite and the file system raise into a sentence."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:  # a time-out of the lock is an OSError, too
            raise BudgetStoreUnavailable(
                f"The call budget cannot be counted in {self._path}: {error}. See that the file's "
                "folder is there and can be written to, and that no other program holds it."
            ) from error
