"""Connections to hosts of the internet only: names that lead into the own network are refused.

The name is looked up once, by the connection itself. What was checked cannot become another address
until it is called. Through a proxy the proxy looks names up, and its own rules apply.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError

from seatable_client.errors import RequestRejected
from seatable_client.http.address import is_public
from seatable_client.http.deadline import (
    PacedAdapter,
    PacedConnection,
    PacedSecureConnection,
)

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

    _Connection = HTTPConnection
else:
    _Connection = object


class PublicHosts(PacedAdapter):
    """Connects to public IP addresses only, at the pace of `deadline`.

    A connection to a host that has none fails with a `RequestRejected`.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _ToPublicHosts(_Connection):
    """A connection that looks its host up and takes a public address of it."""

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        self._dns_host = _public_address(self, name, self.port)
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name  # certificates are of names


class _PublicConnection(_ToPublicHosts, PacedConnection):
    pass


class _PublicSecureConnection(_ToPublicHosts, PacedSecureConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _PublicSecureConnection


def _public_address(connection: HTTPConnection, name: str, port: int | None) -> str:
    """A public IP address of a host.

    Raises:
        NameResolutionError: the host has no address.
        RequestRejected: the host has no public address.
    """
    try:
        found = socket.getaddrinfo(name.strip("[]"), port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(name, connection, error) from error
    for *_, place in found:
        address = str(place[0])
        if "%" not in address and is_public(ipaddress.ip_address(address)):
            return address
    raise RequestRejected(
        f"Host {name!r} is not a public one, and attachment_hosts does not name it without a "
        "wildcard.",
        status=403,
        server_message="",
    )
