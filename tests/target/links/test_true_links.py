"""Links lead to the rows that the base has in the end, whatever the run knows of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_seatable.sinks import table_sink
from tests.target.links.customers_and_orders import BY_ID, CUSTOMERS, ORDERS, links, with_links
from tests.target.singer import record, state

pytestmark = pytest.mark.servers("gateway", "v1 with SQL", "v1 without SQL")

DONE = state({"n": 1})
KEYS = st.integers(1, 5)
CUSTOMER = st.tuples(KEYS, st.sampled_from(["", "a", None]), st.sampled_from([False, False, True]))
VALUE = st.one_of(st.none(), st.just(""), KEYS, st.lists(st.one_of(KEYS, st.none()), max_size=3))


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(table_sink, "SAMPLE", 3)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 3)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    there=st.lists(KEYS, max_size=4),
    customers=st.lists(CUSTOMER, max_size=8),
    orders=st.lists(st.tuples(st.integers(1, 4), VALUE), min_size=1, max_size=8),
    method=st.sampled_from(["upsert", "append-only", "insert-only", "overwrite"]),
    config=st.fixed_dictionaries(
        {
            "concurrency": st.sampled_from([1, 4]),
            "hard_delete": st.booleans(),
            "on_ambiguous_key": st.sampled_from(["error", "first", "all"]),
            "batch_size_rows": st.sampled_from([1, 3]),
        }
    ),
    orders_first=st.booleans(),
)
def test_links_lead_to_the_only_row_of_their_key(
    make, seatable, there, customers, orders, method, config, orders_first
):
    base = with_links(make(seatable))
    if there:
        base.base.append_rows("customers", [{"id": key} for key in there])
    deletion = {"_sdc_deleted_at": "2024-01-01"}
    people = [
        record("customers", id=key, name=name, **(deletion if gone else {}))
        for key, name, gone in customers
    ]
    ordered = [record("orders", no=number, customer=value) for number, value in orders]
    parts = [[CUSTOMERS, *people], [ORDERS, *ordered]]
    first, second = reversed(parts) if orders_first else parts
    base.load(
        *first, *second, DONE, links=BY_ID, max_rejected_records=100, max_delete_fraction=1,
        stream_settings={"customers": {"load_method": method}}, **config
    )  # fmt: skip
    ids = [row["id"] for row in base.rows("customers")]
    expected = {}
    for number, value in dict(orders).items():
        keys = value if isinstance(value, list) else [value]
        expected[number] = sorted({key for key in keys if ids.count(key) == 1})
    if method != "overwrite":  # which removes rows that were linked
        assert links(base) == expected
