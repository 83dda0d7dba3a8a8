"""The store of a call budget in PostgreSQL, whose clock all machines share."""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout
from pyrate_limiter import PostgresBucket

from seatable_client.errors import ConfigError
from seatable_client.http.budget.postgres_locks import PostgresLocks
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

    Raises:
        ConfigError: the driver does not understand the URL.
    """

    def __init__(self, url: str) -> None:
        try:
            conninfo_to_dict(url)
        except psycopg.Error:  # which may quote the URL
            raise ConfigError(
                "call_budget has a url that PostgreSQL's driver does not understand.",
                hint="See that it is postgresql://user:password@host/database, that special "
                "characters of the password are written as %40 for @ and so on, and that its "
                "parameters are those of PostgreSQL.",
            ) from None
        parts = urlsplit(url)
        self._place = f"{parts.hostname}:{parts.port or 5432}{parts.path}"
        # Failures are raised and reported as sentences; the libraries would log tracebacks besides.
        for name in ("psycopg.pool", "pyrate_limiter"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        options: dict[str, Any] = {
            "options": _OPTIONS,
            "connect_timeout": int(BUSY_SECONDS),
            "tcp_user_timeout": int(1000 * BUSY_SECONDS),  # for a network that loses everything
        }
        self._pool = ConnectionPool(
            url,
            kwargs=options,
            check=ConnectionPool.check_connection,  # a restarted server has ended those of before
            min_size=1,
            max_size=4,
            timeout=BUSY_SECONDS,
            open=False,
        )
        with self.guarded():
            with contextlib.suppress(PoolTimeout):  # It hides why; the next connection says it.
                self._pool.open(wait=True, timeout=BUSY_SECONDS)
            self._locks = PostgresLocks(lambda: psycopg.connect(url, autocommit=True, **options))

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
        """Take an advisory lock."""
        with self.guarded():
            return self._locks.try_lock(name)

    def keeps_locks(self) -> bool:
        """Take locks again that a restart of the server, or the end of a session, has freed."""
        with self.guarded():
            return self._locks.keep()

    def close(self) -> None:
        """Free the locks and close the connections."""
        self._locks.close()
        self._pool.close()

    def make_tables(self) -> None:
        """Create the tables that are not there."""
        with self._creating():
            super().make_tables()

    @contextlib.contextmanager
    def _creating(self) -> Iterator[None]:
        with self.guarded(), self._locks.creating():
            yield

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
                f"The call budget cannot be counted in PostgreSQL at {self._place}: {reason}.",
                hint="See that the server runs and that its user may connect and create tables.",
            ) from error
