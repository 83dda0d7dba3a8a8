"""A success that lacks what was asked: each row once, or a failure, and never a row twice."""

import itertools
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.api.gateway import Gateway
from seatable_client.errors import SeaTableError, ServerUnavailable
from seatable_client.http import MAX_TRIES
from seatable_sandbox import Fault, Sandbox
from tests.odd_answers import BODIES, READS, faults
from tests.servers import WITH_SQL
from tests.target.singer import record, schema, state

KEYED = schema("t", {"id": "integer", "v": "string"}, ["id"])
KEYLESS = schema("t", {"id": "integer", "v": "string"})
APPENDS = r"/(rows|batch-append-rows)/$"
WRITES = [APPENDS, "/(rows|batch-update-rows)/$", "/(tables|batch-append-columns|columns)/$"]
SLEEP = time.sleep

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    """The same waits, a hundred times shorter."""
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.01, 0.02, 0.04))
    monkeypatch.setattr("time.sleep", lambda seconds: SLEEP(min(seconds, 0.01)))


def load(base, shape, rows, **config):
    name = shape["stream"]
    return base.load(shape, *[record(name, id=key, v=v) for key, v in rows], state({"n": 1}),
                     batch_size_rows=5, **config)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(
        st.one_of(
            faults(READS, ["answer"], ["GET", "POST"]),
            faults(WRITES, ["answer", "status"], ["POST", "PUT"]),
        ),
        min_size=1,
        max_size=2,
    ),
    known=st.sets(st.integers(0, 15), max_size=10),
    new=st.sets(st.integers(0, 25), min_size=1, max_size=20),
    method=st.sampled_from(["upsert", "append-only", "overwrite"]),
)
def test_no_odd_answer_loses_a_row_or_doubles_one(kind, seatable, make, faults, known, new, method):
    base = make(seatable)
    shape = {**(KEYLESS if method == "append-only" else KEYED), "stream": f"t{next(_numbers)}"}
    load(base, shape, [(key, "old") for key in sorted(known)])
    rows = [(key, "new") for key in sorted(new)]
    options = {"load_method": method, "max_delete_fraction": 1}
    for fault in faults:
        seatable.inject(fault)
    try:
        load(base, shape, rows, **options)
    except SeaTableError:
        seatable.clear_faults()
        if method == "append-only":
            stored = Counter((row["id"], row["v"]) for row in base.rows(shape["stream"]))
            assert max(stored.values(), default=1) == 1
            return
        load(base, shape, rows, **options)
    finally:
        seatable.clear_faults()
    stored = Counter((row["id"], row["v"]) for row in base.rows(shape["stream"]))
    before = {(key, "old") for key in known if method == "append-only" or key not in new}
    assert stored == Counter({*rows, *(before if method != "overwrite" else ())})


@pytest.mark.parametrize("body", BODIES[::5], ids=repr)
def test_an_odd_answer_that_persists_ends_with_a_sentence(base, caplog, body):
    load(base, KEYED, [(1, "old")])
    base.sandbox.inject(Fault("status", path="/(sql|query|rows)/", method=None, status=200,
                              body=body, times=999))  # fmt: skip
    sentence = base.fails(caplog, KEYED, record("t", id=1, v="new"), state({"n": 1}))
    assert "does not have SeaTable's format" in sentence
    assert base.states == []
    base.sandbox.clear_faults()
    assert [(row["id"], row["v"]) for row in base.rows("t")] == [(1, "old")]


@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.servers(*WITH_SQL)
def test_a_write_is_tried_as_often_as_a_read(base, stream):
    load(base, stream, [(0, "old")])
    base.sandbox.inject(Fault("status", APPENDS, "POST", status=503, times=MAX_TRIES - 1))
    load(base, stream, [(key, "new") for key in range(1, 5)])
    assert sorted(row["id"] for row in base.rows("t")) == list(range(5))
    assert base.appends == MAX_TRIES
    base.sandbox.inject(Fault("status", APPENDS, "POST", status=503, times=MAX_TRIES))
    with pytest.raises(ServerUnavailable):
        load(base, stream, [(9, "new")])
    assert base.appends == MAX_TRIES
    assert base.states == []


@pytest.mark.parametrize("cap", [1, 2, 3, 7])
def test_several_rows_of_a_key_are_seen_whatever_a_server_sends_at_once(make, caplog, cap):
    with Sandbox(sql_max_rows=cap) as sandbox:
        base = make(sandbox)
        load(base, KEYED, [(key, "old") for key in range(6)])
        base.base.append_rows("t", [{"id": key, "v": "twice"} for key in range(6)])
        load(base, KEYED, [(key, "new") for key in range(6)], max_rejected_records=6)
        assert {row["v"] for row in base.rows("t")} == {"old", "twice"}
        assert len(base.rejections()) == 6


def test_a_row_that_is_added_while_all_keys_are_read_is_no_end(make, monkeypatch):
    """The number of rows from before is reached one row early: the last one was doubled."""
    with Sandbox(sql_max_rows=3) as sandbox:
        base = make(sandbox)
        load(base, KEYED, [(key, "old") for key in range(12)])
        query, ids = Gateway.query, sorted(row["_id"] for row in base.base.rows("t"))
        pages = itertools.count()

        def query_while_others_write(self, statement, purpose):
            page = query(self, statement, purpose)
            is_page = "ORDER BY" in statement and " IN " not in statement
            if is_page and len(page) == 3 and next(pages) == 0:
                added = ""
                while not ids[3] < added < ids[-1]:  # behind the first page, before the last row
                    base.base.delete_rows("t", [added] if added else [])
                    (added,) = base.base.append_rows("t", [{"id": 99, "v": "other"}])
            return page

        monkeypatch.setattr(Gateway, "query", query_while_others_write)
        options = {"load_method": "overwrite", "protected_rows": {"t": {"id": [99]}}}
        load(base, KEYED, [(key, "new") for key in range(12)], **options)
        stored = Counter(row["id"] for row in base.rows("t"))
        assert next(pages) > 0
        assert stored == Counter([*range(12), 99])
