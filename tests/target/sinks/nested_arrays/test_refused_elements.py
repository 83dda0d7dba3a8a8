"""Elements, records and settings that are refused, and what is left in the tables then."""

import re

import pytest

from tests.target.singer import record, schema, state
from tests.target.sinks.nested_arrays.orders import ORDERS, lines, linked, order


def test_a_stream_without_key_is_refused(nested_base, caplog):
    orders = {**ORDERS, "key_properties": []}
    sentence = nested_base.fails(caplog, orders, order(1, "a"))
    assert "'lines' would become a table of its own, whose rows need a key" in sentence
    nested_base.load(orders, order(1, "a"), key_properties={"orders": ["id"]})
    assert lines(nested_base) == [(1, 1, "a")]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"load_method": "append-only"}, "needs load_method upsert or overwrite"),
        ({"storage": "big_data"}, "storage (to )?normal"),
        (
            {"stream_settings": {"orders__lines": {"hard_delete": True}}},
            "'orders__lines', which would not count.*Name 'orders' instead",
        ),
        (
            {"stream_settings": {"*__taxes": {"schema_contract": "freeze"}}},
            "would not count for 'orders__lines__taxes'.*Name 'orders' instead",
        ),
    ],
)
def test_settings_that_do_not_go_with_it(nested_base, caplog, config, words):
    assert re.search(words, nested_base.fails(caplog, ORDERS, order(1, "a"), **config))
    assert [table["name"] for table in nested_base.base.metadata()["metadata"]["tables"]] == []


def test_settings_of_a_stream_count_for_its_elements(nested_base):
    """By its name, and by a pattern that means both."""
    nested_base.load(ORDERS, order(1, "a", "b"), hard_delete=False)
    for name in ("orders", "orders*"):
        nested_base.load(ORDERS, order(1, "a", "b"))
        by_stream = {name: {"hard_delete": False}}
        nested_base.load(ORDERS, order(1, "a"), stream_settings=by_stream)
        marked = [bool(row["_sdc_deleted_at"]) for row in nested_base.base.rows("orders__lines")]
        assert marked == [False, True]


@pytest.mark.parametrize(
    "value", ["text", 5, {"sku": "a"}, ["a"], [[{"sku": "a"}]], [{"sku": "a"}, 5]]
)
def test_a_record_with_what_is_no_array_of_objects_is_rejected_whole(nested_base, value):
    nested_base.load(ORDERS, order(1, "a", "b"))
    bad = record("orders", id=1, who="bad", lines=value)
    nested_base.load(ORDERS, bad, order(2, "c"), state({"n": 1}), max_rejected_records=1)
    assert nested_base.states == [{"n": 1}]
    assert lines(nested_base) == [(1, 1, "a"), (1, 2, "b"), (2, 1, "c")]
    (entry,) = nested_base.rejections()
    assert entry["record"] == bad["record"]
    assert "'lines' is not an array of objects" in entry["reason"]


def test_the_elements_of_a_rejected_record_are_not_loaded(nested_base):
    nested_base.load(ORDERS, order(1, "a", "b"))
    bad = record("orders", id=1, who=5, lines=[{"sku": "new"}])
    nested_base.load(ORDERS, bad, record("orders", who="no key", lines=[]), max_rejected_records=2)
    assert lines(nested_base) == [(1, 1, "a"), (1, 2, "b")]
    assert [entry["record"] for entry in nested_base.rejections()] == [
        bad["record"],
        {"who": "no key", "lines": []},
    ]


def test_overwriting_removes_no_elements_of_a_rejected_record(nested_base, caplog):
    nested_base.load(ORDERS, order(1, "a", "b"), order(2, "c"))
    bad = record("orders", id=1, who=5, lines=[{"sku": "a"}])
    config = {"load_method": "overwrite", "max_rejected_records": 1}
    nested_base.load(ORDERS, bad, order(2, "c"), state({"n": 1}), **config)
    assert lines(nested_base) == [(1, 1, "a"), (1, 2, "b"), (2, 1, "c")]
    assert "Nothing was removed from table 'orders__lines': a record was rejected" in caplog.text


def test_an_element_that_is_refused_keeps_its_row_and_what_is_below_it(nested_base):
    def taxed(sku):
        return record("orders", id=1, lines=[{"sku": sku, "taxes": [{"rate": 1}]}, {"sku": "ok"}])

    nested_base.load(ORDERS, taxed("a"))
    nested_base.load(ORDERS, taxed(5), max_rejected_records=1)
    assert lines(nested_base) == [(1, 1, "a"), (1, 2, "ok")]
    assert len(nested_base.rows("orders__lines__taxes")) == 1
    assert nested_base.rejections()[0]["stream"] == "orders__lines"


def test_two_elements_with_one_key_are_refused(nested_base):
    nested_base.config["key_properties"] = {"orders__lines": ["sku"]}
    nested_base.load(ORDERS, order(1, "a", "a"), order(2, "b"), max_rejected_records=1)
    assert [row["sku"] for row in nested_base.rows("orders__lines")] == ["b"]
    assert "several elements with the same key" in nested_base.rejections()[0]["reason"]


def test_names_that_collide(nested_base, caplog):
    items = {"type": "object", "properties": {"orders_id": {"type": "string"}}}
    orders = schema("orders", {"id": "integer", "lines": {"type": "array", "items": items}}, ["id"])
    sentence = nested_base.fails(caplog, orders, record("orders", id=1, lines=[{"orders_id": "x"}]))
    assert "have a property 'orders_id'" in sentence


@pytest.mark.parametrize("first", [True, False])
def test_a_stream_of_the_name_that_an_array_would_have(nested_base, caplog, first):
    other = schema("orders__lines", {"id": "integer"}, ["id"])
    messages = [other, ORDERS] if first else [ORDERS, other]
    assert "Two streams would be called 'orders__lines'" in nested_base.fails(caplog, *messages)


def test_a_column_that_links_elsewhere(nested_base, caplog):
    nested_base.base.create_table("other", [{"column_name": "a", "column_type": "text"}])
    nested_base.load(ORDERS, order(1, "a"))
    nested_base.base.delete_column("orders__lines", "orders")
    link = {"table": "orders__lines", "other_table": "other"}
    nested_base.base.add_column("orders__lines", "orders", "link", link)
    sentence = nested_base.fails(caplog, ORDERS, order(1, "b"), state({"n": 1}))
    assert "column 'orders' of table 'orders__lines' has to be a link to table 'orders'" in sentence
    assert nested_base.states == []


def test_elements_of_a_record_that_the_base_refuses_are_reported(nested_base):
    bad = record("orders", id=2, who="x" * 100_001, lines=[{"sku": "b"}])
    nested_base.load(ORDERS, order(1, "a"), bad, max_rejected_records=5)
    assert lines(nested_base) == [(1, 1, "a"), (2, 1, "b")]
    assert sorted(linked(nested_base)) == [(), (1,)]
    reasons = [entry["reason"] for entry in nested_base.rejections()]
    assert "table 'orders' has no single row whose 'id' is 2" in reasons[1]
