"""Waits that are short, for each test of lost answers."""

import threading
from types import SimpleNamespace

import pytest

from tests.target.load_methods.exactly_once.faults import CLOCK, LATE, Late, hurry


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """The same waits, a hundred times shorter."""
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr("time.sleep", hurry)
    monkeypatch.setattr(
        "seatable_sandbox.http.transport.time", CLOCK
    )  # the server sleeps as it says
    LATE.clear()
    timers = SimpleNamespace(**{**vars(threading), "Timer": Late})
    monkeypatch.setattr("seatable_sandbox.http.transport.threading", timers)
