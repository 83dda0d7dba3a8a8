"""What all threads of a run note of a server and a base: nothing of it is lost or goes back."""

import sys
import threading
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.api.requests import BaseRequests
from seatable_client.http.client import Transport, _is_overtaken
from seatable_client.http.rate_limit import Pace

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _hasty():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(job, threads=8):
    start = threading.Barrier(threads)

    def work():
        start.wait()
        job()

    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def test_rows_are_counted_by_all_threads():
    class Counting(BaseRequests):
        def __init__(self):
            self.rows_moved = 0

        def _path(self, access, endpoint):
            raise NotImplementedError

    base = Counting()

    def count():
        for _ in range(2_000):
            base._note_moved(1)

    at_once(count)
    assert base.rows_moved == 16_000


def test_each_thread_knows_its_own_calls():
    transport = Transport("https://example.com")
    found = []

    def job():
        before = transport.own_calls
        for _ in range(50):
            transport._own.calls += 1
        found.append(transport.own_calls - before)

    at_once(job)
    assert found == [50] * 8
    assert transport.own_calls == 0
    assert transport.sibling().own_calls == 0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_the_longest_pause_that_was_asked_for_is_kept(seconds):
    pace = Pace([], 1_000)
    for pause in seconds:
        pace.pause({"Retry-After": str(int(pause))}, NOON, "read")
    longest = pace.rests_until
    pace.note(
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOON.timestamp()) + 1)},
        NOON,
        is_success=True,
    )
    assert pace.rests_until >= longest


@given(st.integers(-100, 100))
def test_an_answer_that_was_overtaken_does_not_set_the_clock_back(seconds):
    later = NOON + timedelta(seconds=seconds)
    assert _is_overtaken(later, NOON) is (seconds == -1)
    assert not _is_overtaken(later, None)
