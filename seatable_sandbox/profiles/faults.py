"""Failures of networks, proxies and servers that a test can order."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "status",
    "html",
    "unread",
    "reset_before",
    "reset_after",
    "hang_before",
    "hang_after",
    "cut",
    "close",
    "expire",
    "delayed_apply",
    "answer",
    "slow",
)

LOGIN_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Log In - SeaTable</title></head>
<body><form action="/accounts/login/" method="post"><input name="login"><input name="password"
 type="password"><button>Log In</button></form></body></html>
"""


@dataclass
class Fault:
    """A failure of requests whose path matches.

    Attributes:
        kind: What happens.
            "status": this status is answered (`body`, `retry_after`); the request is not applied.
            "html": a login page with status 200; not applied.
            "unread": the connection breaks before the body is read; not applied.
            "reset_before": the connection breaks; not applied.
            "reset_after": applied, then the connection breaks without an answer.
            "hang_before": silence for `seconds`, then the connection breaks; not applied.
            "hang_after": applied at once, answered `seconds` later.
            "cut": applied; the answer breaks off in the middle.
            "close": applied and answered; then the idle connection is closed without notice.
            "expire": the base token counts as expired.
            "delayed_apply": the connection breaks at once; applied `seconds` later.
            "answer": applied; then this status and body are answered instead of what became of it.
            "slow": applied; the body of the answer comes byte by byte, `seconds` apart.
        body: What is answered: text, or what becomes JSON; bytes as they are.
        path: Regular expression, searched in the path.
        method: Only requests of this method.
        times: How many requests it hits.
        after: How many matching requests pass before.
        reused: Only requests on a connection that has carried another request before, as when a
            server closes an idle connection while the next request is on its way.
    """

    kind: str
    path: str = ""
    method: str | None = None
    times: int = 1
    after: int = 0
    reused: bool = False
    status: int = 502
    retry_after: float | None = None
    body: Any = None
    seconds: float = 1.0
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; use one of: {', '.join(KINDS)}")
        if self.times < 1:
            raise ValueError(f"a fault of {self.times} times never happens; give 1 or more")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"{self.path!r} is no regular expression: {error}") from None

    def matches(self, method: str, path: str, *, is_reused: bool) -> bool:
        """Whether the fault is for such a request."""
        if self.reused and not is_reused:
            return False
        return self.method in (None, method) and re.search(self.path, path) is not None


class Faults:
    """The faults that have been ordered and have not hit all their requests yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str, *, is_reused: bool) -> Fault | None:
        """The fault for this request, if any; it then has one time less."""
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(method, path, is_reused=is_reused):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
