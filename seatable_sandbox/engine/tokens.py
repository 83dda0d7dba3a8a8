"""Tokens: account tokens, API tokens and the base tokens they are exchanged for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seatable_sandbox.engine.engine import Actor, Engine
from seatable_sandbox.model import ids

if TYPE_CHECKING:
    from seatable_sandbox.model import Base

ACCOUNT_NAME = "demo@example.com"
ACCOUNT_PASSWORD = "demo"  # noqa: S105
OWNER = ids.user_id("owner")
"""The user of the sandbox's only account, who also does what the Python API does."""

_TEMPORARY_SECONDS = 3600


@dataclass(frozen=True)
class ApiToken:
    """An API token: for one base. It never expires, unless it is a temporary one of an account.

    A temporary token has no app: who uses it is the account itself.
    """

    token: str
    base_number: int
    app_name: str
    permission: str
    generated_by: str
    generated_ms: int
    last_access_ms: int

    @property
    def actor(self) -> Actor:
        if not self.app_name:
            return Actor(self.generated_by)
        return Actor(ids.user_id(self.token), self.app_name)


@dataclass(frozen=True)
class Grant:
    """What a base token allows."""

    base: Base
    actor: Actor
    permission: str


class Tokens:
    """Issues and checks tokens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._secret = engine.store.setting("secret", ids.api_token())
        self.account_token = engine.store.setting("account_token", ids.api_token())
        self._issued: set[str] = set()
        self._expired: set[str] = set()

    # API tokens ---------------------------------------------------------------------------------

    def add_api_token(
        self, base: Base, app_name: str, permission: str, token: str | None = None
    ) -> ApiToken:
        """Create an API token for a base; `permission` is "rw" or "r".

        Args:
            base: The base.
            app_name: The name of the token.
            permission: What it allows.
            token: The token itself, of which any other base loses it; a random one without.
        """
        now = self._engine.clock.milliseconds()
        created = ApiToken(
            token or ids.api_token(), base.number, app_name, permission, OWNER, now, now
        )
        self._engine.store.execute(
            "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                created.token,
                created.base_number,
                created.app_name,
                created.permission,
                created.generated_by,
                created.generated_ms,
                created.last_access_ms,
            ),
        )
        return created

    def api_tokens(self, base: Base) -> list[ApiToken]:
        found = self._engine.store.execute(
            "SELECT * FROM tokens WHERE base = ? ORDER BY rowid", (base.number,)
        )
        return [ApiToken(*row) for row in found]

    def api_token(self, token: str) -> ApiToken | None:
        row = self._engine.store.execute(
            "SELECT * FROM tokens WHERE token = ?", (token,)
        ).fetchone()
        return ApiToken(*row) if row else self._temporary_token(token)

    def issue_temporary(self, base: Base) -> str:
        """A new API token of the account for a base, valid for an hour."""
        until = int(self._engine.clock.timestamp() + _TEMPORARY_SECONDS)
        payload = {"exp": until, "dtable_uuid": self.format_uuid(base), "username": OWNER}
        return ids.encode_jwt(payload, self._secret)

    def _temporary_token(self, token: str) -> ApiToken | None:
        payload = ids.decode_jwt(token, self._secret) or {}
        now = self._engine.clock.milliseconds()
        # Base tokens say what they permit.
        if "permission" in payload or payload.get("exp", 0) * 1000 <= now:
            return None
        base = self._engine.store.base_by_uuid(payload["dtable_uuid"])
        return ApiToken(token, base.number, "", "rw", OWNER, now, now) if base else None

    def touch(self, token: ApiToken) -> None:
        self._engine.store.execute(
            "UPDATE tokens SET last_access_ms = ? WHERE token = ?",
            (self._engine.clock.milliseconds(), token.token),
        )

    def change_permission(self, token: ApiToken, permission: str) -> ApiToken:
        self._engine.store.execute(
            "UPDATE tokens SET permission = ? WHERE token = ?", (permission, token.token)
        )
        return replace(token, permission=permission)

    def revoke(self, token: str) -> None:
        """Delete an API token. Its base tokens stay valid until they expire."""
        self._engine.store.execute("DELETE FROM tokens WHERE token = ?", (token,))

    # Base tokens --------------------------------------------------------------------------------

    def format_uuid(self, base: Base) -> str:
        """The uuid as this generation of servers writes it: in 2019 without dashes."""
        return base.uuid if self._engine.profile.uuid_dashes else base.uuid.replace("-", "")

    def issue(
        self, base: Base, actor: Actor, permission: str, lifetime: float | None = None
    ) -> str:
        """A new base token: a JWT that clients can read, but not sign.

        `lifetime` is in seconds; without one, the profile's counts.
        """
        seconds = self._engine.profile.token_lifetime if lifetime is None else lifetime
        payload = {
            "exp": int(self._engine.clock.timestamp() + seconds),
            "dtable_uuid": self.format_uuid(base),
            "username": actor.user,
            "permission": permission,
        }
        if actor.app:
            payload["app_name"] = actor.app
        token = ids.encode_jwt(payload, self._secret)
        self._issued.add(token)
        # Two tokens of one second are the same string: the newer token is valid again.
        self._expired.discard(token)
        return token

    def check(self, token: str, uuid: str) -> Grant | str:
        """What a base token allows on the base with this uuid, else "invalid" or "expired"."""
        payload = ids.decode_jwt(token, self._secret)
        if payload is None or payload.get("dtable_uuid") != uuid or "permission" not in payload:
            return "invalid"
        if payload["exp"] <= self._engine.clock.timestamp() or token in self._expired:
            return "expired"
        base = self._engine.store.base_by_uuid(uuid)
        if base is None:
            return "invalid"
        app = payload.get("app_name")
        # What an API token writes is signed with the name of its app.
        return Grant(base, Actor(app or payload["username"], app), payload["permission"])

    def expire_all(self) -> None:
        """Let every base token that has been issued count as expired."""
        self._expired |= self._issued
        self._issued.clear()
