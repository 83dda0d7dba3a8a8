"""Rows that are equal to those of a lost append: which of them the append has stored."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1Api
from seatable_client.errors import AmbiguousWriteError
from seatable_sandbox import Fault
from tests.servers import WITH_GATEWAY, WITH_SQL
from tests.target.load_methods.exactly_once.faults import KEYLESS, WRITES, records
from tests.target.singer import state


@pytest.fixture
def _agreeing_clocks(seatable, monkeypatch):
    """The clocks of the `Date` header and of rows agree, so that no margin is needed."""
    agreeing = replace(seatable.profile, date_header_ahead=0.0)
    monkeypatch.setattr(seatable._context, "profile", agreeing)
    monkeypatch.setattr("target_seatable.load_methods.append.CLOCK_MARGIN", timedelta(0))


@pytest.mark.usefixtures("_agreeing_clocks")
@pytest.mark.servers(*WITH_SQL)  # others do not tell when rows were added
@pytest.mark.parametrize("fault", ["reset_after", "reset_before"])
def test_equal_records_differ_by_their_number(base, fault):
    base.load(KEYLESS, *records(1, 1))
    base.sandbox.clock.advance(5)  # the Date header tells seconds
    base.sandbox.inject(Fault(fault, WRITES, "POST"))
    base.load(KEYLESS, *records(1, 1, 2, 1))
    assert Counter(row["id"] for row in base.rows("t")) == {1: 5, 2: 1}


@pytest.mark.parametrize("before", [[1], [1, 1], [1, 2, 1, 1]])
def test_rows_of_a_moment_ago_are_not_taken_for_those_just_sent(base, before):
    base.load(KEYLESS, *records(*before))
    base.sandbox.inject(Fault("reset_before", WRITES, "POST"))
    try:
        base.load(KEYLESS, *records(1, 1, 2, 1), state({"n": 1}))
    except AmbiguousWriteError:
        assert base.states == []
    else:
        assert len(base.rows("t")) == len(before) + 4


@pytest.mark.servers(*WITH_SQL)  # others do not tell when rows were added
def test_some_equal_rows_of_a_moment_ago_do_not_stop_the_run(base):
    """The table has not grown, so nothing of the append is stored, whatever is equal to it."""
    base.load(KEYLESS, *records(1, 1, 2))
    base.sandbox.inject(Fault("reset_before", WRITES, "POST"))
    base.load(KEYLESS, *records(1, 1, 3, 1), state({"n": 1}))
    assert Counter(row["id"] for row in base.rows("t")) == {1: 5, 2: 1, 3: 1}
    assert base.states == [{"n": 1}]


@pytest.mark.servers(*WITH_GATEWAY)  # others do not tell the ids of what they have stored
@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
@pytest.mark.parametrize(("after", "times"), [(0, 1), (1, 1), (0, 2), (1, 2)])
def test_batches_of_equal_rows_are_told_apart(base, fault, after, times):
    """By what this run has stored already: acknowledged, or found when it was read back."""
    base.sandbox.inject(Fault(fault, WRITES, "POST", after=after, times=times))
    base.load(KEYLESS, *records(*[1] * 6), state({"n": 1}), batch_size_rows=2)
    assert [row["id"] for row in base.rows("t")] == [1] * 6
    assert base.states == [{"n": 1}]


@pytest.mark.usefixtures("_agreeing_clocks")
@pytest.mark.servers(*WITH_SQL)
def test_an_older_row_that_is_edited_since_is_not_taken_for_one_just_sent(base, monkeypatch):
    base.load(KEYLESS, *records(1, v="old"))
    base.sandbox.clock.advance(5)  # the Date header tells seconds
    (row,) = base.base.rows("t")
    base.sandbox.inject(Fault("reset_before", WRITES, "POST"))
    for client in (Gateway, V1Api):
        append = client.append_rows

        def append_after_an_edit(self, table, rows, append=append):
            base.base.update_rows("t", {row["_id"]: {"v": "x"}})
            return append(self, table, rows)

        monkeypatch.setattr(client, "append_rows", append_after_an_edit)
    base.load(KEYLESS, *records(1), state({"n": 1}))
    assert [row["v"] for row in base.rows("t")] == ["x", "x"]
    assert base.states == [{"n": 1}]


@pytest.mark.servers(*WITH_SQL)  # others do not tell when rows were added
def test_another_writer_of_the_same_rows_makes_the_run_stop(base, monkeypatch):
    base.load(KEYLESS, *records(7))
    base.sandbox.inject(Fault("reset_before", WRITES, "POST"))
    for client in (Gateway, V1Api):
        append = client.append_rows

        def append_while_others_do(self, table, rows, append=append):
            base.base.append_rows("t", [{"id": 1, "v": "x"}, {"id": 1, "v": "x"}])
            return append(self, table, rows)

        monkeypatch.setattr(client, "append_rows", append_while_others_do)
    with pytest.raises(AmbiguousWriteError, match="another program added equal rows"):
        base.load(KEYLESS, *records(1), state({"n": 1}))
    assert base.states == []
