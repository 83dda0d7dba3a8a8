"""Addresses of servers: one spelling each, so that two of them can be compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"(?=.*[.:])[\w.-]{1,80}(:\d+)?/?", re.ASCII)
"""A host as people write it. Nothing else is quoted, or it might be a token in the wrong place."""


def server_root(server_url: str) -> str:
    """The root of a server as the setting `server_url` names it, without a trailing slash.

    Raises:
        ConfigError: the value is not the root URL of a server.
    """
    try:
        parts = urlsplit(server_url.strip())
        origin = origin_of(parts)
    except ValueError:
        origin = ""
    if not origin:
        raise ConfigError(
            "server_url must be the root of a SeaTable server such as https://cloud.seatable.io"
            + (
                f"; http:// or https:// is missing before {server_url.strip()!r}."
                if _HOST.fullmatch(server_url.strip())
                else "."
            )
        )
    if parts.username or parts.password:
        raise ConfigError("server_url must not contain a user name or password.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"server_url must be the root of the server and nothing more: {origin}.")
    return origin


def origin_of(parts: SplitResult) -> str:
    """Scheme, host and port of a URL in one spelling; empty where it has no host or is no URL.

    Raises:
        ValueError: the port is no port.
    """
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host or any(sign.isspace() for sign in host):
        return ""
    port = "" if parts.port in {None, _PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://[{host}]{port}" if ":" in host else f"{parts.scheme}://{host}{port}"
