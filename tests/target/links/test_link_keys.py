"""A link leads to the row whose key has its value, in whatever form both are written."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.target.singer import record, schema

pytestmark = pytest.mark.servers("gateway", "v1 without SQL")

TEXTS: dict[str, Any] = {"type": ["string", "null"]}
ANY: dict[str, Any] = {}
TO_THE_MINUTE, DAYS = {"format": "YYYY-MM-DD HH:mm"}, {"format": "YYYY-MM-DD"}
MOMENTS = [
    *("2024-07-01T10:00:00+00:00", "2024-07-01T12:00:00+00:00", "2024-07-01T12:00:00+02:00"),
    *("2024-07-01 12:00", "2024-07-01T14:00:00", "2024-07-01T12:00:30", "2024-07-01"),
]
GERMAN = ["01.02.2024", "2024-02-01", "2.1.2024", "2024-01-02", "1.234", "1234", "1,5", "1.5"]
NUMBERS = [
    *(1, 1.0, "1", "1.0", "01", 10, 0.1, "0.1", "0.10000000000000001"),
    *(12345678901234567, "12345678901234567", True, "a", "A", "a ", "-"),
]
CASES: dict[str, tuple[str, Any, Any, list[Any], dict[str, Any]]] = {
    "a known zone": ("date", TO_THE_MINUTE, TEXTS, MOMENTS, {"server_timezone": "Europe/Berlin"}),
    "no zone": ("date", TO_THE_MINUTE, TEXTS, MOMENTS, {"server_timezone": "auto"}),
    "seconds are cut": (
        "date", TO_THE_MINUTE, TEXTS, MOMENTS,
        {"server_timezone": "Asia/Tokyo", "on_precision_loss": "truncate"},
    ),
    "days": ("date", DAYS, TEXTS, MOMENTS, {"server_timezone": "America/New_York"}),
    "German days": ("date", DAYS, TEXTS, GERMAN, {"locale": "de_DE"}),
    "German numbers": ("number", None, TEXTS, GERMAN, {"locale": "de_DE"}),
    "any numbers": ("number", None, ANY, NUMBERS, {}),
    "texts": ("text", None, ANY, NUMBERS, {}),
    "what means empty": (
        "text", None, TEXTS, ["a", " a", "-", "1"],
        {"text_formats": {"*": {"*": {"empty": ["-"]}}}},
    ),
}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), case=st.sampled_from(sorted(CASES)), together=st.booleans())
def test_a_link_leads_to_the_row_that_its_value_is_the_key_of(make, seatable, data, case, together):
    key_type, key_data, declared, values, config = CASES[case]
    value, other = data.draw(st.tuples(st.sampled_from(values), st.sampled_from(values)))
    base = _with_link(make(seatable), key_type, key_data)
    customers = [
        schema("customers", {"id": declared, "name": "string"}, ["id"]),
        record("customers", id=other, name="other"),
        record("customers", id=value, name="named"),
    ]
    orders = [
        schema("orders", {"no": "integer", "customer": declared}, ["no"]),
        record("orders", no=1, customer=value),
    ]
    loads = [[*customers, *orders]] if together else [customers, orders]
    for messages in loads:
        base.load(*messages, links={"orders.customer": "id"}, max_rejected_records=9, **config)
    stored = [row["name"] for row in base.rows("customers")]
    linked = _links(base)[1]
    # Neither a record with a value that is no key, nor a bare truth value has a row to name.
    is_key = "named" in stored and value is not True
    assert linked == (["named"] if is_key else [])


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["", " ", "a", "7", "2024-01-01", "\\", "\0", "'", "x" * 10_001]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["row_id", "display_value"]), inner, max_size=2),
    ),
    max_leaves=5,
)  # fmt: skip
KEYS = {"text": "a", "number": 7, "date": "2024-01-01", "single-select": None}


@pytest.mark.servers("gateway")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(JSON, min_size=1, max_size=4), key=st.sampled_from(sorted(KEYS)),
       by_id=st.booleans(), creates=st.booleans())  # fmt: skip
@example(values=["\\", "\0", "'"], key="date", by_id=True, creates=False)
def test_no_value_ends_the_run_or_names_a_row_without_a_key(
    make, seatable, values, key, by_id, creates
):
    base = _with_link(make(seatable), key, None)
    named = {"id": KEYS[key], "name": "named"} if KEYS[key] else {"name": "named too"}
    base.base.append_rows("customers", [{"name": "without a key"}, named])
    base.load(
        schema("orders", {"no": "integer", "customer": {}}, ["no"]),
        *[record("orders", no=number, customer=value) for number, value in enumerate(values)],
        links={} if by_id else {"orders.customer": "id"},
        max_rejected_records=9,
        create_missing_links=creates,
    )
    linked = _links(base)
    assert len(linked) == len(values)
    assert "without a key" not in [name for names in linked.values() for name in names]
    added = [row for row in base.rows("customers") if row.get("name") is None]
    assert all(row["id"] is not None for row in added)


@pytest.mark.parametrize("value", ["", [""], {"row_id": ""}, []])
def test_an_empty_text_links_no_row(make, seatable, value):
    base = _with_link(make(seatable), "text", None)
    base.base.append_rows("customers", [{"name": "without a key"}, {"id": "a", "name": "A"}])
    orders = schema("orders", {"no": "integer", "customer": {}}, ["no"])
    config = {"links": {"orders.customer": "id"}}
    base.load(orders, record("orders", no=1, customer="a"), **config)
    assert _links(base) == {1: ["A"]}
    base.load(orders, record("orders", no=1, customer=value), **config)
    assert _links(base) == {1: []}


def test_the_reason_why_no_row_has_a_value_is_told(make, seatable):
    base = _with_link(make(seatable), "date", TO_THE_MINUTE)
    base.load(
        schema("orders", {"no": "integer", "customer": "string"}, ["no"]),
        record("orders", no=1, customer="2024-07-01T10:00:00Z"),
        links={"orders.customer": "id"},
        max_rejected_records=1,
        server_timezone="auto",
    )
    (rejected,) = base.rejections()
    assert "has an offset, and the server's time zone is not known" in rejected["reason"]


def test_a_text_that_means_empty_links_no_row(make, seatable):
    base = _with_link(make(seatable), "text", None)
    base.base.append_rows("customers", [{"name": "without a key"}, {"id": "7", "name": "seven"}])
    orders = schema("orders", {"no": "integer", "customer": "string"}, ["no"])
    for customer in ("7", "NA"):
        base.load(
            orders,
            record("orders", no=1, customer=customer),
            links={"orders.customer": "id"},
            text_formats={"orders": {"customer": {"empty": ["NA"]}}},
        )
        assert _links(base)[1] == (["seven"] if customer == "7" else [])


@pytest.mark.parametrize(
    ("key", "config"),
    [
        ("2024-07-01T10:00:00+00:00", {"server_timezone": "Europe/Berlin"}),
        ("01.02.2024", {"text_formats": {"orders": {"at": {"dates": ["DD.MM.YYYY"]}}}}),
    ],
)
def test_elements_belong_to_the_record_that_has_their_key(make, seatable, key, config):
    base = make(seatable, nested="table", **config)
    base.base.create_table("orders", [{"column_name": "who", "column_type": "text"}])
    base.base.add_column("orders", "at", "date", TO_THE_MINUTE)
    lines = {"type": "array", "items": {"type": "object", "properties": {"sku": TEXTS}}}
    described = schema("orders", {"at": TEXTS, "who": "string", "lines": lines}, ["at"])
    earlier = [
        record("orders", at="2024-07-01T08:00:00+00:00", who="Bob", lines=[]),
        record("orders", at="2024-01-02T00:00:00+00:00", who="Bob", lines=[]),
    ]
    base.load(described, *earlier, server_timezone="UTC")
    base.load(described, record("orders", at=key, who="Ann", lines=[{"sku": "tea"}]))
    names = {row["_id"]: row["who"] for row in base.base.rows("orders")}
    (line,) = base.base.rows("orders__lines")
    assert [names[link["row_id"]] for link in line["orders"]] == ["Ann"]


def _with_link(base, key_type, key_data):
    base.base.create_table("customers", [{"column_name": "name", "column_type": "text"}])
    base.base.add_column("customers", "id", key_type, key_data)
    base.base.create_table("orders", [{"column_name": "no", "column_type": "number"}])
    link = {"table": "orders", "other_table": "customers"}
    base.base.add_column("orders", "customer", "link", link)
    return base


def _links(base):
    names = {row["_id"]: row.get("name") for row in base.base.rows("customers")}
    return {
        row["no"]: [names[link["row_id"]] for link in row.get("customer") or ()]
        for row in base.base.rows("orders")
    }
