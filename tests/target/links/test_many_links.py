"""Many links wait on disk, are resolved in chunks, and take little memory."""

import tracemalloc
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from target_seatable.links.pending import PendingLinks
from tests.seeds import SOAK
from tests.target.links.customers_and_orders import CUSTOMERS, MAKES, ORDERS, customers, links
from tests.target.singer import record

DRAWN_TOO = SOAK


def test_links_are_resolved_in_chunks(linked, monkeypatch):
    monkeypatch.setattr(
        "target_seatable.links.linker.PendingLinks", partial(PendingLinks, max_in_memory=7)
    )
    monkeypatch.setattr("target_seatable.links.linker.ROWS_PER_CHUNK", 5)
    monkeypatch.setattr("target_seatable.links.resolver.MAX_CACHED", 3)
    numbers = range(40)
    linked.load(
        CUSTOMERS,
        *customers(*range(8)),
        ORDERS,
        *[record("orders", no=n, customer=[n % 8, (n + 1) % 8]) for n in numbers],
        *[record("orders", no=n, customer=[n % 8, "9"]) for n in range(3)],
        **MAKES,
    )
    expected = {n: sorted([n % 8, (n + 1) % 8]) for n in numbers}
    assert links(linked) == expected | {n: [n, 9] for n in range(3)}


VALUES = st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.booleans()


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("wxyz"), VALUES | st.lists(VALUES)),
        max_size=30,
    ),
    st.integers(1, 9),
    st.integers(1, 5),
)
def test_the_last_note_of_a_link_counts(notes, max_in_memory, size):
    pending: PendingLinks[str] = PendingLinks(max_in_memory)
    model: dict[str, dict[str, Any]] = {}
    for group, row_id, value in notes:
        pending.note(group, row_id, value)
        model.setdefault(group, {})[row_id] = value
    assert pending.groups == list(model)
    for group, rows in model.items():
        chunks = list(pending.chunks(group, size))
        assert all(len(chunk) <= size for chunk in chunks)
        assert {row: value for chunk in chunks for row, value in chunk.items()} == rows
    pending.clear()
    assert pending.groups == []


def test_numbers_come_back_as_they_went():
    pending: PendingLinks[str] = PendingLinks(1)
    value = [Decimal("0.1"), 2**60, "1", 1, True, {"row_id": "x"}]
    pending.note("a", "r", value)
    ((found,),) = [chunk.values() for chunk in pending.chunks("a", 1)]
    assert found == value
    assert [type(item) for item in found] == [type(item) for item in value]
    pending.clear()


def test_many_pending_links_take_little_memory():
    pending: PendingLinks[str] = PendingLinks(2_000)
    tracemalloc.start()
    try:
        for n in range(40_000):
            pending.note("a", f"{n:022}", [{"row_id": f"{n:022}", "display_value": "x" * 20}])
        read = sum(len(chunk) for chunk in pending.chunks("a", 2_000))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        pending.clear()
    assert read == 40_000
    assert most < 6_000_000
