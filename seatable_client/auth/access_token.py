"""Access to one base: a base token, and what the server tells with it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

import msgspec

from seatable_client.http import answer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = re.compile(r"[!-~]+")
"""What a header can carry."""


def plain_id(uuid: str) -> str:
    """A base's id in one spelling: old servers leave the dashes out."""
    return uuid.replace("-", "").lower()


class AccessAnswer(msgspec.Struct):
    """The answer to a call for a base token; servers of every age send two of its fields."""

    access_token: str
    dtable_uuid: str
    dtable_name: str | None = None
    workspace_id: int | None = None
    use_api_gateway: bool | None = None
    dtable_server: str | None = None
    dtable_db: str | None = None

    def __post_init__(self) -> None:
        if not (is_token(self.access_token) and is_token(self.dtable_uuid)):
            raise ValueError("Expected a token at `$.access_token` and an id at `$.dtable_uuid`")


decode_access = answer_of(AccessAnswer)


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
        dtable_server, dtable_db: paths of the older APIs on this server; empty where unknown.
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

    @property
    def base_id(self) -> str:
        """The base's id in the one spelling in which ids are compared."""
        return plain_id(self.uuid)

    @classmethod
    def parse(cls, answer: AccessAnswer, *, server_time: datetime | None) -> BaseAccess:
        """Read the answer of an access-token call.

        The hosts in `dtable_server` and `dtable_db` are left out on purpose: tokens go to the
        configured host only.
        """
        claims = _claims(answer.access_token)
        expires = claims.get("exp")
        now = (server_time or datetime.now(timezone.utc)).timestamp()
        lifetime = expires - now if isinstance(expires, (int, float)) else 0
        return cls(
            token=answer.access_token,
            uuid=answer.dtable_uuid,
            name=answer.dtable_name or "",
            workspace_id=answer.workspace_id,
            uses_gateway=answer.use_api_gateway,
            dtable_server=_path_of(answer.dtable_server),
            dtable_db=_path_of(answer.dtable_db),
            permission=claims.get("permission"),
            lifetime=lifetime if lifetime > 0 else None,
        )


def is_token(text: Any) -> TypeGuard[str]:
    """Whether a header can carry it: visible ASCII characters, at least one."""
    return isinstance(text, str) and TOKEN.fullmatch(text) is not None


def _path_of(address: str | None) -> str:
    return urlsplit(address or "").path.rstrip("/")


def _claims(token: str) -> Mapping[str, Any]:
    """The readable part of a JWT; empty where it cannot be read. Nothing is verified."""
    try:
        payload = token.split(".")[1]
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error, msgspec.DecodeError):
        return {}
    return claims if isinstance(claims, dict) else {}
