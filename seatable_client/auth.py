"""From a credential to access to one base, renewed when it ends. The one auth module.

SeaTable hands out *base tokens*: JWTs for one base that live for some days (3 by default). This
module gets one, keeps it fresh before its `exp`, and replaces it once when a server refuses it,
because servers answer an expired token, a revoked one and a missing permission with the same 403.

A base token comes in exchange for an API token, which belongs to one base (`ApiToken`), or for the
account token of a person, who may see many (`Account`, `AccountBase`).
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, TypeVar
from urllib.parse import quote, quote_plus, urlsplit

import msgspec

from seatable_client.errors import (
    CredentialRefused,
    NotFound,
    PermissionDenied,
    RequestRefused,
    ServerUnavailable,
)
from seatable_client.transport import Call, Effect, TokenRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.transport import Transport

log = logging.getLogger(__name__)

RENEWAL_MARGIN = 300.0
"""Seconds before its end at which a base token is replaced; longer than any request takes."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class BaseAccess:
    """What a server grants for one base. Only the token and the uuid come from every server.

    Attributes:
        token: the base token.
        uuid: the base's id, exactly as returned: old servers write it without dashes and compare
            it to the token's letter by letter.
        name, workspace_id: the base's name and workspace, where the server tells.
        uses_gateway: whether the server asks for the API gateway (4.4 and newer); None where it
            does not tell.
        dtable_server, dtable_db: paths of the older APIs on this server; empty where not told.
        permission: `r` or `rw` from the token; None where it does not say.
        lifetime: seconds from issue to the token's `exp` by the server's clock; None if unknown,
            which includes an `exp` that was past when the server issued it.
    """

    token: str = field(repr=False)
    uuid: str
    name: str = ""
    workspace_id: int | None = None
    uses_gateway: bool | None = None
    dtable_server: str = ""
    dtable_db: str = ""
    permission: str | None = None
    lifetime: float | None = None

    @classmethod
    def parse(cls, answer: Any, *, server_time: datetime | None) -> BaseAccess:
        """Read the answer of an access-token call.

        The hosts in `dtable_server` and `dtable_db` are left out on purpose: tokens go to the
        configured host only.

        Raises:
            ServerUnavailable: the answer holds no base token.
        """
        token = answer.get("access_token") if isinstance(answer, dict) else None
        uuid = answer.get("dtable_uuid") if isinstance(answer, dict) else None
        if not (_is_token(token) and _is_token(uuid)):
            raise ServerUnavailable(
                "The server's answer holds no base token; check that server_url is a SeaTable "
                "server."
            )
        claims = _claims(token)
        expires = claims.get("exp")
        now = (server_time or datetime.now(timezone.utc)).timestamp()
        lifetime = expires - now if isinstance(expires, (int, float)) else 0
        return cls(
            token=token,
            uuid=uuid,
            name=str(answer.get("dtable_name") or ""),
            workspace_id=answer.get("workspace_id"),
            uses_gateway=_flag(answer.get("use_api_gateway")),
            dtable_server=urlsplit(str(answer.get("dtable_server") or "")).path.rstrip("/"),
            dtable_db=urlsplit(str(answer.get("dtable_db") or "")).path.rstrip("/"),
            permission=claims.get("permission"),
            lifetime=lifetime if lifetime > 0 else None,
        )


class Credential(Protocol):
    """Something that a server exchanges for a base token."""

    def request_access(self, transport: Transport) -> BaseAccess:
        """Ask for access to the base.

        Raises:
            CredentialRefused: the server does not accept the credential.
        """


@dataclass(frozen=True)
class ApiToken:
    """An API token: made for one base, `r` or `rw`, valid until it is deleted."""

    token: str = field(repr=False)

    def request_access(self, transport: Transport) -> BaseAccess:
        """Exchange the API token for a base token (`app-access-token`)."""
        if not _is_token(self.token):
            raise CredentialRefused(
                "api_token has characters that no API token has; copy it again from the base's "
                "menu, API tokens."
            )
        transport.keep_secret(self.token)
        call = Call(
            "GET",
            "/api/v2.1/dtable/app-access-token/",
            purpose="open the base that api_token belongs to",
            endpoint="app-access-token",
            token=self.token,
        )
        try:
            answer = transport.send(call)
        except TokenRefused as error:
            raise CredentialRefused(
                f"{error} Check api_token: it may be mistyped, deleted, or of another server than "
                f"{transport.root}."
            ) from None
        return BaseAccess.parse(answer, server_time=transport.server_time)


class Account:
    """A person's account on one server. Its token is obtained once and shared by all bases.

    Args:
        token: the account token, where it is given.
        username, password: what to get it for otherwise.
        otp: the code of two-factor authentication; empty where the account has none.
    """

    def __init__(
        self, token: str = "", *, username: str = "", password: str = "", otp: str = ""
    ) -> None:
        self._token = token
        self._username = username
        self._password = password
        self._otp = otp
        self._given = bool(token)
        self._lock = threading.Lock()
        self._refusal: CredentialRefused | None = None
        self._bases: list[AccountBase] | None = None

    def token(self, transport: Transport) -> str:
        """The account token. One call for the first who asks, unless it was given.

        Raises:
            CredentialRefused: the server does not accept user name, password and code.
        """
        with self._lock:
            if self._refusal is not None:  # asking for every base would lock the account
                raise self._refusal
            if not self._token:
                try:
                    self._token = self._log_in(transport)
                except CredentialRefused as error:
                    self._refusal = error
                    raise
        if not _is_token(self._token):
            raise CredentialRefused(
                "account_token has characters that no account token has; copy it again."
            )
        transport.keep_secret(self._token)
        return self._token

    def bases(self, transport: Transport) -> list[AccountBase]:
        """The bases that the account sees, each once. One call for the first who asks.

        Raises:
            CredentialRefused: the server does not accept the account.
        """
        call = Call(
            "GET",
            "/api/v2.1/workspaces/",
            purpose="list the bases that the account sees",
            endpoint="workspaces",
            token=self.token(transport),
            params={"detail": "true"},
        )
        with self._lock:
            if self._bases is None:
                try:
                    answer = transport.send(call)
                except TokenRefused as error:
                    raise self.refused(error) from None
                self._bases = _listed_bases(self, answer)
            return self._bases

    def refused(self, error: TokenRefused) -> CredentialRefused:
        """The error for a call to which the account's token was not enough."""
        given = "account_token" if self._given else "username and password"
        return CredentialRefused(
            f"{error} Check {given}: it may be mistyped or of another server, or the account may "
            "not do this."
        )

    def _log_in(self, transport: Transport) -> str:
        # Whoever repeats the request repeats the password as forms have it.
        transport.keep_secret(self._password, quote_plus(self._password), self._otp)
        call = Call(
            "POST",
            "/api2/auth-token/",
            purpose=f"log in as {self._username!r}",
            endpoint="auth-token",
            effect=Effect.REPEATABLE,
            form={"username": self._username, "password": self._password},
            headers={"X-SEAFILE-OTP": self._otp} if self._otp else {},
        )
        try:
            answer = transport.send(call)
        except (RequestRefused, TokenRefused) as error:
            raise CredentialRefused(
                f"{error} Check username and password, and otp where the account has two-factor "
                "authentication: a code is good for half a minute."
            ) from None
        token = answer.get("token") if isinstance(answer, dict) else None
        if not _is_token(token):
            raise ServerUnavailable(
                "The server's answer to the login holds no account token; check that server_url is "
                "a SeaTable server."
            )
        return token


@dataclass(frozen=True)
class AccountBase:
    """A base as an account reaches it.

    Attributes:
        account: whose token opens it.
        workspace_id, name: where it is and what it is called.
        uuid: its id without dashes, where a list told it; else empty.
    """

    account: Account
    workspace_id: int
    name: str
    uuid: str = ""

    def request_access(self, transport: Transport) -> BaseAccess:
        """Exchange the account token for a base token (`access-token` of the base)."""
        call = Call(
            "GET",
            f"/api/v2.1/workspace/{self.workspace_id}/dtable/{quote(self.name, safe='')}"
            "/access-token/",
            purpose=f"open base {self.name!r} of workspace {self.workspace_id}",
            endpoint="access-token",
            token=self.account.token(transport),
        )
        try:
            answer = transport.send(call)
        except TokenRefused as error:
            raise self.account.refused(error) from None
        except NotFound as error:
            raise NotFound(
                f"{error} Check workspace_id and base_name: the workspace is the number in the "
                "address of the base in a browser, the name is letter by letter."
            ) from None
        access = BaseAccess.parse(answer, server_time=transport.server_time)
        return replace(
            access,
            name=access.name or self.name,
            workspace_id=access.workspace_id or self.workspace_id,
        )

    def api_tokens(self, transport: Transport) -> list[IssuedToken]:
        """The API tokens of the base. One call.

        Raises:
            CredentialRefused: the account may not see them.
        """
        call = Call(
            "GET",
            f"/api/v2.1/workspace/{self.workspace_id}/dtable/{quote(self.name, safe='')}"
            "/api-tokens/",
            purpose=f"list the API tokens of base {self.name!r}",
            endpoint="api-tokens",
            base=self.name,
            token=self.account.token(transport),
        )
        try:
            answer = transport.send(call)
        except TokenRefused as error:
            raise self.account.refused(error) from None
        found = []
        for entry in (answer.get("api_tokens") if isinstance(answer, dict) else None) or ():
            transport.keep_secret(str(entry.get("api_token") or ""))
            told = {name: str(entry.get(name) or "") for name in IssuedToken.__dataclass_fields__}
            found.append(IssuedToken(**told))
        return found


@dataclass(frozen=True)
class IssuedToken:
    """What can be told of an API token without telling the token."""

    app_name: str
    permission: str
    generated_by: str
    generated_at: str
    last_access: str


class BaseAuth:
    """Access to one base for as long as a run lasts. Safe under threads.

    Args:
        credential: what to exchange for base tokens.
        transport: the session to the server.
    """

    def __init__(self, credential: Credential, transport: Transport) -> None:
        self._credential = credential
        self._transport = transport
        self._lock = threading.Lock()
        self._access: BaseAccess | None = None
        self._renew_at = float("inf")

    @property
    def credential(self) -> Credential:
        """What is exchanged for base tokens."""
        return self._credential

    def access(self) -> BaseAccess:
        """The present access, renewed if the token is about to end."""
        with self._lock:
            if self._access is None or time.monotonic() >= self._renew_at:
                self._request()
            return self._access  # type: ignore[return-value]

    def send(self, call_with: Callable[[BaseAccess], Answer]) -> Answer:
        """Run a call with the base token; once more with a new token if the token is refused.

        Raises:
            PermissionDenied: the server refuses a token that it has just issued.
        """
        access = self.access()
        try:
            return call_with(access)
        except TokenRefused:
            fresh = self._replace(access)
        try:
            return call_with(fresh)
        except TokenRefused as error:
            hint = (
                " The token only permits reading; use one with read-write permission to write."
                if fresh.permission == "r"
                else ""
            )
            raise PermissionDenied(f"{error}{hint}") from None

    def _replace(self, refused: BaseAccess) -> BaseAccess:
        """A newer access than the refused one; another thread may already have got it."""
        with self._lock:
            if self._access is refused:
                log.info("The base token was refused; requesting a new one.")
                self._request()
            return self._access  # type: ignore[return-value]

    def _request(self) -> None:
        self._access = self._credential.request_access(self._transport)
        self._transport.keep_secret(self._access.token)
        lifetime = self._access.lifetime
        self._renew_at = (
            float("inf")
            if lifetime is None
            # Half the lifetime for tokens so short that the margin would renew them at once.
            else time.monotonic() + max(lifetime - RENEWAL_MARGIN, lifetime / 2)
        )


def _is_token(text: Any) -> TypeGuard[str]:
    """Whether a header can carry it: visible ASCII characters, at least one."""
    return isinstance(text, str) and re.fullmatch(r"[!-~]+", text) is not None


def _flag(told: Any) -> bool | None:
    return None if told is None else bool(told)


def _listed_bases(account: Account, answer: Any) -> list[AccountBase]:
    """The bases in a list of workspaces. Starred and shared ones stand there several times."""
    found: dict[str, AccountBase] = {}
    workspaces = answer.get("workspace_list") if isinstance(answer, dict) else None
    for workspace in workspaces or ():
        for entry in [*(workspace.get("table_list") or ()), *_shared(workspace)]:
            uuid = str(entry.get("uuid") or "").replace("-", "").lower()
            number, name = entry.get("workspace_id"), entry.get("name")
            if isinstance(number, int) and name:
                base = AccountBase(account, number, str(name), uuid)
                found.setdefault(uuid or f"{number} {name}", base)
    return sorted(found.values(), key=lambda base: (base.workspace_id, base.name))


def _shared(workspace: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return workspace.get("shared_table_list") or ()


def _claims(token: str) -> Mapping[str, Any]:
    """The readable part of a JWT; empty where it cannot be read. Nothing is verified."""
    try:
        payload = token.split(".")[1]
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error, msgspec.DecodeError):
        return {}
    return claims if isinstance(claims, dict) else {}
