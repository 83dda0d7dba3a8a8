"""One request to a server, described well enough to retry, count and explain it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.http.response import decode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests


class Effect(enum.Enum):
    """What sending a request twice does."""

    READ = "nothing: it only reads"
    REPEATABLE = "the same as sending it once"
    NON_IDEMPOTENT = "harm: it must be applied once"


@dataclass(frozen=True)
class Call:
    """One request, described well enough to retry, count and explain it.

    Attributes:
        method: the HTTP method.
        path: absolute on the server, e.g. `/api-gateway/api/v2/dtables/…/sql/`.
        purpose: completes "Could not …", e.g. "read table 'Orders' of base 'Shop'".
        endpoint: short name under which the call is counted, e.g. `sql`.
        effect: what sending it twice does.
        token: sent as `Authorization: Token …`, which servers of every age accept.
        required_on_every_server: whether every SeaTable server has this endpoint. One that has not
            is no SeaTable server.
        params, json, form: query string, JSON body, form body.
        headers: further headers.
        body: makes any other body, anew for each try.
        decode: makes the result of the body of a success. ValueError says that it is not whole,
            ValidationError that it lacks what was asked: such an answer counts as none.
        statuses: the HTTP statuses with which a success is documented. Others say that the server
            has understood, and nothing of what it has done.
        receive: takes a success as it arrives, again from its beginning with each try, in place of
            `decode`.
    """

    method: str
    path: str
    purpose: str
    endpoint: str
    effect: Effect = Effect.READ
    token: str | None = field(default=None, repr=False)
    required_on_every_server: bool = False
    params: Mapping[str, Any] | None = None
    json: Any = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Callable[[], Any] | None = None
    decode: Callable[[bytes], Any] = decode_json
    receive: Callable[[requests.Response], Any] | None = None
    statuses: frozenset[int] = frozenset({200})

    @property
    def content(self) -> Any:
        """The body to send, made anew."""
        if self.body is not None:
            return self.body()
        return msgspec.json.encode(self.json) if self.json is not None else self.form
