"""Identifiers and tokens in the formats of SeaTable."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import secrets
import string
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

ALPHABET = string.ascii_letters + string.digits


def row_id(source: random.Random | None = None) -> str:
    """A 22 character URL-safe slug of a UUID, as every row has.

    Args:
        source: what draws the UUID; None for the operating system.
    """
    drawn = uuid.UUID(int=source.getrandbits(128), version=4) if source else uuid.uuid4()
    return base64.urlsafe_b64encode(drawn.bytes).decode()[:22]


def short_key(taken: Collection[str]) -> str:
    """A 4 character key of a table, column, view or link.

    SQLite ignores the case of identifiers, so no two keys differ in case only.
    """
    folded = {key.lower() for key in taken}
    while True:
        key = "".join(random.choices(ALPHABET, k=4))
        if key.lower() not in folded:
            return key


def option_id(taken: Collection[str]) -> str:
    """A select option's id: up to six digits."""
    while True:
        candidate = str(random.randint(10_000, 999_999))
        if candidate not in taken:
            return candidate


def api_token() -> str:
    """40 hex characters, the shape of API tokens and account tokens."""
    return secrets.token_hex(20)


def user_id(seed: str) -> str:
    """A stable internal user id such as `8cb2…@auth.local`."""
    return hashlib.sha256(seed.encode()).hexdigest()[:32] + "@auth.local"


def base_uuid() -> str:
    return str(uuid.uuid4())


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unsegment(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(secret: str, signed: str) -> str:
    return _segment(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


def encode_jwt(payload: dict[str, Any], secret: str) -> str:
    """Sign a base token (JWT, HS256)."""
    header = _segment(b'{"typ":"JWT","alg":"HS256"}')
    signed = header + "." + _segment(json.dumps(payload).encode())
    return signed + "." + _signature(secret, signed)


def decode_jwt(token: str, secret: str) -> dict[str, Any] | None:
    """The payload, or None if the token was not signed here. It does not check `exp`."""
    signed, dot, signature = token.rpartition(".")
    if not dot or not hmac.compare_digest(signature.encode(), _signature(secret, signed).encode()):
        return None
    try:
        payload = json.loads(_unsegment(signed.partition(".")[2]))
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None
