"""A base with files."""

from __future__ import annotations

import itertools

import pytest

from seatable_client.files.download import Files
from seatable_client.files.upload import Uploads
from seatable_sandbox import Sandbox
from tests.client.files.support import connected

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)


@pytest.fixture(scope="module")
def shared():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared):
    shared.calls.clear()
    yield shared
    shared.clear_faults()


@pytest.fixture
def base(sandbox):
    return sandbox.create_base(f"Größe & {next(_numbers)}")


@pytest.fixture
def files(sandbox, base):
    return Files(connected(sandbox, base))


@pytest.fixture
def uploads(files):
    return Uploads(files._base)
