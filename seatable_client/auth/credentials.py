"""From a credential to access to one base, renewed when it ends.

SeaTable hands out *base tokens*: JWTs for one base that live for some days (3 by default). This
module gets one, keeps it fresh before its `exp`, and replaces it once when a server refuses it,
because servers answer an expired token, a revoked one and a missing permission with the same 403.

A base token comes in exchange for an API token, which belongs to one base (`ApiToken`), or for the
account token of a person, who may see many (`Account`, `AccountBase`).
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from seatable_client.auth.access_token import BaseAccess, decode_access, is_token
from seatable_client.errors import AuthenticationError, PermissionDenied
from seatable_client.http import Call, TokenRejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_client.auth.account import AccountBase, IssuedToken
    from seatable_client.http import Transport


log = logging.getLogger(__name__)

RENEWAL_MARGIN = 300.0
"""Seconds before its end at which a base token is replaced; longer than any request takes."""

Answer = TypeVar("Answer")


class Credential(Protocol):
    """Something that a server exchanges for a base token, and what else it allows."""

    gives_download_links: ClassVar[bool]
    """Whether the server answers it with links to download the base's files."""

    lists_api_tokens: ClassVar[bool]
    """Whether it sees the API tokens of the base."""

    @property
    def name(self) -> str | None:
        """The base's name; None where only the opened base tells it."""

    @property
    def workspace_id(self) -> int | None:
        """The number of the workspace; None where only the opened base tells it."""

    @property
    def creatable(self) -> AccountBase | None:
        """The base as it can be created; None where it belongs to a base that exists."""

    def link_token(self, transport: Transport) -> str:
        """The token that the server takes for links to move files by.

        Raises:
            AuthenticationError: the server does not accept the credential.
        """

    def upload_place(self) -> tuple[str, dict[str, str]]:
        """Where a link for uploads to the base is asked for, and with which parameters."""

    def api_tokens(self, transport: Transport) -> list[IssuedToken]:
        """The API tokens of the base, where `lists_api_tokens` is set. One call.

        Raises:
            AuthenticationError: it may not see them.
        """

    def request_access(self, transport: Transport) -> BaseAccess:
        """Ask for access to the base.

        Raises:
            AuthenticationError: the server does not accept the credential.
        """


@dataclass(frozen=True)
class ApiToken:
    """An API token: made for one base, `r` or `rw`, valid until it is deleted."""

    token: str = field(repr=False)

    gives_download_links: ClassVar[bool] = True
    lists_api_tokens: ClassVar[bool] = False
    name: ClassVar[None] = None
    workspace_id: ClassVar[None] = None
    creatable: ClassVar[None] = None

    def link_token(self, transport: Transport) -> str:
        """The API token itself."""
        del transport
        return self.token

    def upload_place(self) -> tuple[str, dict[str, str]]:
        """Where the server knows the base by the token."""
        return "/api/v2.1/dtable/app-upload-link/", {}

    def api_tokens(self, transport: Transport) -> list[IssuedToken]:
        """None: only an account sees them.

        Raises:
            AuthenticationError: always.
        """
        del transport
        raise AuthenticationError("Only an account sees the API tokens of a base.")

    def request_access(self, transport: Transport) -> BaseAccess:
        """Exchange the API token for a base token (`app-access-token`)."""
        if not is_token(self.token):
            raise AuthenticationError(
                "api_token has characters that no API token has; copy it again from the base's "
                "menu, Advanced, API Token."
            )
        transport.keep_secret(self.token)
        call = Call(
            "GET",
            "/api/v2.1/dtable/app-access-token/",
            purpose="open the base that api_token belongs to",
            endpoint="app-access-token",
            required_on_every_server=True,
            token=self.token,
            decode=decode_access,
        )
        try:
            answer = transport.send(call)
        except TokenRejected as error:
            raise AuthenticationError(
                f"{error}",
                hint="Check api_token: it may be mistyped, deleted, or belong to another server "
                f"than {transport.root}.",
            ) from None
        return BaseAccess.parse(answer, server_time=transport.server_time)


class BaseAuth:
    """Access to one base for as long as a run lasts. Safe under threads.

    Args:
        credential: what to exchange for base tokens; an attribute, too.
        transport: the session to the server.
    """

    def __init__(self, credential: Credential, transport: Transport) -> None:
        self.credential = credential
        self._transport = transport
        self._lock = threading.Lock()
        self._access: BaseAccess | None = None
        self._renew_at = float("inf")

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
        except TokenRejected:
            fresh = self._replace(access)
        try:
            return call_with(fresh)
        except TokenRejected as error:
            hint = (
                "The token only permits reading; use one with read-write permission to write."
                if fresh.permission == "r"
                else None
            )
            raise PermissionDenied(f"{error}", hint=hint) from None

    def _replace(self, refused: BaseAccess) -> BaseAccess:
        """A newer access than the refused one; another thread may already have got it."""
        with self._lock:
            if self._access is refused:
                log.info("The base token was refused; requesting a new one.")
                self._request()
            return self._access  # type: ignore[return-value]

    def _request(self) -> None:
        self._access = self.credential.request_access(self._transport)
        self._transport.keep_secret(self._access.token)
        lifetime = self._access.lifetime
        self._renew_at = (
            float("inf")
            if lifetime is None
            # Half the lifetime for tokens so short that the margin would renew them at once.
            else time.monotonic() + max(lifetime - RENEWAL_MARGIN, lifetime / 2)
        )
