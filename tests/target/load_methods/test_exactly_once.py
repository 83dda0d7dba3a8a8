"""Whatever networks and servers do: no row lost, no row twice, or a sentence that says so."""

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1Api
from seatable_client.errors import AmbiguousWriteError, RequestRejected, SeaTableError
from seatable_sandbox import Fault, Sandbox
from tests.seeds import SOAK
from tests.servers import WITH_GATEWAY, WITH_SQL
from tests.target.singer import record, schema, state

KEYED = schema("t", {"id": "integer", "v": "string"}, ["id"])
KEYLESS = schema("t", {"id": "integer", "v": "string"})
WRITES = r"/(rows|batch-append-rows)/$"
STRUCTURE = r"/(batch-append-columns|columns|column-options)/$"
TIMEOUT = 1
HANGS = 1.2
"""Longer than the client waits for an answer."""

SLEEP = time.sleep
CLOCK = SimpleNamespace(**vars(time))
LATE: list[threading.Timer] = []
"""The writes that the sandbox applies late."""


class Late(threading.Timer):
    """A write that is applied late."""

    def start(self):
        super().start()
        LATE.append(self)


def apply_late_writes():
    """Wait for what is applied late."""
    for timer in tuple(LATE):
        timer.join()


def hurry(seconds, most=0.2):
    """Sleep less. What is applied late is applied within the pause, however busy the machine is."""
    SLEEP(min(seconds, most))
    apply_late_writes()


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


def records(*ids, v="x"):
    return [record("t", id=key, v=v) for key in ids]


LOST_WRITES = [
    Fault("status", WRITES, "POST", status=502),
    Fault("status", WRITES, "POST", status=504),
    Fault("status", WRITES, "POST", status=500),
    Fault("html", WRITES, "POST"),
    Fault("reset_before", WRITES, "POST"),
    Fault("reset_after", WRITES, "POST"),
    Fault("cut", WRITES, "POST"),
    Fault("unread", WRITES, "POST", reused=True),
    Fault("reset_before", WRITES, "POST", reused=True),
    Fault("reset_after", WRITES, "POST", reused=True),
    Fault("close", times=99),
    Fault("delayed_apply", WRITES, "POST", seconds=0.03),
    Fault("status", WRITES, "POST", status=429, retry_after=0),
]
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


def named(fault):
    return f"{fault.kind}-{fault.status}{fault.path[:5]}{'-reused' * fault.reused}"


def again(fault, **changes):
    return Fault(**{**vars(fault), "headers": {}, **changes})


def loaded(kind, base, stream, *messages, **config):
    """Load; whether it came to its end, as it has to where a row can be told from its like."""
    try:
        base.load(stream, *messages, **config)
    except AmbiguousWriteError as unknown:
        if stream is KEYED or kind in WITH_SQL:
            raise
        assert "this server does not tell when rows were added" in str(unknown)  # noqa: PT017
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


def test_a_server_that_never_answers_ends_the_run_with_a_true_state(base, caplog):
    base.load(KEYED, *records(1))
    base.sandbox.inject(Fault("status", WRITES, "POST", status=504, times=50))
    sentence = base.fails(caplog, KEYED, *records(2), state({"n": 1}))
    assert "Whether SeaTable has applied it is not known" in sentence
    assert base.states == []
    assert [row["id"] for row in base.rows("t")] == [1]


KINDS = [
    "reset_before",
    "reset_after",
    "hang_before",
    "hang_after",
    "cut",
    "delayed_apply",
    "html",
    "expire",
    "status",
]
FAULTS = st.builds(
    Fault,
    kind=st.sampled_from(KINDS),
    path=st.sampled_from([WRITES, "/sql/$", "/tables/$", "/metadata/$"]),
    status=st.sampled_from([429, 500, 502, 503, 504]),
    after=st.integers(0, 5),
    retry_after=st.just(0),
    seconds=st.just(0.02),
).map(lambda fault: again(fault, seconds=HANGS) if SOAK and "hang" in fault.kind else fault)


@settings(max_examples=1000 if SOAK else 80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(FAULTS, max_size=4),
    ids=st.lists(st.integers(0, 30), max_size=60),
    known=st.sets(st.integers(0, 30)),
    keyed=st.booleans(),
    size=st.integers(1, 25),
)
def test_random_streams_by_random_faults(seatable, make, faults, ids, known, keyed, size):
    base = make(seatable)
    name = f"t{time.monotonic_ns()}"  # a table for each example
    shape = {**(KEYED if keyed else KEYLESS), "stream": name}
    first = [record(name, id=key, v="old") for key in sorted(known)]
    base.load(shape, *first, state({"n": 0}))
    for fault in faults:
        seatable.inject(fault)
    new = [record(name, id=key, v=str(position)) for position, key in enumerate(ids)]
    try:
        base.load(shape, *new, state({"n": 1}), batch_size_rows=size, request_timeout=TIMEOUT)
    except SeaTableError:
        assert base.states in ([], [{"n": 1}])
        if keyed:  # run again from the last state: from the start
            seatable.clear_faults()
            base.load(shape, *new, state({"n": 1}), batch_size_rows=size, request_timeout=TIMEOUT)
        else:
            return
    finally:
        seatable.clear_faults()
    stored = [(row["id"], row["v"]) for row in base.rows(name)]
    if keyed:
        latest = {
            **dict.fromkeys(known, "old"),
            **{key: str(position) for position, key in enumerate(ids)},
        }
        assert sorted(stored) == sorted(latest.items())
    else:
        expected = [(key, "old") for key in known] + [
            (key, str(position)) for position, key in enumerate(ids)
        ]
        assert Counter(stored) == Counter(expected)


def test_a_server_that_fails_at_every_row_ends_the_run(kind, base):
    """Not with a thousand rows rejected, one by one."""
    base.sandbox.inject(Fault("status", WRITES, "POST", status=500, times=9999, after=1))
    with pytest.raises(RequestRejected):
        base.load(KEYED, *records(*range(150)), batch_size_rows=100, max_rejected_records=999)
    assert [row["id"] for row in base.rows("t")] == list(range(100))
    assert len(base.rejections()) < 5


@settings(max_examples=600 if SOAK else 40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(FAULTS, max_size=4),
    before=st.lists(st.integers(0, 20), max_size=30),
    after=st.lists(st.integers(0, 20), max_size=40),
    keyed=st.booleans(),
    size=st.integers(1, 25),
)
def test_random_overwrites_by_random_faults(seatable, make, faults, before, after, keyed, size):
    """The table equals the stream, after a second run at the latest."""
    base = make(seatable)
    name = f"t{time.monotonic_ns()}"
    shape = {**(KEYED if keyed else KEYLESS), "stream": name}
    once = dict.fromkeys if keyed else list
    base.load(shape, *[record(name, id=key, v="old") for key in once(before)], state({"n": 0}))
    stream = [record(name, id=key, v=str(key % 3)) for key in once(after)]
    options = {"load_method": "overwrite", "batch_size_rows": size, "max_delete_fraction": 1}
    for fault in faults:
        seatable.inject(fault)
    try:
        base.load(shape, *stream, state({"n": 1}), request_timeout=TIMEOUT, **options)
    except SeaTableError:
        assert base.states in ([], [{"n": 1}])
        seatable.clear_faults()
        apply_late_writes()  # before anybody runs it again
        base.load(shape, *stream, state({"n": 1}), request_timeout=TIMEOUT, **options)
    finally:
        seatable.clear_faults()
    stored = Counter((row["id"], row["v"]) for row in base.rows(name))
    assert stored == Counter((key, str(key % 3)) for key in once(after))


@settings(max_examples=600 if SOAK else 40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(FAULTS, max_size=4),
    life=st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=40),
    hard=st.booleans(),
    size=st.integers(1, 9),
)
def test_random_deletions_by_random_faults(seatable, make, faults, life, hard, size):
    """Each record, or tombstone, is the last word on its row, after a second run at the latest."""
    base = make(seatable)
    name = f"t{time.monotonic_ns()}"
    shape = {**KEYED, "stream": name}
    moment = "2024-02-29T10:20:00Z"
    base.load(shape, *[record(name, id=key, v="old") for key in range(5)], state({"n": 0}))
    stream = [
        record(name, id=key, v=str(position))
        if lives
        else record(name, id=key, v=None, _sdc_deleted_at=moment)
        for position, (key, lives) in enumerate(life)
    ]
    options = {"hard_delete": hard, "batch_size_rows": size, "request_timeout": TIMEOUT}
    for fault in faults:
        seatable.inject(fault)
    try:
        base.load(shape, *stream, state({"n": 1}), **options)
    except SeaTableError:
        seatable.clear_faults()
        apply_late_writes()
        base.load(shape, *stream, state({"n": 1}), **options)
    finally:
        seatable.clear_faults()
    expected = dict.fromkeys(range(5), ("old", False))
    for position, (key, lives) in enumerate(life):
        if lives:
            expected[key] = (str(position), False)
        elif hard:
            expected.pop(key, None)
        elif key in expected:
            expected[key] = (expected[key][0], True)
    stored = [
        (row["id"], (row["v"], bool(row.get("_sdc_deleted_at")))) for row in base.base.rows(name)
    ]
    assert sorted(stored) == sorted(expected.items())
