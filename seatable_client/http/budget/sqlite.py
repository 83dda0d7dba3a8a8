"""The store of a call budget in SQLite, for the processes of one machine."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from filelock import FileLock
from pyrate_limiter import Rate, SQLiteBucket

from seatable_client.http.budget.store import BUSY_SECONDS, BudgetStore, BudgetStoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrate_limiter import AbstractBucket


class SqliteStore(BudgetStore):
    """A file that the processes of one machine share, each write behind a lock file beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: list[tuple[Any, tuple[int, int]]] = []
        with self.guarded():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(f"{path}.lock", timeout=BUSY_SECONDS)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level="DEFERRED"
            )
            try:
                with self._lock:
                    self._connection.execute("PRAGMA journal_mode=WAL")
            except Exception:
                self._connection.close()
                raise

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
        path = f"{self._path}.{crc32(name.encode()):08x}.lock"
        lock = FileLock(path, timeout=0)
        with self.guarded():
            try:
                lock.acquire()
            except TimeoutError:
                return False
            self._held.append((lock, _identity(path)))
        return True

    def keeps_locks(self) -> bool:
        """Whether the locked files are still there: others would make and lock new ones."""
        try:
            return all(_identity(lock.lock_file) == identity for lock, identity in self._held)
        except OSError:
            return False

    def close(self) -> None:
        """Free the locks and close the file."""
        for lock, _ in self._held:
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
                f"The call budget cannot be counted in {self._path}: {error}.",
                hint="See that the file's folder is there and can be written to, and that no other "
                "program holds it.",
            ) from error


def _identity(path: str) -> tuple[int, int]:
    """What tells a file from another one that has its path later."""
    found = Path(path).stat()
    return found.st_dev, found.st_ino
