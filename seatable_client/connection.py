"""From a plugin's settings to a base, on whatever generation of server it lives.

The connection settings are the same for both plugins, so their description stands here.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from seatable_client.auth import ApiToken, BaseAuth
from seatable_client.errors import GenerationMissing, NotFound, SettingError
from seatable_client.gateway import Gateway
from seatable_client.transport import Call, Transport
from seatable_client.v1 import V1Base, V1SqlBase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from seatable_client.auth import BaseAccess
    from seatable_client.base import Base

log = logging.getLogger(__name__)

SQL_SINCE = (2, 4)
"""The version from which dtable-db answers SQL with names for keys (changelog, 2.4)."""

CONNECTION_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "server_url": {
        "type": "string",
        "default": "https://cloud.seatable.io",
        "title": "Server URL",
        "description": "The root URL of the SeaTable server.",
    },
    "api_token": {
        "type": "string",
        "secret": True,
        "title": "API token",
        "description": "An API token of the base, from the base's menu under API tokens.",
    },
    "api_version": {
        "type": "string",
        "enum": ["auto", "v2", "v1"],
        "default": "auto",
        "title": "API version",
        "description": "Which API to use: v2 (the API gateway), v1 (servers up to 5.2), or auto.",
    },
    "server_timezone": {
        "type": "string",
        "default": "auto",
        "title": "Server time zone",
        "description": "The server's time zone, e.g. Europe/Berlin; auto takes the offset that "
        "the server shows. Date-times without an offset are in this zone.",
    },
    "request_timeout": {
        "type": "number",
        "exclusiveMinimum": 0,
        "default": 120,
        "title": "Request timeout",
        "description": "Seconds to wait for an answer of the server.",
    },
    "max_requests_per_minute": {
        "type": ["integer", "null"],
        "minimum": 1,
        "title": "Max requests per minute",
        "description": "Calls to the server in any minute at most; no limit if not set. The "
        "server's own limits are kept in any case.",
    },
    "max_wait_seconds": {
        "type": "number",
        "minimum": 0,
        "default": 300,
        "title": "Max wait seconds",
        "description": "The longest pause that the server may ask for. If a call limit resets "
        "later than that, the run ends and says when to come back.",
    },
}
"""JSON Schema of the settings that both plugins need to reach a base."""


@dataclass(frozen=True)
class Connection:
    """A base, and what is known about the server's time zone."""

    base: Base
    zone_name: str

    def zone(self) -> tzinfo | None:
        """The server's zone: the named one, else the offset it shows, else None."""
        if self.zone_name != "auto":
            return _zone(self.zone_name)
        return self.base.zone()


def connect(config: Mapping[str, Any]) -> Connection:
    """Open the base that the settings name. One call, on old servers two.

    Args:
        config: values of `CONNECTION_SETTINGS`.

    Raises:
        SettingError: a setting cannot be right.
        CredentialRefused: the server does not accept the credential.
        ServerUnavailable: the server gives no usable answer.
    """
    given = {
        name: config.get(name, one.get("default")) for name, one in CONNECTION_SETTINGS.items()
    }
    zone_name = str(given["server_timezone"] or "auto")
    if zone_name != "auto":
        _zone(zone_name)
    token = str(given["api_token"] or "").strip()
    if not token:
        raise SettingError(
            "api_token is not set. Make one in SeaTable: open the base, its menu, API tokens."
        )
    transport = Transport(
        str(given["server_url"] or ""),
        timeout=float(given["request_timeout"]),
        max_requests_per_minute=given["max_requests_per_minute"],
        max_wait_seconds=float(given["max_wait_seconds"]),
    )
    auth = BaseAuth(ApiToken(token), transport)
    kind = _generation(str(given["api_version"] or "auto"), auth.access(), transport)
    base = kind(transport, auth)
    log.info("Connected to base %r of %s (%s).", base.name, transport.root, base.generation)
    return Connection(base, zone_name)


def _generation(api_version: str, access: BaseAccess, transport: Transport) -> type[Base]:
    """Which API to use for a base, cheapest evidence first."""
    if api_version == "v2" or (api_version == "auto" and access.uses_gateway):
        return Gateway
    if access.dtable_db:
        return V1SqlBase
    if access.uses_gateway:  # v1 was asked for, of a server too new to tell about dtable-db
        return V1SqlBase
    return V1SqlBase if _version(transport) >= SQL_SINCE else V1Base


def _version(transport: Transport) -> tuple[int, ...]:
    """The server's version; (0, 0) where it does not tell, as only the oldest do."""
    call = Call("GET", "/server-info/", purpose="ask the server's version", endpoint="server-info")
    try:
        info = transport.send(call)
    except (GenerationMissing, NotFound):
        return (0, 0)
    version = re.match(r"(\d+)\.(\d+)", str(info.get("version")) if isinstance(info, dict) else "")
    return tuple(int(part) for part in version.groups()) if version else (0, 0)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise SettingError(
            f"server_timezone {name!r} is no time zone; use a name such as Europe/Berlin, or auto."
        ) from None
