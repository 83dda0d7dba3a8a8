"""The context of endpoints: engine, tokens, limits, faults, files and the log of calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from seatable_sandbox.engine import Engine, FileStore, Tokens
from seatable_sandbox.model import Clock, Store
from seatable_sandbox.profiles import Faults, Limits
from seatable_sandbox.sql import register_functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_sandbox.model import Base
    from seatable_sandbox.profiles import Profile


def _prepare_nothing() -> None:
    """Leave a new server empty."""


MAX_LOGGED_CALLS = 200_000
"""The log of calls is cut to half of this when it gets longer."""


@dataclass(frozen=True)
class Call:
    """One HTTP request.

    Attributes:
        method: The HTTP method.
        path: The path, without the query.
        status: The status of the answer; 0 if the connection broke before an answer.
        base_name: The base that the request was about, if it was about one.
        connection: The number of its connection. It does not count when calls are compared.
        received: When it came in, in seconds of `time.monotonic`. It does not count, either.
    """

    method: str
    path: str
    status: int
    base_name: str | None
    connection: int = field(default=0, compare=False)
    received: float = field(default=0.0, compare=False)


class ServerContext:
    """The parts of one sandbox server, without its network side.

    Args:
        profile: The features and limits of the server.
        time_zone: The server's zone, such as Europe/Berlin.
        database: An SQLite file, or ":memory:".
        seed: What the ids of rows are drawn from; None for ids that no other server has.

    Attributes:
        calls: The HTTP requests so far, oldest first.
        starred_bases: The numbers of the bases that the account has starred.
        groups: The workspaces of groups by number: whether the account administrates the group.
        prepare: What fills the server at its start, and again after a reset.
    """

    def __init__(
        self, profile: Profile, time_zone: str, database: str, seed: int | None = None
    ) -> None:
        self.profile = profile
        self.clock = Clock()
        self.store = Store(database)
        try:
            self.engine = Engine(self.store, profile, self.clock, time_zone, seed)
        except Exception:
            self.store.close()
            raise
        register_functions(self.engine)
        self.tokens = Tokens(self.engine)
        self.files = FileStore(self.engine)
        self.limits = Limits(profile, self.clock)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.starred_bases: set[int] = set()
        self.groups: dict[int, bool] = {}
        self.prepare: Callable[[], None] = _prepare_nothing
        self._url = ""

    @property
    def url(self) -> str:
        """The server's address, such as http://127.0.0.1:8000.

        Raises:
            RuntimeError: The server has not been started.
        """
        if not self._url:
            raise RuntimeError(
                "The sandbox is not running. Start it, or use it in a with statement."
            )
        return self._url

    @url.setter
    def url(self, url: str) -> None:
        self._url = url

    def reset(self) -> None:
        """Start anew: without what was stored, counted, ordered and logged since the start."""
        with self.store.transaction():
            for base in list(self.store.bases.values()):
                self.store.remove_base(base)
            self.files = FileStore(self.engine)
            self.limits = Limits(self.profile, self.clock)
            self.tokens.expire_all()
            self.faults.clear()
            self.starred_bases.clear()
            self.groups.clear()
            self.calls.clear()
            self.prepare()

    def log_call(self, call: Call) -> None:
        """Add a request to the log of calls."""
        self.calls.append(call)
        if len(self.calls) > MAX_LOGGED_CALLS:
            del self.calls[: MAX_LOGGED_CALLS // 2]

    def asset_url(self, base: Base, path: str) -> str:
        """The URL by which cells refer to a stored file; `path` is below the base's folder."""
        return f"{self.url}/workspace/{base.workspace_id}/asset/{base.uuid}{quote(path)}"
