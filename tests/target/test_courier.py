"""One batch travels while the next is read, and nothing overtakes anything."""

import functools
import io
import json
import threading

import pytest

from seatable_sandbox import Fault
from target_seatable.sinks.worker import BackgroundWorker
from tests.target.messages import record, schema


def test_jobs_are_done_beside_the_caller_and_in_order():
    courier, may_end = BackgroundWorker(), threading.Event()
    done: list[int] = []

    def job(number):
        may_end.wait(5)
        done.append(number)

    courier.send(lambda: job(1))
    assert done == []
    may_end.set()
    for number in range(2, 10):
        courier.send(functools.partial(job, number))
    assert courier.do(lambda: len(done)) == 9
    assert done == list(range(1, 10))


def test_an_error_shows_before_the_next_job_begins():
    courier = BackgroundWorker()
    done: list[int] = []
    courier.send(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        courier.send(lambda: done.append(1))
    courier.wait()
    assert done == []
    assert courier.do(lambda: 7) == 7


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
                seen.append(target.ledger.outcome("t").added)
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
    left = {one for one in {*threading.enumerate()} - before if one.name == "courier"}
    for one in left:
        one.join(5)
    assert not any(one.is_alive() for one in left)
