"""Deadlines for answers that come byte by byte.

A time-out bounds the wait for the next bytes, so a server that sends one byte a second is waited
for without end. Here an answer as a whole has to keep a pace: it may take twice the time-out, and
a second more for every `SLOWEST` bytes that have come. That bounds the headers, the body and a
download of any size alike.
"""

from __future__ import annotations

import http.client
import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:
    import socket
    import ssl

SLOWEST = 1_000
"""Bytes a second below which an answer is given up, once its grace is over."""

_GRACE = 2


class AnswerTooSlow(TimeoutError):
    """An answer does not keep the pace."""


class _PacedReader(io.RawIOBase):
    """What comes from a socket, as long as it keeps the pace."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._timeout = sock.gettimeout()
        self._ends = time.monotonic() + _GRACE * (self._timeout or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._timeout is None:
            return self._raw.readinto(buffer)
        left = self._ends - time.monotonic()
        if left <= 0:
            raise AnswerTooSlow
        size = (
            self._read_within(left, buffer) if left < self._timeout else self._raw.readinto(buffer)
        )
        self._ends += (size or 0) / SLOWEST
        return size

    def _read_within(self, seconds: float, buffer: Any) -> int | None:
        self._socket.settimeout(seconds)
        try:
            return self._raw.readinto(buffer)
        except TimeoutError:
            pass
        finally:
            self._socket.settimeout(self._timeout)  # the connection carries other requests, too
        raise AnswerTooSlow  # here it has no cause of its own

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _PacedResponse(http.client.HTTPResponse):
    """A response that is read at a pace."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_PacedReader(sock))


class PacedConnection(HTTPConnection):
    """A connection whose answers have to keep the pace."""

    response_class = _PacedResponse


class PacedSecureConnection(HTTPSConnection):
    """The same for https."""

    response_class = _PacedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = PacedConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = PacedSecureConnection


class PacedAdapter(requests.adapters.HTTPAdapter):
    """An adapter of requests whose answers have to keep the pace.

    Args:
        ca_bundle: authorities to trust besides those that requests trusts; empty for none.
    """

    def __init__(self, ca_bundle: str = "") -> None:
        self._trust = trusting(ca_bundle) if ca_bundle else None
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of connections to servers."""
        if self._trust is not None:
            options["ssl_context"] = self._trust
        super().init_poolmanager(*args, **options)
        _pace(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pools of connections to a proxy."""
        if self._trust is not None:
            options["ssl_context"] = self._trust
            if not proxy.lower().startswith("socks"):
                options["proxy_ssl_context"] = self._trust
        manager = super().proxy_manager_for(proxy, **options)
        _pace(manager)
        return manager

    def close(self) -> None:
        """Close the connections; urllib3 itself waits until nothing refers to their pools."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118  (iterating over it is no way)
                if (pool := manager.pools.get(key)) is not None:
                    pool.close()
        super().close()


def trusting(ca_bundle: str) -> ssl.SSLContext:
    """What encrypts connections, and trusts the authorities of a file or folder, among others.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    context = create_urllib3_context()
    if Path(ca_bundle).is_dir():
        context.load_verify_locations(capath=ca_bundle)
    else:
        context.load_verify_locations(cafile=ca_bundle)
    return context


def _pace(manager: Any) -> None:
    """Have the connections of all pools keep the pace; a SOCKS proxy has classes of its own."""
    if manager.pool_classes_by_scheme["http"] is HTTPConnectionPool:
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return
    manager.pool_classes_by_scheme = {
        scheme: _paced(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }


def _paced(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """A class of pools whose connections keep the pace."""
    connection = type("_Connection", (pool.ConnectionCls,), {"response_class": _PacedResponse})
    return type("_OtherPool", (pool,), {"ConnectionCls": connection})
