"""The server, as a test or the command starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.http import Server
from seatable_sandbox.operations import tables
from seatable_sandbox.profiles import Profile, make_profile
from seatable_sandbox.routes import ServerContext
from seatable_sandbox.sandbox.base import SandboxBase

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from seatable_sandbox.model import Base, Clock
    from seatable_sandbox.profiles import Fault
    from seatable_sandbox.routes import Call


class Sandbox:
    """A SeaTable-compatible server on this machine.

    Args:
        profile: "gateway", "v1", "v1-2020" or "cloud-5.0".
        time_zone: The server's zone.
        database: An SQLite file, or ":memory:".
        host: The address to listen on.
        port: The port; 0 takes a free one.
        answers: A seed: where SeaTable's documents are silent, an answer is drawn from those that
            are possible. Without one, the environment variable `SEATABLE_SANDBOX_ANSWERS` counts.
        seed: What the ids of rows are drawn from, so that two sandboxes number and order their rows
            alike. Without one, no other sandbox has the same ids.
        overrides: Single fields of the profile, such as `sql_max_rows=50`.

    Raises:
        ValueError: There is no such profile, or no such field of one.
    """

    def __init__(
        self,
        profile: str = "gateway",
        time_zone: str = "UTC",
        database: str = ":memory:",
        host: str = "127.0.0.1",
        port: int = 0,
        answers: int | None = None,
        seed: int | None = None,
        **overrides: Any,
    ) -> None:
        chosen = make_profile(profile, answers, **overrides)
        self._context = ServerContext(chosen, time_zone, database, seed)
        self._server = Server(self._context)
        self._host, self._port = host, port

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve in a thread; a `with` statement does it, too."""
        try:
            self._server.start(self._host, self._port)
        except Exception:
            self._context.store.close()
            raise

    def stop(self) -> None:
        self._server.stop()
        self._context.store.close()

    def wait(self) -> None:
        """Return when the server has been stopped."""
        self._server.wait()

    @property
    def url(self) -> str:
        """The server's address.

        Raises:
            RuntimeError: The sandbox has not been started.
        """
        return self._context.url

    @property
    def profile(self) -> Profile:
        """The features and limits of this server."""
        return self._context.profile

    @property
    def clock(self) -> Clock:
        return self._context.clock

    @property
    def calls(self) -> list[Call]:
        """The HTTP requests so far; `clear()` it between phases of a test."""
        return self._context.calls

    @property
    def account_token(self) -> str:
        return self._context.tokens.account_token

    def prepare(self, fill: Callable[[], None]) -> None:
        """Fill the server, now and after each reset."""
        self._context.prepare = fill
        fill()

    def reset(self) -> None:
        """Start anew, with what `prepare` fills it with. All bases of before are gone."""
        self._context.reset()

    def inject(self, fault: Fault) -> None:
        self._context.faults.add(fault)

    def clear_faults(self) -> None:
        self._context.faults.clear()

    def expire_tokens(self) -> None:
        """Let every base token that has been issued count as expired."""
        self._context.tokens.expire_all()

    def revoke(self, api_token: str) -> None:
        with self._context.store.lock:
            self._context.tokens.revoke(api_token)

    def add_group(self, workspace_id: int, *, administrates: bool = True) -> None:
        """Let the account be a member of a group with this workspace, or its administrator."""
        self._context.groups[workspace_id] = administrates

    def bases(self) -> list[Base]:
        """All bases, including those that were created through the API."""
        return list(self._context.store.bases.values())

    def create_base(
        self,
        name: str,
        workspace_id: int = 1,
        api_token: str | None = None,
        read_only_token: str | None = None,
    ) -> SandboxBase:
        """A base with two API tokens: the one that has this name, or a new one without tables."""
        store = self._context.store
        with store.transaction():
            base = store.base_by_name(workspace_id, name)
            if base is None:
                base = tables.create_base(self._context.engine, name, workspace_id)
            return SandboxBase(
                self._context,
                base,
                self._add_api_token(base, "sandbox", "rw", api_token),
                self._add_api_token(base, "sandbox-read-only", "r", read_only_token),
            )

    def _add_api_token(self, base: Base, app_name: str, permission: str, token: str | None) -> str:
        """The API token of this name; a new one if there is none, or another one is given."""
        tokens = self._context.tokens
        for known in tokens.api_tokens(base):
            if known.app_name == app_name and token in (None, known.token):
                return known.token
        return tokens.add_api_token(base, app_name, permission, token).token
