"""The store of a call budget in PostgreSQL, whose clock all machines share."""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zlib import crc32

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout
from pyrate_limiter import PostgresBucket

from seatable_client.http.budget.store import BUSY_SECONDS, BudgetStore, BudgetStoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrate_limiter import AbstractBucket, Rate

# The bucket keeps wall clocks of the session's zone: all sessions need the same one.
_OPTIONS = "-c timezone=UTC"


class PostgresStore(BudgetStore):
    """Tables of one database.

    Args:
        url: of the database; its user may create tables.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._place = f"{parts.hostname}:{parts.port or 5432}{parts.path}"
        # What fails is raised and told as a sentence; the libraries would log tracebacks besides.
        for name in ("psycopg.pool", "pyrate_limiter"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._pool = ConnectionPool(
            url,
            kwargs={"options": _OPTIONS, "connect_timeout": int(BUSY_SECONDS)},
            min_size=1,
            max_size=4,
            timeout=BUSY_SECONDS,
            open=False,
        )
        with self.guarded():
            with contextlib.suppress(PoolTimeout):  # It hides why; the next connection says it.
                self._pool.open(wait=True, timeout=BUSY_SECONDS)
            self._locks = psycopg.connect(url, options=_OPTIONS, autocommit=True)

    @property
    def month(self) -> str:
        """The present month, by the server's clock."""
        return "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM')"

    @property
    def now(self) -> str:
        """The server's clock."""
        return "extract(epoch FROM clock_timestamp())::float8"

    def bucket(self, table: str, rate: Rate) -> AbstractBucket:
        """A table of this database."""
        with self._creating():
            return PostgresBucket(self._pool, table, [rate])

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement in a transaction of its own."""
        with self.guarded(), self._pool.connection() as connection:
            cursor = connection.execute(statement.replace("?", "%s").encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def try_lock(self, name: str) -> bool:
        """Take an advisory lock, which the server frees when this process is gone."""
        with self.guarded():
            [row] = self._locks.execute(
                "SELECT pg_try_advisory_lock(%s, %s)", _lock_key(name)
            ).fetchall()
        return bool(row[0])

    def close(self) -> None:
        """Free the locks and close the connections.

        A server frees the locks of a closed connection a little later only, when a run that
        follows at once may have been refused already.
        """
        with contextlib.suppress(psycopg.Error):
            self._locks.execute("SELECT pg_advisory_unlock_all()")
        self._locks.close()
        self._pool.close()

    def make_tables(self) -> None:
        """Create the tables that are not there."""
        with self._creating():
            super().make_tables()

    @contextlib.contextmanager
    def _creating(self) -> Iterator[None]:
        """Let no other process create tables: IF NOT EXISTS fails where two do so at once."""
        key = _lock_key("create tables")
        with self.guarded():
            self._locks.execute("SELECT pg_advisory_lock(%s, %s)", key)
            try:
                yield
            finally:
                self._locks.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn what the driver raises into a sentence without the password."""
        try:
            yield
        except (psycopg.Error, PoolTimeout) as error:
            # The server's words hold no password. The driver's own may quote the URL.
            said = re.search(r"FATAL: +(.+)", str(error))
            reason = said[1].rstrip(".") if said else type(error).__name__
            raise BudgetStoreUnavailable(
                f"The call budget cannot be counted in PostgreSQL at {self._place}: "
                f"{reason}. See that the server runs and that its user may connect "
                "and create tables."
            ) from error


def _lock_key(name: str) -> tuple[int, int]:
    """The two numbers of an advisory lock: this project's, and the name's."""
    return crc32(b"singer-seatable") & 0x7FFFFFFF, crc32(name.encode()) & 0x7FFFFFFF
