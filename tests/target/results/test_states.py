"""A STATE goes out when everything before it is safe: not earlier, and not much later."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.errors import AmbiguousWriteError
from seatable_sandbox import Fault
from target_seatable.results.state import MAX_WAITING, StateQueue
from tests.target.singer import record, schema, state

ONE = schema("one", {"id": "integer"})
TWO = schema("two", {"id": "integer"})


@given(st.lists(st.sampled_from(["begin", "state", "close"]), max_size=60), st.randoms())
def test_no_state_passes_an_open_batch(steps, chance):
    out: list[dict[str, int]] = []
    queue = StateQueue(out.append)
    open_, before = [], {}
    for number, step in enumerate(steps):
        if step == "begin":
            open_.append(queue.begin())
        elif step == "state":
            before[number] = set(open_)
            queue.receive({"n": number})
        elif open_:
            queue.complete(open_.pop(chance.randrange(len(open_))))
        for emitted in out:
            assert not before[emitted["n"]] & set(open_)
    for ticket in open_:
        queue.complete(ticket)
    assert [emitted["n"] for emitted in out] == sorted({emitted["n"] for emitted in out})
    assert [emitted["n"] for emitted in out[-1:]] == list(before)[-1:]
    assert not queue._waiting


@pytest.mark.parametrize("count", [*range(MAX_WAITING, MAX_WAITING + 3), 10 * MAX_WAITING])
def test_waiting_states_do_not_pile_up_and_the_last_goes_out(count):
    out: list[dict[str, int]] = []
    queue = StateQueue(out.append)
    ticket = queue.begin()
    for number in range(count):
        queue.receive({"n": number})
    assert len(queue._waiting) <= MAX_WAITING
    queue.complete(ticket)
    assert out == [{"n": count - 1}]


def test_states_go_out_while_the_stream_goes_on(base):
    messages = [ONE]
    for number in range(6):
        messages += [record("one", id=n) for n in range(1000)]
        messages += [state({"n": number})]
    base.load(*messages)
    assert base.states == [{"n": number} for number in range(6)]


def test_the_last_records_of_one_stream_do_not_hold_back_the_states_of_the_next(base):
    messages = [ONE, *[record("one", id=n) for n in range(10)], TWO]
    for number in range(4):
        messages += [record("two", id=n) for n in range(1000)]
        messages += [state({"n": number})]
    base.load(*messages)
    assert len(base.states) >= 2  # of batches stored close together only the last STATE goes out
    assert base.appends == 5


def test_streams_that_take_turns_are_not_stored_in_driblets(base):
    messages = [ONE, TWO]
    for n in range(3000):
        messages.append(record("two", id=n))
        if n % 100 == 0:
            messages += [record("one", id=n), state({"n": n})]
    base.load(*messages)
    assert base.appends == 4
    assert base.states[-1] == {"n": 2900}


def test_a_fraction_in_a_state_stays_as_it_is(base):
    base.load(ONE, record("one", id=1), state({"bookmark": 1.10, "n": 12345678901234567890}))
    assert base.states == [{"bookmark": 1.1, "n": 12345678901234567890}]


def test_an_empty_state_is_a_state_too(base):
    base.load(state({"n": 1}), state({}))
    assert base.states == [{"n": 1}, {}]


def test_a_state_stays_back_when_storing_fails(base, monkeypatch):
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)
    base.sandbox.inject(
        Fault("status", path="rows/$", method="POST", after=1, times=50, status=502)
    )
    messages = [ONE, *[record("one", id=n) for n in range(1000)], state({"n": 1})]
    with pytest.raises(AmbiguousWriteError):
        base.load(*messages, *[record("one", id=n) for n in range(1000)], state({"n": 2}))
    assert base.states == [{"n": 1}]


def test_a_changed_schema_keeps_the_order_of_the_records(base):
    keyed = schema("one", {"id": "integer", "v": "integer"}, ["id"])
    wider = schema("one", {"id": "integer", "v": "integer", "w": "string"}, ["id"])
    base.load(
        keyed,
        record("one", id=1, v=1),
        record("one", id=2, v=1),
        wider,
        record("one", id=1, v=2, w="new"),
        keyed,
        record("one", id=1, v=3),
    )
    assert base.rows("one") == [{"id": 1, "v": 3, "w": "new"}, {"id": 2, "v": 1, "w": None}]


# Signals


def run(base, tmp_path, **config):
    """The command in a process of its own."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(base.settings(**config)))
    return subprocess.Popen(
        [sys.executable, "-m", "target_seatable", "--config", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def send(process, *messages):
    for message in messages:
        process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()


def wait_for(condition):
    for _ in range(300):
        if condition():
            return
        time.sleep(0.05)
    raise TimeoutError


def test_the_command_runs(base, tmp_path):
    process = run(base, tmp_path)
    send(process, ONE, record("one", id=1), state({"n": 1}))
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors.decode()
    assert out == b'{"n":1}\n'
    assert b"1 row added" in errors
    assert base.base.api_token.encode() not in errors


def test_a_terminated_run_stores_what_it_has_and_does_not_call_it_success(base, tmp_path):
    process = run(base, tmp_path)
    send(process, ONE, *[record("one", id=n) for n in range(1500)], state({"n": 1500}))
    wait_for(lambda: base.base.metadata()["metadata"]["tables"])
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, errors.decode()
    assert out == b'{"n":1500}\n'
    assert len(base.rows("one")) == 1500


def test_a_signal_in_the_middle_of_a_batch_waits_for_its_end(base, tmp_path):
    base.sandbox.inject(Fault("hang_after", path="/rows/$", method="POST", seconds=1.0))
    process = run(base, tmp_path)
    send(process, ONE, *[record("one", id=n) for n in range(1000)], state({"n": 1000}))
    wait_for(lambda: base.base.metadata()["metadata"]["tables"] and base.rows("one"))
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, errors.decode()
    assert len(base.rows("one")) == 1000
    assert out in (b'{"n":1000}\n', b"")  # the STATE may not have been read yet
