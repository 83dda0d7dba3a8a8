"""What the tests of the sandbox share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from seatable_sandbox import Sandbox, SandboxBase
from tests.sandbox.support import TABLE, Client, OldServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(time_zone="Europe/Berlin") as running:
        yield running


@pytest.fixture
def base(sandbox: Sandbox) -> SandboxBase:
    return sandbox.create_base("Shop")


@pytest.fixture
def table(base: SandboxBase) -> SandboxBase:
    """The base, with the table T."""
    base.create_table("T", TABLE)
    return base


@pytest.fixture
def client(sandbox: Sandbox, base: SandboxBase) -> Client:
    return Client(sandbox, base)


@pytest.fixture
def connect() -> type[Client]:
    """For tests that need a server or a token of their own: `connect(sandbox, base)`."""
    return Client


@pytest.fixture
def start() -> Iterator[Any]:
    """Starts old servers: `start("v1-2020", v1_paging=True)`."""
    running: list[OldServer] = []

    def run(profile: str = "v1", **overrides: Any) -> OldServer:
        running.append(OldServer(profile, **overrides))
        return running[-1]

    yield run
    for server in running:
        server.sandbox.stop()
