"""Calling one base: with a token that works, in words that name it, and at what cost."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from seatable_client.formatting import format_count
from seatable_client.http import Call, Effect
from seatable_client.metadata import parse_columns
from seatable_client.rows import decode_written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_client.auth import BaseAccess, BaseAuth
    from seatable_client.http import Transport
    from seatable_client.metadata import Column

Answer = TypeVar("Answer")

NOTES_LOCK = threading.Lock()
"""Held while what all threads of a run note of a base is changed; no call is made meanwhile."""


def decode_columns(body: bytes) -> tuple[Column, ...]:
    """The columns that were made or changed, as far as the server tells of them."""
    return parse_columns(decode_written(body).changed_columns)


class BaseRequests(ABC):
    """A base as something that can be called.

    Args:
        transport: the session to the server, this base's own.
        auth: access to the base.

    Attributes:
        name: what people call the base; its id where the server does not tell.
        rows_moved: how many rows calls have brought or taken, for `costs`.
    """

    def __init__(self, transport: Transport, auth: BaseAuth) -> None:
        self.transport = transport
        self.auth = auth
        access = auth.access()
        self.name = access.name or access.uuid
        self.rows_moved = 0

    def _note_moved(self, rows: int) -> None:
        """Note that a call has brought or taken rows."""
        with NOTES_LOCK:
            self.rows_moved += rows

    @property
    def id(self) -> str:
        """The base's uuid without dashes, which no renaming changes."""
        return self.auth.access().base_id

    @property
    def permission(self) -> str | None:
        """`r` or `rw`; None where the server does not tell."""
        return self.auth.access().permission

    def costs(self) -> str:
        """What the run has cost so far, for the log."""
        calls = sorted(self.transport.calls.items())
        total = sum(count for _, count in calls)
        detail = ", ".join(f"{endpoint} {count}" for endpoint, count in calls)
        rate = round(self.rows_moved / max(total, 1))
        budget = self.transport.budget.report() if self.transport.budget else ""
        return (
            f"Base {self.name!r}: {format_count(total, 'API call')} ({detail}) for "
            f"{format_count(self.rows_moved, 'row')}"
            + (f", {format_count(rate, 'row')} per call." if rate else ".")
            + (f" {budget}" if budget else "")
        )

    @abstractmethod
    def _path(self, access: BaseAccess, endpoint: str) -> str:
        """Where this generation has an endpoint of the base."""

    def _call(
        self,
        method: str,
        endpoint: str,
        purpose: str,
        *,
        effect: Effect = Effect.READ,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        decode: Callable[[bytes], Answer],
    ) -> Answer:
        """Send a call about this base with a base token that works.

        Args:
            method: the HTTP method.
            endpoint: as `_path` takes it; its first part names it where calls are counted.
            purpose: completes "Could not … of base …".
            effect: what sending it twice does.
            params: the query string.
            json: the body.
            decode: makes the result of the body of a success; see `answer_of`.

        Raises:
            PermissionDenied: the server refuses a token that it has just issued.
            SeaTableError: what `Transport.send` raises.
        """
        answer: Answer = self.auth.send(
            lambda access: self.transport.send(
                Call(
                    method,
                    self._path(access, endpoint),
                    purpose=f"{purpose} of base {self.name!r}",
                    endpoint=endpoint.partition("/")[0],
                    effect=effect,
                    token=access.token,
                    params=params,
                    json=json,
                    decode=decode,
                )
            )
        )
        return answer
