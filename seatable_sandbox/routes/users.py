"""The users that the server knows: the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.engine import ACCOUNT_NAME, OWNER

if TYPE_CHECKING:
    from seatable_sandbox.model import Base
    from seatable_sandbox.routes.context import ServerContext

_AVATAR = "/media/avatars/default.png"


def account_user(context: ServerContext) -> dict[str, Any]:
    return _user(context, OWNER, "Demo Owner", ACCOUNT_NAME)


def list_related_users(context: ServerContext, base: Base) -> list[dict[str, Any]]:
    """The users of a base: people only, no apps."""
    del base
    return [account_user(context)]


def _user(context: ServerContext, user: str, name: str, email: str) -> dict[str, Any]:
    return {
        "email": user,
        "name": name,
        "contact_email": email,
        "avatar_url": context.url + _AVATAR,
    }
