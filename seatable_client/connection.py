"""From a plugin's settings to bases, on whatever generation of server they live.

`settings.py` describes the settings.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from seatable_client.api import Gateway, V1Api, V1SqlApi
from seatable_client.auth import Account, AccountBase, ApiToken, BaseAuth, create_base
from seatable_client.errors import ApiNotAvailable, ConfigError, NotFound
from seatable_client.http import (
    BudgetSettings,
    Call,
    CallBudget,
    Transport,
    decode_json,
    server_root,
)
from seatable_client.settings import CONNECTION_SETTINGS, READ_METHOD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from seatable_client.api import Base
    from seatable_client.auth import BaseAccess, Credential

log = logging.getLogger(__name__)


SQL_SINCE = (2, 4)
"""The version from which dtable-db answers SQL with names for keys (changelog, 2.4)."""

GATEWAY_SINCE = (4, 4)
"""The version from which servers have the API gateway (changelog, 4.4)."""

_UNKNOWN_VERSION = (0, 0)


def _decode_version(body: bytes) -> str:
    """The version that a server tells; empty where its answer is JSON that tells none."""
    info = decode_json(body)
    return str(info.get("version") or "") if isinstance(info, dict) else ""


def _decode_pong(body: bytes) -> bool:
    """Whether a ping was answered: with `{"ret": "pong"}` or `pong` (API reference, "Ping")."""
    return "pong" in str(decode_json(body))


@dataclass(frozen=True)
class Connection:
    """A base, and what is known about the server's time zone.

    Attributes:
        base: the base.
        zone_name: the setting `server_timezone`; `auto` for what the server shows.
        is_new: whether the base was created for this connection.
    """

    base: Base
    zone_name: str
    is_new: bool = False

    def zone(self) -> tzinfo | None:
        """The server's zone: the named one, else the offset it shows, else None."""
        if self.zone_name != "auto":
            return _zone(self.zone_name)
        return self.base.zone()

    def claim(self, purpose: str) -> None:
        """See that no other run does the same with the base, where a call budget can tell.

        Args:
            purpose: "read" or "load".

        Raises:
            ConfigError: another run does.
        """
        if budget := self.base.transport.budget:
            budget.lock_base(self.base.id, purpose)


class Server:
    """The server that the settings name, and what the bases of a run share: pace and accounts.

    Args:
        config: values of `CONNECTION_SETTINGS`, and perhaps of `READ_METHOD`.

    Attributes:
        transport: the session for calls about no base in particular.

    Raises:
        ConfigError: a setting is invalid.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        values = {
            name: config.get(name, setting.get("default"))
            for name, setting in CONNECTION_SETTINGS.items()
        }
        self._zone_name = _choice(config, "server_timezone")
        if self._zone_name != "auto":
            _zone(self._zone_name)
        self._api_version = _choice(config, "api_version")
        self.transport = Transport(
            str(values["server_url"] or ""),
            timeout=float(values["request_timeout"]),
            max_requests_per_minute=values["max_requests_per_minute"],
            max_wait_seconds=float(values["max_wait_seconds"]),
            budget=_budget(config),
            ca_bundle=str(values["ca_bundle"] or "").strip(),
        )
        self._read_method = _choice(config, "read_method")
        self._accounts: dict[tuple[str, ...], Account] = {}

    def credential(self, config: Mapping[str, Any]) -> Credential:
        """The credential for one base that the settings give, in exactly one of three ways.

        Args:
            config: values of `CREDENTIAL_SETTINGS`.

        Raises:
            ConfigError: no credential, more than one, or only a part of one is set.
        """
        account = self.account(config)
        place = {name: config.get(name) for name in ("workspace_id", "base_name")}
        if account is None:
            if needless := [name for name, value in place.items() if value]:
                raise ConfigError(
                    f"{needless[0]} goes with account_token or username, but api_token is set, "
                    "which belongs to one base. Leave one of them out."
                )
            return ApiToken(_text(config, "api_token"))
        if missing := [name for name, value in place.items() if not str(value or "").strip()]:
            raise ConfigError(
                f"{' and '.join(missing)} must be set, because an account sees many bases.",
                missing=tuple(missing),
            )
        return AccountBase(account, int(place["workspace_id"] or 0), _text(config, "base_name"))

    def account(self, config: Mapping[str, Any]) -> Account | None:
        """The account that the settings give; None if it is an API token that they give.

        The same settings give the same account, which then logs in once.

        Raises:
            ConfigError: no credential, more than one, or only a part of one is set.
        """
        credentials = [name for name in ("api_token", "account_token") if _text(config, name)]
        login = {name: _text(config, name) for name in ("username", "password", "otp")}
        if any(login.values()):
            credentials.append("username")
        if not credentials:
            raise ConfigError(
                "api_token is not set. Make one in SeaTable: open the base's menu, Advanced, API "
                "Token. Or set account_token, or username and password, with workspace_id and "
                "base_name.",
                missing=("api_token", "account_token", "username"),
            )
        if len(credentials) > 1:
            raise ConfigError(
                f"{' and '.join(credentials)} are set; set one of api_token, account_token, or "
                "username with password."
            )
        if credentials == ["api_token"]:
            return None
        if credentials == ["username"] and not (login["username"] and login["password"]):
            missing = "password" if login["username"] else "username"
            raise ConfigError(
                f"{missing} is not set; username and password go together.", missing=(missing,)
            )
        key = (_text(config, "account_token"), *login.values())
        return self._accounts.setdefault(key, Account(key[0], **login))

    def bases(self, account: Account) -> list[AccountBase]:
        """The bases that an account sees."""
        return account.bases(self.transport)

    def create(self, base: AccountBase) -> None:
        """Create a base that is not there. One call, on servers of 2020 three.

        Raises:
            RequestRejected: the server does not create it; somebody else may just have.
            SeaTableError: the base cannot be created; the message says why.
        """
        create_base(base, self.transport)

    def open(self, credential: Credential) -> Connection:
        """Open a base. One call, on servers that do not tell their generation some more.

        Raises:
            SeaTableError: the base cannot be opened; the message says why.
        """
        transport = self.transport.sibling()
        auth = BaseAuth(credential, transport)
        api = self._for_read_method(self._generation(auth.access()))
        base = api(transport, auth, read_method=self._read_method)
        log.info("Connected to base %r of %s (%s).", base.name, transport.root, base.generation)
        return Connection(base, self._zone_name)

    def costs(self) -> str:
        """What calls about no base in particular have cost, for the log; empty for none."""
        calls = sorted(self.transport.calls.items())
        detail = ", ".join(f"{endpoint} {count}" for endpoint, count in calls)
        return f"Server {self.transport.root}: {detail}." if calls else ""

    def _generation(self, access: BaseAccess) -> type[Base]:
        """Which API to use for a base, cheapest evidence first.

        Newer servers say it with a base token for an API token; with one for an account token they
        say nothing at all.
        """
        api_version = self._api_version
        if api_version == "v2" or (api_version == "auto" and access.uses_gateway):
            return Gateway
        if access.dtable_db:
            return V1SqlApi
        if access.uses_gateway:  # v1 was asked for, of a server too new to tell about dtable-db
            return V1SqlApi
        if api_version == "auto" and access.uses_gateway is None and self._has_gateway:
            return Gateway
        return V1SqlApi if self._version >= SQL_SINCE else V1Api

    def _for_read_method(self, api: type[Base]) -> type[Base]:
        """The kind that can read as the setting `read_method` wants it."""
        if self._read_method == "filtered-rows" and api is Gateway:
            raise ConfigError(
                "read_method is filtered-rows, which the API gateway does not have. Set it to "
                "auto, or api_version to v1 where the server has that, too."
            )
        return V1SqlApi if self._read_method == "sql" and api is V1Api else api

    @cached_property
    def _version(self) -> tuple[int, ...]:
        """The server's version; `_UNKNOWN_VERSION` where it tells none. One call, uncounted.

        Only the oldest do not.
        """
        call = Call(
            "GET",
            "/server-info/",
            purpose="ask the server's version",
            endpoint="server-info",
            decode=_decode_version,
        )
        try:
            answer: str = self.transport.send(call)
        except (ApiNotAvailable, NotFound):
            return _UNKNOWN_VERSION
        version = re.match(r"(\d+)\.(\d+)", answer)
        return tuple(int(part) for part in version.groups()) if version else _UNKNOWN_VERSION

    @cached_property
    def _has_gateway(self) -> bool:
        """Whether the API gateway answers. At most two calls, which no limit counts."""
        if _UNKNOWN_VERSION < self._version < GATEWAY_SINCE:
            return False
        call = Call(
            "GET",
            "/api-gateway/api/v2/ping/",
            purpose="look for the API gateway",
            endpoint="ping",
            decode=_decode_pong,
        )
        try:
            return bool(self.transport.send(call))
        except (ApiNotAvailable, NotFound):
            return False


def connect(config: Mapping[str, Any]) -> Connection:
    """Open the base that the settings name.

    Args:
        config: values of `CONNECTION_SETTINGS`.

    Raises:
        ConfigError: a setting is invalid.
        AuthenticationError: the server does not accept the credential.
        ServerUnavailable: the server gives no usable answer.
    """
    server = Server(config)
    return server.open(server.credential(config))


def _choice(config: Mapping[str, Any], name: str) -> str:
    """A setting that has a default; one that is empty has it, too."""
    schema = {**CONNECTION_SETTINGS, "read_method": READ_METHOD}[name]
    return str(config.get(name) or schema["default"])


def _text(config: Mapping[str, Any], name: str) -> str:
    """A setting as text; empty where it is not set. Passwords and names may end with a space."""
    value = str(config.get(name) or "")
    return value if name in {"password", "base_name"} else value.strip()


def _budget(config: Mapping[str, Any]) -> CallBudget | None:
    settings = {name: value for name, value in (config.get("call_budget") or {}).items() if value}
    if not settings:
        return None
    credentials = [config.get(name) for name in ("api_token", "account_token", "username", "bases")]
    return CallBudget(
        BudgetSettings(**settings),
        server=server_root(str(config.get("server_url") or "")),
        credential=msgspec.json.encode(credentials).decode(),
    )


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(
            f"server_timezone {name!r} is not a time zone; use a name such as Europe/Berlin, or "
            "auto."
        ) from None
