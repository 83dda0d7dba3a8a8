"""The clocks of a server differ: no row without a key is stored twice for it, and none is lost."""

import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import AmbiguousWriteError
from seatable_sandbox import Fault, Sandbox
from tests.target.singer import record, schema, state

KEYLESS = schema("t", {"id": "integer"})
WRITES = r"/(rows|batch-append-rows)/$"
KINDS = [{}, {"profile": "v1", "dtable_db": True}]
SLEEP = time.sleep


def records(*ids):
    return [record("t", id=key) for key in ids]


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.01, 0.02, 0.04))
    monkeypatch.setattr("time.sleep", lambda seconds: SLEEP(min(seconds, 0.05)))


@pytest.mark.parametrize("method", ["append-only", "overwrite"])
@pytest.mark.parametrize("ahead", [5, 60, 86_400])
def test_an_append_that_the_clocks_hide_ends_the_run(make, caplog, ahead, method):
    with Sandbox(date_header_ahead=ahead) as sandbox:
        base = make(sandbox, load_method=method)
        sandbox.inject(Fault("reset_after", WRITES, "POST"))
        sentence = base.fails(caplog, KEYLESS, *records(*range(1_000)), state({"n": 1}))
        assert "the number of rows has changed" in sentence
        assert "look at the table's newest rows before running again" in sentence
        assert base.states == []
        assert sorted(row["id"] for row in base.rows("t")) == list(range(1_000))


@pytest.mark.parametrize("ahead", [-60, -5, 0, 5, 60])
def test_an_append_that_was_not_carried_out_is_sent_again(make, ahead):
    with Sandbox(date_header_ahead=ahead) as sandbox:
        base = make(sandbox)
        sandbox.inject(Fault("reset_before", WRITES, "POST"))
        base.load(KEYLESS, *records(*range(10)), state({"n": 1}))
        assert base.states == [{"n": 1}]
        assert sorted(row["id"] for row in base.rows("t")) == list(range(10))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    server=st.tuples(st.sampled_from(KINDS), st.integers(-12, 12) | st.integers(-90_000, 90_000)),
    before=st.lists(st.integers(0, 4), max_size=6),
    sent=st.lists(st.integers(0, 4), min_size=1, max_size=12),
    size=st.integers(1, 6),
    faults=st.lists(
        st.tuples(st.sampled_from(["reset_after", "reset_before", "cut"]), st.integers(0, 4)),
        min_size=1,
        max_size=3,
    ),
)
def test_clocks_of_any_difference(make, server, before, sent, size, faults):
    kind, ahead = server
    with Sandbox(**kind, date_header_ahead=ahead) as sandbox:
        base = make(sandbox, batch_size_rows=size)
        base.load(KEYLESS, *records(*before), state({"n": 0}))
        for fault, after in faults:
            sandbox.inject(Fault(fault, WRITES, "POST", after=after))
        try:
            base.load(KEYLESS, *records(*sent), state({"n": 1}))
        except AmbiguousWriteError:
            assert base.states == []
            stored = Counter(row["id"] for row in base.rows("t"))
            assert not stored - Counter(before + sent)
        else:
            assert base.states == [{"n": 1}]
            assert Counter(row["id"] for row in base.rows("t")) == Counter(before + sent)
