"""One batch is stored while the next is read, and the order is kept."""

import functools
import io
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_sandbox import Fault
from target_seatable.sinks.concurrency import THREAD_NAME, BackgroundWorker
from tests.target.singer import record, schema


def test_jobs_are_done_beside_the_caller_and_in_order():
    worker, may_end = BackgroundWorker(), threading.Event()
    done: list[int] = []

    def job(number):
        may_end.wait(5)
        done.append(number)

    worker.submit(lambda: job(1))
    assert done == []
    may_end.set()
    for number in range(2, 10):
        worker.submit(functools.partial(job, number))
    assert worker.run(lambda: len(done)) == 9
    assert done == list(range(1, 10))


def test_an_error_shows_before_the_next_job_begins():
    worker = BackgroundWorker()
    done: list[int] = []
    worker.submit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        worker.submit(lambda: done.append(1))
    worker.wait()
    assert done == []
    assert worker.run(lambda: 7) == 7


def test_jobs_of_several_lanes_run_at_once_and_those_of_one_in_order():
    """The first job of each lane ends only when all of them have begun."""
    worker, together = BackgroundWorker(3), threading.Barrier(3, timeout=20)
    done: list[tuple[str, int]] = []

    def job(lane, number):
        if number == 0:
            together.wait()
        done.append((lane, number))

    for number in range(4):
        for lane in "abc":
            worker.submit(functools.partial(job, lane, number), lane)
    worker.wait()
    assert len(done) == 12
    for lane in "abc":
        assert [entry for entry in done if entry[0] == lane] == [
            (lane, number) for number in range(4)
        ]
    worker.stop()


def test_a_job_waits_for_its_lane_though_a_thread_is_free():
    worker = BackgroundWorker(3)
    released = threading.Event()
    running: list[str] = []
    overlaps: list[list[str]] = []

    def job():
        overlaps.append(list(running))
        running.append("a")
        released.wait()
        running.remove("a")

    threading.Timer(0.2, released.set).start()
    worker.submit(job, "a")
    worker.submit(job, "a")
    worker.wait()
    worker.stop()
    assert overlaps == [[], []]


@given(
    lanes=st.lists(st.sampled_from("abcd"), max_size=25),
    limit=st.integers(1, 5),
    failing=st.integers(0, 30),
)
def test_no_lane_is_entered_twice_and_no_more_run_than_may(lanes, limit, failing):
    worker, lock = BackgroundWorker(limit), threading.Lock()
    running: list[str] = []
    done: list[int] = []

    def job(number, lane):
        with lock:
            assert lane not in running
            running.append(lane)
            assert len(running) <= limit
        with lock:
            running.remove(lane)
            done.append(number)
        if number == failing:
            raise ZeroDivisionError

    errors = 0
    try:
        for number, lane in enumerate(lanes):
            worker.submit(functools.partial(job, number, lane), lane)
    except ZeroDivisionError:
        errors += 1
    try:
        worker.wait()
    except ZeroDivisionError:
        errors += 1
    worker.stop()
    assert errors == (failing < len(lanes))
    assert done == sorted(done) or limit > 1
    if not errors:
        assert sorted(done) == list(range(len(lanes)))


def test_what_has_begun_ahead_is_taken_in_its_turn():
    worker, may_end = BackgroundWorker(2), threading.Event()
    worker.begin(lambda: may_end.wait(20) and 7, "a")
    worker.begin(lambda: 1 // 0, "b")
    may_end.set()
    assert worker.run(lambda: 9, "a") == 7
    assert worker.run(lambda: 9, "a") == 9
    with pytest.raises(ZeroDivisionError):
        worker.run(lambda: 9, "b")
    assert worker.run(lambda: 9, "b") == 9
    alone = BackgroundWorker(1)
    alone.begin(lambda: 7, "a")
    assert alone.run(lambda: 9, "a") == 9
    worker.stop()
    alone.stop()


def test_the_next_batch_is_read_while_one_is_on_its_way(base):
    """The first append is answered only when the input has been read further."""
    base.load(schema("t", {"id": "integer"}))
    base.sandbox.inject(Fault("hang_after", path="/rows/$", method="POST", seconds=0.4))
    target = base.target()
    seen = []

    def lines():
        yield json.dumps(schema("t", {"id": "integer"}))
        for n in range(1900):
            if n == 1899:
                seen.append(target._report.stats("t").added)
            yield json.dumps(record("t", id=n))

    class Input(io.StringIO):
        def __iter__(self):
            return lines()

    target.run(Input())
    assert seen == [0]
    assert [row["id"] for row in base.rows("t")] == list(range(1900))


def test_no_thread_is_left_of_a_run(base):
    before = {*threading.enumerate()}
    base.load(schema("t", {"id": "integer"}), record("t", id=1))
    left = {thread for thread in {*threading.enumerate()} - before if thread.name == THREAD_NAME}
    for thread in left:
        thread.join(5)
    assert not any(thread.is_alive() for thread in left)
