"""Rows that go straight to big data storage: as safe as the others, or refused."""

import time
from datetime import timedelta
from typing import Any

import pytest

from seatable_client.errors import AmbiguousWriteError
from seatable_sandbox import Fault, Sandbox
from tests.target.load_methods.exactly_once.faults import LOST_WRITES, again, named
from tests.target.singer import record, schema, state

KEYED = schema("t", {"id": "integer", "v": "string", "tag": {"enum": ["a", "b"]}}, ["id"])
KEYLESS = schema("t", {"id": "integer", "v": "string", "tag": {"enum": ["a", "b"]}})
INSERTS = "/(add-archived-rows|insert-rows)/"
SLEEP = time.sleep
SERVERS: dict[str, dict[str, Any]] = {
    "gateway": {"profile": "gateway", "max_rows_per_base": 100},
    "cloud 5.0": {"profile": "cloud-5.0", "max_rows_per_base": 100},
    "v1 with SQL": {"profile": "v1", "dtable_db": True, "max_rows_per_base": 100},
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    with Sandbox(**SERVERS[request.param]) as sandbox:
        yield sandbox


@pytest.fixture
def big(server, make):
    server.clear_faults()
    base = make(server, storage="big_data", batch_size_rows=100)
    base.base.enable_big_data()
    return base


@pytest.fixture
def _hurried(monkeypatch):
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr("backoff._sync.time.sleep", lambda seconds: SLEEP(min(seconds, 0.2)))


def records(*ids, v="x", **cells):
    return [record("t", id=number, v=v, **cells) for number in ids]


def archived(base):
    return {row["id"]: row["_archived"] for row in base.base.rows("t")}


def loaded(base):
    return sorted((row["id"], row["v"]) for row in base.rows("t"))


@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_rows_go_there_past_the_row_limit(big, stream):
    big.load(stream, *records(*range(250)), state({"n": 1}))
    assert big.states == [{"n": 1}]
    assert archived(big) == dict.fromkeys(range(250), True)


def test_without_it_the_limit_ends_the_run(server, make, caplog):
    base = make(server, batch_size_rows=100)
    assert "exceed" in base.fails(caplog, KEYED, *records(*range(150))).lower()


def test_rows_are_changed_and_deleted_where_they_are(big):
    big.load(KEYED, *records(*range(50)), storage="normal")
    big.load(KEYED, *records(*range(50, 150)))
    gone = [record("t", id=n, _deleted_at="2024-01-01T00:00:00Z") for n in (1, 51)]
    big.load(KEYED, *records(2, 52, v="new", tag="b"), *records(3, 53), *gone, hard_delete=True)
    rows = {row["id"]: row for row in big.base.rows("t")}
    assert len(rows) == len(big.base.rows("t")) == 148
    assert {(rows[n]["v"], rows[n]["tag"]) for n in (2, 52)} == {("new", "b")}
    assert not rows[2]["_archived"]
    assert rows[52]["_archived"]


def test_rows_that_somebody_archived_are_not_added_again(big):
    big.load(KEYED, *records(1, 2, 3), storage="normal")
    ids = [row["_id"] for row in big.base.rows("t")]
    big.base.archive_rows("t", ids[:2])
    big.load(KEYED, *records(1, 2, 3, v="new"), storage="normal")
    assert loaded(big) == [(1, "new"), (2, "new"), (3, "new")]


def test_deleted_rows_are_marked_there_too(big):
    big.load(KEYED, *records(1, 2))
    big.load(KEYED, record("t", id=1, _deleted_at="2024-01-01T00:00:00Z"))
    marks = {row["id"]: row["_sdc_deleted_at"] is not None for row in big.base.rows("t")}
    assert marks == {1: True, 2: False}


def test_overwrite_makes_the_table_equal_to_the_stream(big):
    big.load(KEYED, *records(*range(120)))
    big.load(KEYED, *records(*range(40, 140), v="new"), state({}), load_method="overwrite")
    assert loaded(big) == [(n, "new") for n in range(40, 140)]


def test_unchanged_rows_are_left_alone(big):
    big.load(KEYED, *records(1, 2))
    big.load(KEYED, *records(1, 2))
    assert not {"add-archived-rows", "insert-rows", "rows"} & set(big.calls)


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("fault", LOST_WRITES, ids=named)
def test_an_answer_that_is_lost_loses_no_row_and_doubles_none(big, stream, fault):
    big.sandbox.inject(again(fault, path=INSERTS))
    big.load(stream, *records(*range(250)), state({"n": 1}))
    assert [number for number, _ in loaded(big)] == list(range(250))
    assert big.states == [{"n": 1}]


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("kind", ["reset_after", "reset_before"])
def test_equal_rows_of_earlier_batches_are_an_error(big, kind, monkeypatch, caplog):
    """The server returns no ids: rows like those of a recent batch end the run, or count once."""
    monkeypatch.setattr("target_seatable.load_methods.append.CLOCK_MARGIN", timedelta(seconds=2))
    big.sandbox.inject(Fault(kind, INSERTS, "POST", after=1))
    ids = [*range(10), *range(10)]
    try:
        big.load(KEYLESS, *records(*ids), state({"n": 1}), batch_size_rows=10)
    except AmbiguousWriteError:
        assert big.states == []
    else:
        assert [number for number, _ in loaded(big)] == sorted(ids)


def test_one_bad_row_is_rejected(big):
    big.load(KEYED, *records(1, 2), record("t", id="bad", v="x"), max_rejected_records=1)
    assert loaded(big) == [(1, "x"), (2, "x")]
    assert len(big.rejections()) == 1


def test_a_base_without_big_data_storage_says_so(server, make, caplog):
    base = make(server, storage="big_data")
    sentence = base.fails(caplog, KEYED, *records(*range(20)), state({"n": 1}))
    assert "Perhaps big data storage is switched off in base" in sentence
    assert base.states == []
    assert base.rows("t") == []


@pytest.mark.parametrize("profile", ["v1", "v1-2020"])
def test_a_server_without_the_call_says_so(make, caplog, profile):
    with Sandbox(profile, version="2.3.0") as sandbox:
        sentence = make(sandbox).fails(caplog, KEYED, *records(1), storage="big_data")
    assert "has no call that adds rows to big data storage" in sentence


def test_links_are_refused(big, caplog):
    big.base.create_table("t", [{"column_name": "id", "column_type": "number"}])
    link = {"table": "t", "other_table": "t"}
    big.base.add_column("t", "v", "link", link)
    sentence = big.fails(caplog, KEYED, *records(1), links={"t.v": "id"})
    assert "'v' would be linked, and rows in big data storage cannot be" in sentence
    assert big.rows("t") == []


def test_a_base_that_would_be_created_has_none(server, make, caplog):
    base = make(server, api_token="", account_token=server.account_token, workspace_id=1)
    given = {"base_name": "Not there", "create_base": True, "storage": "big_data"}
    assert "switched off" in base.fails(caplog, KEYED, *records(1), **given)
    assert "Not there" not in [info.name for info in server.bases()]


def test_a_dry_run_writes_nothing(big, caplog):
    caplog.set_level("INFO")
    big.load(KEYED, *records(1), dry_run=True)
    assert "in a real run 1 row added" in caplog.text
    assert not {"add-archived-rows", "insert-rows", "tables"} & set(big.calls)


@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("profile", ["gateway", "cloud-5.0"])
def test_more_rows_than_a_server_takes_in_a_second_wait_for_the_next(
    make, monkeypatch, stream, profile
):
    monkeypatch.setattr("seatable_client.http.rate_limit.THROTTLED_WAIT", 0.4)
    with Sandbox(profile, big_data_rows_per_second=100) as sandbox:
        base = make(sandbox, storage="big_data", batch_size_rows=100)
        base.base.enable_big_data()
        base.load(stream, *records(*range(350)), state({"n": 1}))
        assert 429 in {call.status for call in sandbox.calls}
        assert base.states == [{"n": 1}]
        assert loaded(base) == [(n, "x") for n in range(350)]
    assert base.rejections() == []
