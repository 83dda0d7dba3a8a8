"""One batch is stored while the next is read, and the order is kept."""

import functools
import io
import json
import threading

import pytest

from seatable_sandbox import Fault
from target_seatable.sinks.worker import THREAD_NAME, BackgroundWorker
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
