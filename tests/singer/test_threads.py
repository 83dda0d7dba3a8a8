"""Things done at once come back in order, whatever becomes of one of them."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from singer_seatable.threads import map_at_once


@given(st.lists(st.integers(-5, 5), max_size=12), st.integers(1, 5))
def test_results_and_errors_come_in_order(items, limit):
    def invert(item):
        return 60 // item

    found = map_at_once(invert, items, limit)
    for item, result in zip(items, found, strict=True):
        if item:
            assert result == 60 // item
        else:
            assert isinstance(result, ZeroDivisionError)


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_than_the_limit_are_under_way(limit):
    lock, under_way, most = threading.Lock(), 0, 0

    def work(_item):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        threading.Event().wait(0.02)
        with lock:
            under_way -= 1

    map_at_once(work, range(9), limit)
    assert most == limit
