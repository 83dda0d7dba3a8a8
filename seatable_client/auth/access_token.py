"""What a server grants for one base: a base token, and what comes with it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

import msgspec

from seatable_client.errors import ServerUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain_id(uuid: str) -> str:
    """A base's id in one spelling: old servers leave the dashes out."""
    return uuid.replace("-", "").lower()


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

    @property
    def base_id(self) -> str:
        """The base's id in the one spelling in which ids are compared."""
        return plain_id(self.uuid)

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
        if not (is_token(token) and is_token(uuid)):
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


def is_token(text: Any) -> TypeGuard[str]:
    """Whether a header can carry it: visible ASCII characters, at least one."""
    return isinstance(text, str) and re.fullmatch(r"[!-~]+", text) is not None


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _claims(token: str) -> Mapping[str, Any]:
    """The readable part of a JWT; empty where it cannot be read. Nothing is verified."""
    try:
        payload = token.split(".")[1]
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error, msgspec.DecodeError):
        return {}
    return claims if isinstance(claims, dict) else {}
