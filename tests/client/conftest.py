"""Doors to the client that the tests share."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest

from seatable_client.http import rate_limit
from seatable_client.http.client import Transport
from seatable_client.http.request import Call
from tests.client.scripted_server import ScriptedServer


class FakeTime:
    """Stands in for `time` in the client and in backoff: sleeping only moves the clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def fake_time(monkeypatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(rate_limit, "time", fake)
    monkeypatch.setattr("backoff._sync.time", SimpleNamespace(sleep=fake.sleep))
    return fake


@pytest.fixture
def serve():
    """Starts scripted servers and ends them with the test."""
    with contextlib.ExitStack() as stack:

        def start(*answer) -> ScriptedServer:
            script = answer[0] if len(answer) == 1 and callable(answer[0]) else list(answer)
            server = ScriptedServer(script)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def transport_to():
    """Makes a transport that does not wait between tries."""

    def make(server, **settings) -> Transport:
        url = server if isinstance(server, str) else server.url
        return Transport(url, **{"first_wait": 0.0, "timeout": 5.0, **settings})

    return make


@pytest.fixture
def call():
    """Makes a call; only what matters to a test is said there."""

    def make(effect=None, **attributes) -> Call:
        attributes = {
            "method": "GET",
            "path": "/x/",
            "purpose": "read table 'T' of base 'B'",
            "endpoint": "x",
            **attributes,
        }
        return Call(**attributes, **({"effect": effect} if effect else {}))

    return make
