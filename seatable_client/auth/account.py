"""A person's account: logging in, the bases that it sees, and how it opens them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from urllib.parse import quote, quote_plus

import msgspec

from seatable_client.auth.access_token import BaseAccess, decode_access, is_token, plain_id
from seatable_client.errors import AuthenticationError, NotFound, RequestRejected
from seatable_client.http import Call, Effect, TokenRejected, answer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seatable_client.http import Transport

Answer = TypeVar("Answer")


class _Login(msgspec.Struct):
    token: str

    def __post_init__(self) -> None:
        if not is_token(self.token):
            raise ValueError("Expected a token at `$.token`")


class _Base(msgspec.Struct):
    workspace_id: int
    name: str
    uuid: str | None = None


class Workspace(msgspec.Struct):
    """A workspace that an account sees, with the bases in it; starred ones have no number."""

    id: int | str | None = None
    group_id: int | None = None
    table_list: list[_Base] | None = None
    shared_table_list: list[_Base] | None = None


class _Workspaces(msgspec.Struct):
    workspace_list: list[Workspace]


class _Token(msgspec.Struct):
    app_name: str
    api_token: str | None = None
    permission: str | None = None
    generated_by: str | None = None
    generated_at: str | None = None
    last_access: str | None = None


class _Tokens(msgspec.Struct):
    api_tokens: list[_Token]


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
        self._lock = threading.RLock()
        self._refusal: AuthenticationError | None = None
        self._bases: list[AccountBase] | None = None

    def token(self, transport: Transport) -> str:
        """The account token. One call for the first who asks, unless it was given.

        Raises:
            AuthenticationError: the server does not accept user name, password and code.
        """
        with self._lock:
            if self._refusal is not None:  # asking for every base would lock the account
                raise self._refusal
            if not self._token:
                try:
                    self._token = self._log_in(transport)
                except AuthenticationError as error:
                    self._refusal = error
                    raise
        if not is_token(self._token):
            raise AuthenticationError(
                "account_token has characters that no account token has; copy it again."
            )
        transport.keep_secret(self._token)
        return self._token

    def bases(self, transport: Transport) -> list[AccountBase]:
        """The bases that the account sees, each once. One call for the first who asks.

        Raises:
            AuthenticationError: the server does not accept the account.
        """
        with self._lock:
            if self._bases is None:
                self._bases = _parse_bases(self, self.workspaces(transport))
            return self._bases

    def workspaces(self, transport: Transport) -> Sequence[Workspace]:
        """The workspaces that the account sees, each with the bases in it. One call.

        Raises:
            AuthenticationError: the server does not accept the account.
        """
        return self.get(
            transport,
            "/api/v2.1/workspaces/",
            purpose="list the bases that the account sees",
            endpoint="workspaces",
            required_on_every_server=True,
            params={"detail": "true"},
            decode=answer_of(_Workspaces),
        ).workspace_list

    def get(
        self, transport: Transport, path: str, *, decode: Callable[[bytes], Answer], **call: Any
    ) -> Answer:
        """What the server answers to the account. One call.

        Args:
            transport: the session to the server.
            path: where it is asked.
            decode: makes the result of the body of a success; see `answer_of`.
            call: what else `Call` is made of.

        Raises:
            AuthenticationError: the account is not accepted, or its token is not enough for this.
        """
        try:
            answer: Answer = transport.send(
                Call("GET", path, token=self.token(transport), decode=decode, **call)
            )
        except TokenRejected as error:
            source = "account_token" if self._given else "username and password"
            raise AuthenticationError(
                f"{error}",
                hint=f"Check {source}: it may be mistyped or belong to another server, or the "
                "account may not do this.",
            ) from None
        return answer

    def _log_in(self, transport: Transport) -> str:
        # Whoever repeats the request repeats the password as forms have it.
        transport.keep_secret(self._password, quote_plus(self._password), self._otp)
        call = Call(
            "POST",
            "/api2/auth-token/",
            purpose=f"log in as {self._username!r}",
            endpoint="auth-token",
            required_on_every_server=True,
            effect=Effect.REPEATABLE,
            form={"username": self._username, "password": self._password},
            headers={"X-SEAFILE-OTP": self._otp} if self._otp else {},
            decode=answer_of(_Login),
        )
        try:
            answer: _Login = transport.send(call)
        except (RequestRejected, TokenRejected) as error:
            raise AuthenticationError(
                f"{error}",
                hint="Check username and password, and otp where the account has two-factor "
                "authentication: a code is good for half a minute.",
            ) from None
        return answer.token


@dataclass(frozen=True)
class AccountBase:
    """A base as an account reaches it.

    Attributes:
        account: whose token opens it.
        workspace_id, name: where it is and what it is called.
        uuid: its id without dashes, if a list has it; else empty.
    """

    account: Account
    workspace_id: int
    name: str
    uuid: str = ""

    gives_download_links: ClassVar[bool] = False
    lists_api_tokens: ClassVar[bool] = True

    @property
    def creatable(self) -> AccountBase:
        """The base itself."""
        return self

    def link_token(self, transport: Transport) -> str:
        """The account token."""
        return self.account.token(transport)

    def upload_place(self) -> tuple[str, dict[str, str]]:
        """Where the server takes the base's name and workspace."""
        path = f"/api/v2.1/workspace/{self.workspace_id}/dtable-asset-upload-link/"
        return path, {"name": self.name}

    def request_access(self, transport: Transport) -> BaseAccess:
        """Exchange the account token for a base token (`access-token` of the base)."""
        try:
            answer = self.account.get(
                transport,
                f"{self._path}/access-token/",
                purpose=f"open base {self.name!r} of workspace {self.workspace_id}",
                endpoint="access-token",
                required_on_every_server=True,
                decode=decode_access,
            )
        except NotFound as error:
            spaces = "" if self.name == self.name.strip() else ". It begins or ends with a space"
            raise NotFound(
                f"{error}",
                hint="Check workspace_id and base_name: the workspace is the number in the "
                "address of the base in a browser; the name counts with its capital letters"
                f"{spaces}.",
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
            AuthenticationError: the account may not see them.
        """
        answer = self.account.get(
            transport,
            f"{self._path}/api-tokens/",
            purpose=f"list the API tokens of base {self.name!r}",
            endpoint="api-tokens",
            decode=answer_of(_Tokens),
        )
        transport.keep_secret(*(entry.api_token for entry in answer.api_tokens))
        names = [field.name for field in fields(IssuedToken)]
        return [
            IssuedToken(**{name: getattr(entry, name) or "" for name in names})
            for entry in answer.api_tokens
        ]

    @property
    def _path(self) -> str:
        return f"/api/v2.1/workspace/{self.workspace_id}/dtable/{quote(self.name, safe='')}"


@dataclass(frozen=True)
class IssuedToken:
    """The public facts of an API token, without the token itself."""

    app_name: str
    permission: str
    generated_by: str
    generated_at: str
    last_access: str


def _parse_bases(account: Account, workspaces: Sequence[Workspace]) -> list[AccountBase]:
    """The bases in workspaces. Starred and shared ones stand there several times."""
    found: dict[str, AccountBase] = {}
    for workspace in workspaces:
        for entry in [*(workspace.table_list or ()), *(workspace.shared_table_list or ())]:
            base = AccountBase(account, entry.workspace_id, entry.name, plain_id(entry.uuid or ""))
            found.setdefault(base.uuid or f"{base.workspace_id} {base.name}", base)
    return sorted(found.values(), key=lambda base: (base.workspace_id, base.name))
