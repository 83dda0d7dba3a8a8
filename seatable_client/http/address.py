"""Addresses that records name: parsed once, so that the host that is checked is the one called."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?P<port>:[0-9]{1,5})?"
    rf"(?P<path>(?:/{_PATH}*)?)(?P<query>(?:\?(?:{_PATH}|\?)*)?)(?P<fragment>(?:\#(?:{_PATH}|\?)*)?)",
    re.ASCII,
)
"""RFC 3986 without user names: parsers agree on what it takes, and it holds no other character."""

_LAST_PORT = 65535

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Address:
    """An address of a file on some host.

    Attributes:
        scheme: `http` or `https`.
        host: in lower case; an IPv6 address without brackets.
        port: None where the address names none.
        target: path and query, as a request names them; at least `/`.
        text: the address as given.
    """

    scheme: str
    host: str
    port: int | None
    target: str
    text: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a URL without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port is None else f":{self.port}")

    @property
    def names(self) -> set[str]:
        """What a setting may call the host: with its port, if the address has one, and without."""
        return {self.host} if self.port is None else {self.host, f"{self.host}:{self.port}"}

    @property
    def ip(self) -> IP | None:
        """The host, if it is no name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


def parse_address(text: str) -> Address | None:
    """The parts of an address of a file; None for what is none.

    It must be of http or https, without a user name, of characters of RFC 3986 only, and its parts
    must print back to it.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    host, port = match["host"].lower().strip("[]"), match["port"]
    if port and not 0 < int(port[1:]) <= _LAST_PORT:
        return None
    if match["host"].startswith("["):
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return None
    elif host.startswith(".") or ".." in host:
        return None
    address = Address(
        match["scheme"],
        host,
        int(port[1:]) if port else None,
        (match["path"] or "/") + match["query"],
        text,
    )
    printed = address.origin + match["path"] + match["query"] + match["fragment"]
    given = text[: match.end("host")].lower() + text[match.end("host") :]
    return address if printed == given else None


@dataclass(frozen=True)
class HostRules:
    """Which hosts files may be fetched from.

    Attributes:
        hosts: names, with a port or without, in lower case; `*` and `?` are wildcards.
    """

    hosts: Sequence[str]

    def allow(self, address: Address) -> bool:
        """Whether the host may be asked."""
        return any(fnmatchcase(name, allowed) for allowed in self.hosts for name in address.names)

    def names_literally(self, address: Address) -> bool:
        """Whether the host is meant itself, wherever it is: else it must be a public one.

        A pattern of addresses such as `10.0.0.*` means those addresses, and no names.
        """
        if not address.names.isdisjoint(self.hosts):
            return True
        if address.ip is None:
            return False
        patterns = [host for host in self.hosts if any(map(str.isdecimal, host.partition(":")[0]))]
        return any(fnmatchcase(name, allowed) for allowed in patterns for name in address.names)


def is_public(ip: IP) -> bool:
    """Whether an IP address is one of the internet, whatever form of IPv6 it is wrapped in."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return ip.is_global and not ip.is_multicast
