"""Link columns can limit by a filter which rows they link.

Whether SeaTable's API minds the filter is not known: it may write such links, leave them out
without a word, or refuse the call. No link may be lost quietly under any of these.
"""

import pytest

from seatable_sandbox import Sandbox
from target_seatable.errors import LinkExcluded
from tests.target.links.test_links import BY_ID, CUSTOMERS, ORDERS, customers, links, with_links
from tests.target.singer import record, state

MESSAGES = [
    CUSTOMERS,
    *customers(7, 11),
    ORDERS,
    record("orders", no=1, customer=7),
    record("orders", no=2, customer=[7, 11]),
    state({"n": 1}),
]


def limited(make, profile, behaviour):
    """Orders that link customers with an id below 10 only."""
    sandbox = Sandbox(profile, link_filters=behaviour)
    sandbox.start()
    base = with_links(make(sandbox))
    keys = {column["name"]: column["key"] for column in base.table("customers")["columns"]}
    rule = {"column_key": keys["id"], "filter_predicate": "less", "filter_term": "10"}
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


def test_links_without_a_filter_are_not_read_again(make):
    with Sandbox() as sandbox:
        base = with_links(make(sandbox))
        base.load(*MESSAGES, links=BY_ID)
        assert base.calls[-1] == "links"
