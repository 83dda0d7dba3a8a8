"""Locks of a call budget in PostgreSQL, which outlive the session that took them."""

from __future__ import annotations

import contextlib
import secrets
import threading
from typing import TYPE_CHECKING, Any
from zlib import crc32

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class PostgresLocks:
    """Advisory locks of a session. The server frees them when this process is gone.

    It also frees them when it restarts, or ends a session that was idle for long. They are then
    taken again, unless another process has had one meanwhile: a table tells who had it last.

    Args:
        connect: opens a session that commits each statement.

    Raises:
        psycopg.Error: from every method, if the server does not answer.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self._session = connect()
        self._holder = secrets.token_hex(16)
        self._held: list[str] = []
        self._is_lost = False
        self._mutex = threading.Lock()

    def try_lock(self, name: str) -> bool:
        """Take a lock until `close`; False if another process has it."""
        with self._mutex:
            self._renew_session()
            if not self._take(name):
                return False
            # In the session of the lock, so that nobody writes here who has lost it.
            self._session.execute(
                "INSERT INTO seatable_locks (name, holder) VALUES (%s, %s) "
                "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder",
                (name, self._holder),
            )
            self._held.append(name)
            return True

    def keep(self) -> bool:
        """Take locks again that the server has freed; False if another process had one since."""
        with self._mutex:
            if self._held:
                self._renew_session()
            return not self._is_lost

    @contextlib.contextmanager
    def creating(self) -> Iterator[None]:
        """Let no other process create tables: IF NOT EXISTS fails where two do so at once."""
        key = _lock_key("create tables")
        self._session.execute("SELECT pg_advisory_lock(%s, %s)", key)
        try:
            yield
        finally:
            self._session.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    def close(self) -> None:
        """Free the locks and end the session.

        A server frees the locks of a closed session a little later only, when a run that follows
        at once may have been refused already.
        """
        with contextlib.suppress(psycopg.Error):
            self._session.execute("SELECT pg_advisory_unlock_all()")
        self._session.close()

    def _renew_session(self) -> None:
        """Open another session if the server has ended this one, and take its locks again."""
        try:
            self._session.execute("SELECT 1")
        except psycopg.Error:
            self._session.close()
            self._session = self._connect()
            taken = [self._take(name) and self._was_last(name) for name in self._held]
            self._is_lost |= not all(taken)

    def _take(self, name: str) -> bool:
        [row] = self._session.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", _lock_key(name)
        ).fetchall()
        return bool(row[0])

    def _was_last(self, name: str) -> bool:
        """Whether no other process has had a lock since this one took it."""
        found = self._session.execute(
            "SELECT holder FROM seatable_locks WHERE name = %s", (name,)
        ).fetchall()
        return found == [(self._holder,)]


def _lock_key(name: str) -> tuple[int, int]:
    """The two numbers of an advisory lock: this project's, and the name's."""
    return crc32(b"singer-seatable") & 0x7FFFFFFF, crc32(name.encode()) & 0x7FFFFFFF
