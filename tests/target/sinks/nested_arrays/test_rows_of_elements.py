"""Arrays of objects as tables of their own: what they hold, and that they follow their records."""

import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import ConfigError
from seatable_sandbox import Sandbox
from tests.seeds import SOAK
from tests.servers import SERVERS
from tests.target.singer import record, schema, state
from tests.target.sinks.nested_arrays.orders import LINE, ORDERS, lines, linked, order


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    with Sandbox(**SERVERS[request.param]) as sandbox:
        yield sandbox


@pytest.fixture
def nested(server, make):
    server.clear_faults()
    return make(server, nested="table", hard_delete=True)


def test_elements_become_rows_that_are_linked_to_their_record(nested):
    states = nested.load(ORDERS, order(1, "a", "bb"), order(2, "c"), order(3), state({"n": 1}))
    assert states == [{"n": 1}]
    assert lines(nested) == [(1, 1, "a"), (1, 2, "bb"), (2, 1, "c")]
    assert sorted(linked(nested)) == [(1,), (1,), (2,)]
    columns = nested.columns("orders__lines")
    assert (
        columns | {"orders_id": "number", "lines_position": "number", "orders": "link"} == columns
    )
    assert "lines" not in nested.columns("orders")
    assert next(iter(columns)) == "orders_id"


def test_only_elements_that_a_record_no_longer_has_are_removed(nested):
    nested.load(ORDERS, order(1, "a", "b", "c"), order(2, "x", "y"), order(3, "z"))
    nested.load(ORDERS, order(1, "b"), record("orders", id=2, who="new"), order(3))
    assert lines(nested) == [(1, 1, "b"), (2, 1, "x"), (2, 2, "y")]
    assert sorted(linked(nested)) == [(1,), (2,), (2,)]
    nested.load(ORDERS, record("orders", id=2, lines=None))
    assert lines(nested) == [(1, 1, "b")]


def test_elements_of_a_deleted_record_go_with_it(nested):
    nested.load(ORDERS, order(1, "a"), order(2, "b", "c"))
    nested.load(ORDERS, record("orders", id=2, _sdc_deleted_at="2024-01-01T00:00:00Z"))
    assert lines(nested) == [(1, 1, "a")]
    assert [row["id"] for row in nested.rows("orders")] == [1]


@pytest.mark.parametrize("method", ["upsert", "overwrite"])
@pytest.mark.parametrize("later", ["integer", None])
def test_elements_go_with_their_record_though_a_later_schema_lacks_the_array(nested, method, later):
    properties = {"id": "integer", "who": "string"} | ({"lines": later} if later else {})
    said = {"lines": 7} if later else {}
    nested.load(
        ORDERS,
        order(7, "a"),
        order(8, "b", "c"),
        schema("orders", properties, ["id"]),
        record("orders", id=8, _sdc_deleted_at="2024-01-01T00:00:00Z"),
        record("orders", id=7, who="new", **said),
        state({}),
        load_method=method,
        max_delete_fraction=1,
    )
    assert lines(nested) == [(7, 1, "a")]
    (row,) = nested.rows("orders")
    assert (row["id"], row["who"], row.get("lines")) == (7, "new", said.get("lines"))


def test_a_later_schema_keeps_the_key_that_elements_belong_to_their_record_by(nested):
    rekeyed = schema("orders", {"id": "integer", "who": "string"}, ["who"])
    with pytest.raises(ConfigError, match="its key was id and is who from here on"):
        nested.load(ORDERS, order(1, "a"), rekeyed)


@pytest.mark.parametrize("method", ["upsert", "overwrite"])
def test_the_last_that_a_record_says_in_a_run_counts(nested, method):
    given = {"load_method": method, "max_delete_fraction": 1}
    messages = [order(1, "a", "b"), order(2, "c", "d"), order(1, "a"), order(3, "x"), state({})]
    nested.load(ORDERS, *messages, **given)
    assert lines(nested) == [(1, 1, "a"), (2, 1, "c"), (2, 2, "d"), (3, 1, "x")]
    gone = record("orders", id=2, _sdc_deleted_at="2024-01-01T00:00:00Z")
    nested.load(ORDERS, *messages, gone, state({}), **given)
    assert lines(nested) == [(1, 1, "a"), (3, 1, "x")]
    assert sorted(linked(nested)) == [(1,), (3,)]
    assert nested.rejections() == []


def test_without_hard_delete_elements_are_marked_and_can_return(nested):
    nested.load(ORDERS, order(1, "a", "b"), hard_delete=False)
    for skus, gone in ((["a"], {1: False, 2: True}), (["a", "b"], {1: False, 2: False})):
        for _ in range(2):
            nested.load(ORDERS, order(1, *skus), hard_delete=False)
            rows = nested.base.rows("orders__lines")
            marks = {row["lines_position"]: bool(row.get("_sdc_deleted_at")) for row in rows}
            assert marks == gone


def test_a_record_that_comes_and_goes_in_one_run(nested):
    gone = record("orders", id=1, _deleted_at="2024-01-01T00:00:00Z")
    nested.load(ORDERS, order(1, "a"), order(2, "b"), gone, state({"n": 1}))
    assert lines(nested) == [(2, 1, "b")]
    assert nested.states == [{"n": 1}]


def test_a_load_that_changes_nothing_writes_nothing(nested_base):
    messages = [ORDERS, order(1, "a", "b"), order(2, "c"), state({"n": 1})]
    nested_base.load(*messages)
    nested_base.load(*messages)
    assert nested_base.writes == []


def test_an_element_that_lacks_something_has_nothing_there(nested):
    nested.load(ORDERS, order(1, "a"))
    nested.load(ORDERS, record("orders", id=1, lines=[{"count": 7}]))
    (row,) = nested.rows("orders__lines")
    assert (row["sku"], row["count"]) == (None, 7)


def test_arrays_within_elements(nested):
    def taxed(number, *rates):
        parts = [
            {"sku": "s", "taxes": [{"rate": rate} for rate in some_rates]} for some_rates in rates
        ]
        return record("orders", id=number, lines=parts)

    def taxes():
        rows = nested.rows("orders__lines__taxes")
        names = ("orders_id", "lines_position", "taxes_position", "rate")
        return sorted(tuple(row[name] for name in names) for row in rows)

    nested.load(ORDERS, taxed(1, [0.1, 0.2], [0.3]), taxed(2, [0.4]))
    assert taxes() == [(1, 1, 1, 0.1), (1, 1, 2, 0.2), (1, 2, 1, 0.3), (2, 1, 1, 0.4)]
    parents = {row["_id"]: row for row in nested.base.rows("orders__lines")}
    for row in nested.base.rows("orders__lines__taxes"):
        (parent,) = [parents[link["row_id"]] for link in row["lines"]]
        assert parent["orders_id"] == row["orders_id"]
        assert parent["lines_position"] == row["lines_position"]
    nested.load(ORDERS, taxed(1, [0.1]), taxed(2, []))
    assert taxes() == [(1, 1, 1, 0.1)]
    nested.load(ORDERS, record("orders", id=1, who="x"))
    assert taxes() == [(1, 1, 1, 0.1)]
    nested.load(ORDERS, record("orders", id=1, lines=[]))
    assert taxes() == []


def test_elements_with_a_key_of_their_own_keep_their_rows(nested):
    nested.config["key_properties"] = {"orders__lines": ["sku"]}
    nested.load(ORDERS, order(1, "a", "b", "c"), order(2, "a"))
    before = {
        (row["orders_id"], row["sku"]): row["_id"] for row in nested.base.rows("orders__lines")
    }
    nested.load(ORDERS, order(1, "new", "c", "b"))
    after = {
        (row["orders_id"], row["sku"]): row["_id"] for row in nested.base.rows("orders__lines")
    }
    assert after.keys() == {(1, "new"), (1, "b"), (1, "c"), (2, "a")}
    assert all(before[key] == after[key] for key in after.keys() & before.keys())
    assert "lines_position" not in nested.columns("orders__lines")


def test_keys_of_several_parts(nested):
    orders = schema(
        "orders",
        {"shop": "string", "id": "integer", "lines": {"type": "array", "items": LINE}},
        ["shop", "id"],
    )
    parts = [{"sku": "x"}]
    nested.load(
        orders,
        *(record("orders", shop=shop, id=n, lines=parts) for shop in "ab" for n in (1, 2)),
    )
    parents = {row["_id"]: (row["shop"], row["id"]) for row in nested.base.rows("orders")}
    rows = nested.base.rows("orders__lines")
    assert len(rows) == 4
    for row in rows:
        assert parents[row["orders"][0]["row_id"]] == (row["orders_shop"], row["orders_id"])


def test_rows_that_people_added_stay(nested):
    nested.load(ORDERS, order(1, "a", "b"))
    nested.base.append_rows("orders__lines", [{"orders_id": 1, "sku": "by hand"}])
    nested.load(ORDERS, order(1, "a"))
    assert sorted(row["sku"] for row in nested.rows("orders__lines")) == ["a", "by hand"]


def test_overwrite_makes_both_tables_equal_to_the_stream(nested):
    nested.load(ORDERS, order(1, "a", "b"), order(2, "c"), order(3, "d"))
    nested.load(ORDERS, order(1, "b"), order(3, "d"), state({}), load_method="overwrite")
    assert lines(nested) == [(1, 1, "b"), (3, 1, "d")]


def test_many_rows_and_batches(nested_base):
    numbers = range(1100)
    nested_base.load(ORDERS, *(order(n, "a", "b", "c") for n in numbers), batch_size_rows=1000)
    assert lines(nested_base) == [
        (n, position, sku) for n in numbers for position, sku in enumerate("abc", start=1)
    ]
    assert Counter(linked(nested_base)) == {(n,): 3 for n in numbers}


ARRAYS = st.one_of(
    st.none(), st.lists(st.fixed_dictionaries({"sku": st.sampled_from("abc")}), max_size=4)
)
RECORDS = st.lists(st.tuples(st.integers(1, 4), st.booleans(), ARRAYS, st.booleans()), max_size=8)


@settings(max_examples=100 if SOAK else 25, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=st.lists(RECORDS, min_size=1, max_size=3))
def test_the_table_holds_what_the_records_said_last(seatable, make, runs):
    base = make(seatable, nested="table", hard_delete=True)
    base.base = seatable.create_base(f"nested {time.monotonic_ns()}")
    expected: dict[int, list[str]] = {}
    for run in runs:
        messages: list[Any] = [ORDERS]
        for number, has_lines, array, is_deleted in run:
            said: dict[str, Any] = {"id": number}
            if is_deleted:
                expected.pop(number, None)
                said["_deleted_at"] = "2024-01-01T00:00:00Z"
            else:
                expected.setdefault(number, [])
            if has_lines and not is_deleted:
                said["lines"] = array
                expected[number] = [element["sku"] for element in array or ()]
            messages.append(record("orders", **said))
        base.load(*messages)
        wanted = [
            (n, position, sku)
            for n, skus in expected.items()
            for position, sku in enumerate(skus, start=1)
        ]
        tables = {table["name"] for table in base.base.metadata()["metadata"]["tables"]}
        found = lines(base) if "orders__lines" in tables else []
        assert found == sorted(wanted)
        assert sorted(linked(base) if found else []) == sorted((n,) for n, _, _ in wanted)


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("at_once", [True, False])
def test_an_element_without_its_link_is_linked_to_nothing(base, at_once):
    base.config = {"nested": "table", "links": {"orders__lines.sku": "name"}}
    base.base.create_table("goods", [{"column_name": "name", "column_type": "text"}])
    base.base.append_rows("goods", [{"name": "tea"}])
    key = [
        {"column_name": "orders_id", "column_type": "number"},
        {"column_name": "lines_position", "column_type": "number"},
    ]
    base.base.create_table("orders__lines", key)
    link = {"table": "orders__lines", "other_table": "goods"}
    base.base.add_column("orders__lines", "sku", "link", link)
    first = record("orders", id=1, lines=[{"sku": "tea", "count": 1}])
    second = record("orders", id=1, lines=[{"count": 2}])
    if at_once:
        base.load(ORDERS, first, second, state({"n": 1}))
    else:
        base.load(ORDERS, first, state({"n": 1}))
        assert [len(row["sku"]) for row in base.rows("orders__lines")] == [1]
        base.load(ORDERS, second, state({"n": 2}))
    assert [(row["count"], row["sku"] or []) for row in base.rows("orders__lines")] == [(2, [])]
