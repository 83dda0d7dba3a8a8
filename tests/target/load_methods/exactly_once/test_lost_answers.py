"""Whatever networks and servers do: no row lost, no row twice, or a sentence that says so."""

from urllib.parse import urlsplit

import pytest
import requests

from seatable_client.errors import AmbiguousWriteError, RequestRejected
from seatable_sandbox import Fault, Sandbox
from tests.servers import WITH_SQL
from tests.target.load_methods.exactly_once.faults import (
    HANGS,
    KEYED,
    KEYLESS,
    LOST_WRITES,
    TIMEOUT,
    WRITES,
    again,
    hurry,
    named,
    records,
)
from tests.target.singer import record, schema, state

STRUCTURE = r"/(batch-append-columns|columns|column-options)/$"

LOST = [
    *LOST_WRITES,
    Fault("expire", WRITES, "POST"),
    Fault("status", WRITES, "POST", status=503),
    Fault("hang_before", WRITES, "POST", seconds=HANGS),
    Fault("hang_after", WRITES, "POST", seconds=HANGS),
    Fault("status", "/tables/$", "POST", status=504),
    Fault("reset_after", "/tables/$", "POST"),
    Fault("cut", "/tables/$", "POST"),
]


def loaded(kind, base, stream, *messages, **config):
    """Load; whether it came to its end, as it has to where a row can be told from its like."""
    try:
        base.load(stream, *messages, **config)
    except AmbiguousWriteError as unknown:
        if stream is KEYED or kind in WITH_SQL:
            raise
        assert "this server does not show when rows were added" in str(unknown)  # noqa: PT017
        stored = [row["id"] for row in base.rows("t")]
        assert len(stored) == len(set(stored))
        return False
    return True


@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize(
    "fault",
    LOST,
    ids=named,
)
def test_an_answer_that_is_lost_loses_no_row_and_doubles_none(kind, base, stream, fault):
    base.sandbox.inject(again(fault))
    messages = [stream, *records(*range(150)), state({"n": 1}), *records(*range(150, 250))]
    if loaded(kind, base, *messages, batch_size_rows=100, request_timeout=TIMEOUT):
        assert [row["id"] for row in base.rows("t")] == list(range(250))
        assert base.states == [{"n": 1}]


@pytest.mark.servers(*WITH_SQL)  # others do not tell when rows were added
@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_a_write_that_is_applied_late_is_waited_for(base, stream, monkeypatch):
    """The first reading finds nothing yet. Were the rows sent again, they would be there twice."""
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.4, 0.4, 0.4))
    monkeypatch.setattr("time.sleep", lambda seconds: hurry(seconds, 0.4))
    base.sandbox.inject(Fault("delayed_apply", WRITES, "POST", seconds=0.3))
    base.load(stream, *records(*range(50)), state({"n": 1}))
    assert [row["id"] for row in base.rows("t")] == list(range(50))
    assert base.appends == 1


@pytest.mark.servers(*WITH_SQL)
@pytest.mark.parametrize("reads", [1, 2, 3])
def test_a_write_that_is_applied_between_two_calls_of_a_reading_is_found(base, monkeypatch, reads):
    """Rows that are found, and were not yet there when they were counted, are counted again."""
    base.load(KEYLESS, *records(*range(3)))
    send = requests.Session.send
    lost, answered = [], 0

    def send_late(self, request, **options):
        nonlocal answered
        path = urlsplit(request.url).path
        try:
            answer = send(self, request, **options)
        except requests.ConnectionError:
            lost.append(request)
            raise
        if lost and path.endswith(("/sql", "/sql/")):
            answered += 1
            if answered == reads:
                send(self, lost[0], **options)
        return answer

    monkeypatch.setattr(requests.Session, "send", send_late)
    base.sandbox.inject(Fault("reset_before", WRITES, "POST"))
    base.load(KEYLESS, *records(*range(3, 50)), state({"n": 1}))
    assert [row["id"] for row in base.rows("t")] == list(range(50))
    assert (len(lost), base.states) == (1, [{"n": 1}])


@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("fault", ["unread", "reset_before", "reset_after"])
@pytest.mark.parametrize("reused", [False, True], ids=["any connection", "a kept one"])
def test_connections_given_up_again_and_again_under_the_next_batch(
    kind, base, stream, fault, reused
):
    for after in range(1, 20, 3):
        base.sandbox.inject(Fault(fault, WRITES, "POST", after=after, reused=reused))
    if not loaded(kind, base, stream, *records(*range(2_000)), batch_size_rows=100):
        return
    assert [row["id"] for row in base.rows("t")] == list(range(2_000))
    broken = [call for call in base.sandbox.calls if call.status == 0]
    if reused:  # once a server has given up a kept one, writes get new ones
        assert len(broken) == 1
    else:
        assert len(broken) >= 5


def test_a_server_may_close_what_it_calls_idle_at_once(make):
    with Sandbox(idle_seconds=0.002) as sandbox:
        base = make(sandbox)
        # Other rows for each: where an answer is lost, rows like those of another run would end it.
        base.load(KEYED, *records(*range(1_000)), batch_size_rows=50)
        base.load(KEYLESS, *records(*range(1_000, 2_000)), batch_size_rows=50)
        assert sorted(row["id"] for row in base.rows("t")) == list(range(2_000))


@pytest.mark.servers("cloud 5.0", "v1 with SQL", "v1 without SQL", "2020")
@pytest.mark.parametrize("stream", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "cut", "delayed_apply"])
def test_on_older_servers_it_may_end_the_run_but_only_without_a_key(base, stream, fault):
    base.sandbox.inject(Fault(fault, WRITES, "POST", seconds=0.03, after=1))
    messages = [stream, *records(*range(150)), state({"n": 1}), *records(*range(150, 250))]
    try:
        base.load(*messages, state({"n": 2}), batch_size_rows=100)
    except AmbiguousWriteError:
        assert stream is KEYLESS
        assert base.states in ([], [{"n": 1}])
        stored = [row["id"] for row in base.rows("t")]
        assert len(stored) == len(set(stored))
        assert set(stored) >= set(range(150 if base.states else 0))
    else:
        assert [row["id"] for row in base.rows("t")] == list(range(250))
        assert base.states == [{"n": 2}]


@pytest.mark.parametrize("fault", LOST_WRITES, ids=named)
def test_columns_and_options_are_made_once(base, fault):
    base.load(KEYED, *records(1))
    base.sandbox.inject(again(fault, path=STRUCTURE, times=2))
    tags = {"type": "array", "items": {"type": "string"}}
    wider = schema("t", {"id": "integer", "w": "string", "tags": tags}, ["id"])
    base.load(wider, record("t", id=2, w="w", tags=["a"]))
    base.sandbox.inject(again(fault, path=STRUCTURE))
    base.load(wider, record("t", id=3, tags=["b"]))
    assert [row["tags"] for row in base.rows("t")] == [None, ["a"], ["b"]]
    (column,) = (column for column in base.table("t")["columns"] if column["name"] == "tags")
    assert [option["name"] for option in column["data"]["options"]] == ["a", "b"]


def test_a_server_that_never_answers_ends_the_run_with_a_true_state(base, caplog):
    base.load(KEYED, *records(1))
    base.sandbox.inject(Fault("status", WRITES, "POST", status=504, times=50))
    sentence = base.fails(caplog, KEYED, *records(2), state({"n": 1}))
    assert "Whether SeaTable has applied it is not known" in sentence
    assert base.states == []
    assert [row["id"] for row in base.rows("t")] == [1]


def test_a_server_that_fails_at_every_row_ends_the_run(kind, base):
    """Not with a thousand rows rejected, one by one."""
    base.sandbox.inject(Fault("status", WRITES, "POST", status=500, times=9999, after=1))
    with pytest.raises(RequestRejected):
        base.load(KEYED, *records(*range(150)), batch_size_rows=100, max_rejected_records=999)
    assert [row["id"] for row in base.rows("t")] == list(range(100))
    assert len(base.rejections()) < 5
