"""An answer that is lost loses no element and doubles none."""

import time
from collections import Counter

import pytest

from seatable_client.errors import RequestRejected
from tests.target.load_methods.exactly_once.faults import LOST_WRITES, again, named
from tests.target.singer import state
from tests.target.sinks.nested_arrays.orders import ORDERS, lines, linked, order

SLEEP = time.sleep


@pytest.fixture
def _hurried(monkeypatch):
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr("backoff._sync.time.sleep", lambda seconds: SLEEP(min(seconds, 0.2)))


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("path", ["/rows/$", "/tables/$", "/columns/$", "/links/$"])
@pytest.mark.parametrize("fault", LOST_WRITES, ids=named)
def test_a_lost_answer_loses_nothing_and_doubles_nothing(nested_base, fault, path):
    for method in ("POST", "PUT"):
        nested_base.sandbox.inject(again(fault, path=path, method=method, after=1))
    messages = [ORDERS, *(order(n, "a", "b") for n in range(5)), state({"n": 1})]
    try:
        nested_base.load(*messages)
    except RequestRejected:  # HTTP 500 to a link: the run ends with it, and the next run makes it
        assert (fault.status, path) == (500, "/links/$")
        assert nested_base.states == []
        nested_base.load(*messages)
    assert lines(nested_base) == [
        (n, position, sku) for n in range(5) for position, sku in ((1, "a"), (2, "b"))
    ]
    assert Counter(linked(nested_base)) == {(n,): 2 for n in range(5)}
    assert nested_base.states == [{"n": 1}]


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "cut", "status"])
def test_a_lost_answer_to_a_removal(nested_base, kind):
    nested_base.load(ORDERS, order(1, "a", "b"), order(2, "c"))
    nested_base.sandbox.inject(again(LOST_WRITES[0], kind=kind, path="/rows/$", method="DELETE"))
    nested_base.load(ORDERS, order(1, "a"), order(2), state({"n": 1}))
    assert lines(nested_base) == [(1, 1, "a")]
    assert nested_base.states == [{"n": 1}]
