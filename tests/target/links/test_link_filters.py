"""Link columns can limit by a filter which rows they link.

Whether SeaTable's API minds the filter is not known: it may write such links, leave them out
without a word, or refuse the call. No link may be lost quietly under any of these.
"""

import pytest

from seatable_sandbox import Sandbox
from target_seatable.errors import LinkExcluded
from tests.target.links.customers_and_orders import (
    BY_ID,
    CUSTOMERS,
    ORDERS,
    customers,
    links,
    with_links,
)
from tests.target.singer import record, state

MESSAGES = [
    CUSTOMERS,
    *customers(7, 11),
    ORDERS,
    record("orders", no=1, customer=7),
    record("orders", no=2, customer=[7, 11]),
    state({"n": 1}),
]


def limited(make, profile, behaviour, below=10):
    """Orders that link customers with an id below that number only."""
    sandbox = Sandbox(profile, link_filters=behaviour)
    sandbox.start()
    base = with_links(make(sandbox))
    keys = {column["name"]: column["key"] for column in base.table("customers")["columns"]}
    rule = {"column_key": keys["id"], "filter_predicate": "less", "filter_term": str(below)}
    base.base.limit_links("orders", "customer", [rule])
    return base


@pytest.mark.parametrize("profile", ["gateway", "v1"])
def test_a_link_that_is_left_out_is_rejected_and_the_others_are_written(make, profile):
    base = limited(make, profile, "skipped")
    for _ in range(2):
        with pytest.raises(LinkExcluded):
            base.load(*MESSAGES, links=BY_ID)
        assert links(base) == {1: [7], 2: [7]}
        (rejected,) = base.rejections()
        assert (rejected["error"], rejected["stream"]) == ("LinkExcluded", "orders")
        assert "left out rows that the filter of column 'customer' excludes" in rejected["reason"]
        assert base.states == [{"n": 1}]
        base.rejected.unlink()
    base.sandbox.stop()


@pytest.mark.parametrize("profile", ["gateway", "v1"])
def test_a_filter_that_nobody_minds_rejects_nothing(make, profile):
    base = limited(make, profile, "ignored")
    base.load(*MESSAGES, links=BY_ID)
    assert links(base) == {1: [7], 2: [7, 11]}
    assert not base.rejected.exists()
    base.sandbox.stop()


def test_a_refused_call_ends_the_run_before_the_state(make, caplog):
    base = limited(make, "gateway", "refused")
    message = base.fails(caplog, *MESSAGES, links=BY_ID)
    assert "The link does not meet the filters of the column." in message
    assert base.states == []
    base.sandbox.stop()


@pytest.mark.parametrize("allowed", [0, 9, 10, 11, 50, 51, 120])
@pytest.mark.parametrize("profile", ["gateway", "cloud-5.0"])
def test_a_link_that_is_left_out_is_rejected_however_many_links_a_cell_shows(
    make, profile, allowed
):
    base = limited(make, profile, "skipped", below=1000)
    wanted = [*range(1, allowed + 1), 1001, 1002]
    records = [*customers(*wanted), ORDERS, record("orders", no=1, customer=wanted)]
    with pytest.raises(LinkExcluded):
        base.load(CUSTOMERS, *records, links=BY_ID)
    assert len(base.rejections()) == 1
    base.rejected.unlink()
    kept = [record("orders", no=1, customer=wanted[:-2])]
    base.load(CUSTOMERS, *customers(*wanted), ORDERS, *kept, links=BY_ID)
    assert not base.rejected.exists()
    base.sandbox.stop()


def test_links_without_a_filter_are_not_read_again(make):
    with Sandbox() as sandbox:
        base = with_links(make(sandbox))
        base.load(*MESSAGES, links=BY_ID)
        assert base.calls[-1] == "links"
