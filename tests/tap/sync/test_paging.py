"""Reading a table page by page: each row that is there throughout comes once."""

from __future__ import annotations

import functools
import itertools
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.api import gateway
from seatable_sandbox import Fault, Sandbox
from tests.tap.support import config_of, make_table, read

if TYPE_CHECKING:
    from collections.abc import Callable

DRAWN_TOO = True


@pytest.fixture
def between_pages(monkeypatch):
    """A list of actions; one is taken off and run before each page is asked for."""
    actions: list[Callable[[], None]] = []
    query = gateway.Gateway.query

    @functools.wraps(query)
    def interrupted(self, statement, purpose):
        if actions and "ORDER BY" in statement:
            actions.pop(0)()
        return query(self, statement, purpose)

    monkeypatch.setattr(gateway.Gateway, "query", interrupted)
    return actions


@pytest.fixture(scope="module")
def server():
    """Servers by the cap that they put on pages."""
    started = {}

    def capped(cap):
        if cap not in started:
            started[cap] = Sandbox(sql_max_rows=cap)
            started[cap].start()
        return started[cap]

    yield capped
    for sandbox in started.values():
        sandbox.stop()


_numbers = itertools.count()


def table_of(sandbox, rows):
    """A base with a table T of that many rows, and the configuration for it."""
    base = sandbox.create_base(f"Base {next(_numbers)}")
    make_table(base, "T", rows)
    return base, config_of(sandbox, base)


examples = functools.partial(
    settings, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@examples(max_examples=60)
@given(
    rows=st.integers(0, 60),
    page_size=st.integers(1, 25),
    cap=st.sampled_from([1, 2, 7, 10, 10_000]),
)
def test_every_row_comes_once_whatever_the_pages(server, rows, page_size, cap):
    base, config = table_of(server(cap), rows)
    run = read({**config, "page_size": page_size})
    assert Counter(run.ids("T")) == {row["_id"]: 1 for row in base.rows("T")}


WRITES = st.lists(
    st.sampled_from(["append", "append", "update", "delete", "nothing"]), max_size=8
)  # fmt: skip


@examples(max_examples=40)
@given(
    rows=st.integers(1, 40),
    page_size=st.integers(1, 15),
    cap=st.sampled_from([3, 10_000]),
    writes=WRITES,
    seed=st.integers(0, 2**16),
)
def test_writers_lose_and_double_nothing(server, between_pages, rows, page_size, cap, writes, seed):
    """What was there throughout comes once; what changed behind the reader, in the next run."""
    sandbox = server(cap)
    base, config = table_of(sandbox, rows)
    chance = random.Random(seed)
    before = {row["_id"] for row in base.rows("T")}

    def write(kind):
        sandbox.clock.advance(1.5)
        present = [row["_id"] for row in base.rows("T")]
        if kind == "append":
            base.append_rows("T", [{"Name": "new", "Amount": -1}] * chance.randint(1, 3))
        elif kind == "update" and present:
            chosen = chance.sample(present, min(3, len(present)))
            base.update_rows("T", {key: {"Amount": chance.random()} for key in chosen})
        elif kind == "delete" and present:
            base.delete_rows("T", chance.sample(present, min(2, len(present))))

    between_pages[:] = [functools.partial(write, kind) for kind in writes]
    paged = {**config, "page_size": page_size, "lookback_seconds": 0}
    first = read(paged)
    between_pages.clear()
    after = {row["_id"]: row for row in base.rows("T")}
    counted = Counter(first.ids("T"))
    assert set(counted.values()) <= {1}
    assert before & set(after) <= set(counted)
    second = read(paged, state=first.state)
    warehouse = {r["_id"]: r for run in (first, second) for r in run.records("T")}
    for key, row in after.items():
        assert warehouse[key]["Amount"] == row["Amount"]


def test_a_short_page_is_not_the_end(server):
    """A server may cap pages below what is asked for."""
    base, config = table_of(server(7), 50)
    run = read({**config, "page_size": 10_000})
    assert len(run.ids("T")) == len(base.rows("T")) == 50


def test_the_last_page_may_be_full(server):
    _, config = table_of(server(10_000), 20)
    assert len(read({**config, "page_size": 10}).ids("T")) == 20


@pytest.mark.only_on("gateway")
def test_a_table_of_which_the_server_repeats_a_page_fails(base, config, monkeypatch):
    make_table(base, "T", 5)
    rows = base.rows("T")[:2]
    query = gateway.Gateway.query

    def stuck(self, statement, purpose):
        return rows if "ORDER BY" in statement else query(self, statement, purpose)

    monkeypatch.setattr(gateway.Gateway, "query", stuck)
    run = read({**config, "page_size": 2})
    assert run.log_lines("Stream 'T' was not read", "does not advance")
    assert run.bookmark("T") is None


@pytest.mark.only_on("gateway")
def test_fewer_rows_are_asked_for_where_cells_are_limited(sandbox, base, config):
    made = make_table(base, "T", 60)
    refusal = {"error_message": "Number of cells returned exceeds the limit of 1 million"}
    sandbox.inject(Fault("status", path="/sql/", after=2, times=2, status=400, body=refusal))
    run = read({**config, "page_size": 40})
    assert sorted(run.ids("T")) == sorted(made)
    pages = [call for call in sandbox.calls if call.path.endswith("/sql/") and call.status == 200]
    assert len(pages) == 1 + 1 + 6 + 1, "a full page, the number of rows, pages of ten"
