"""Which arrays become tables, and when: JSON, depth, dry runs, stream maps, changed schemas."""

from typing import Any

import pytest

from seatable_sandbox import Fault
from target_seatable.sinks import table_sink
from tests.target.singer import record, schema, state
from tests.target.sinks.nested_arrays.orders import LINE, ORDERS, lines, linked, order


def test_an_element_with_a_property_named_like_its_stream(nested_base):
    items = {"type": "object", "properties": {"orders": {"type": "string"}}}
    orders = schema("orders", {"id": "integer", "lines": {"type": "array", "items": items}}, ["id"])
    nested_base.load(orders, record("orders", id=1, lines=[{"orders": "x"}]))
    assert nested_base.columns("orders__lines")["orders"] == "text"
    assert linked(nested_base, column="orders_link") == [(1,)]


def test_what_stays_json(nested_base):
    free = {"type": "array", "items": {"type": "object"}}
    words = {"type": "array", "items": {"type": "string"}}
    deep = {"type": "object", "properties": {"lines": {"type": "array", "items": LINE}}}
    kept = {"type": "array", "items": LINE}
    arrays: dict[str, Any] = {"free": free, "words": words, "deep": deep, "kept": kept}
    stream = schema("s", {"id": "integer", **arrays}, ["id"])
    given = {"free": [{"a": 1}], "words": ["a"], "deep": {"lines": []}, "kept": [{"sku": "a"}]}
    nested_base.load(stream, record("s", id=1, **given), column_types={"s": {"kept": "long-text"}})
    (table,) = nested_base.base.metadata()["metadata"]["tables"]
    types = {column["name"]: column["type"] for column in table["columns"]}
    assert types == {
        "id": "number",
        "free": "long-text",
        "words": "multiple-select",
        "deep": "long-text",
        "kept": "long-text",
    }


def test_arrays_that_contain_themselves_end_at_some_depth(nested_base):
    comment = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "replies": {"type": "array", "items": {"$ref": "#/definitions/comment"}},
        },
    }
    stream = schema(
        "posts",
        {
            "id": "integer",
            "comments": {"type": "array", "items": {"$ref": "#/definitions/comment"}},
        },
        ["id"],
        definitions={"comment": comment},
    )
    thread: dict[str, Any] = {"text": "5", "replies": []}
    for text in "4321":
        thread = {"text": text, "replies": [thread]}
    nested_base.load(stream, record("posts", id=1, comments=[thread]))
    tables = [table["name"] for table in nested_base.base.metadata()["metadata"]["tables"]]
    assert tables == [
        "posts",
        "posts__comments",
        "posts__comments__replies",
        "posts__comments__replies__replies",
    ]
    (row,) = nested_base.rows(tables[-1])
    assert row["text"] == 3
    assert '"text":"4"' in row["replies"].replace(" ", "")


def test_a_table_that_has_no_rows_yet_is_made(nested_base):
    nested_base.load(ORDERS, order(1))
    assert nested_base.columns("orders__lines")["orders"] == "link"


def test_a_dry_run_shows_the_tables(nested_base, caplog):
    caplog.set_level("INFO")
    nested_base.load(ORDERS, order(1, "a", "b"), dry_run=True)
    assert "Would create table 'orders__lines' with the columns 'orders_id' (number)" in caplog.text
    assert "Would add to table 'orders__lines' the column 'orders' (link)" in caplog.text
    assert "Stream 'orders__lines': in a real run 2 rows added" in caplog.text
    assert nested_base.base.metadata()["metadata"]["tables"] == []
    nested_base.load(ORDERS, order(1, "a", "b"))
    caplog.clear()
    nested_base.load(ORDERS, order(1, "a"), dry_run=True)
    assert (
        "Stream 'orders__lines': in a real run 0 rows added, 0 changed, 1 unchanged, 1 deleted"
        in caplog.text
    )
    assert len(lines(nested_base)) == 2


def test_stream_maps_come_first(nested_base):
    maps = {"orders": {"__alias__": "sales", "__filter__": "record['id'] != 2", "who": "__NULL__"}}
    nested_base.load(ORDERS, order(1, "a"), order(2, "b"), stream_maps=maps)
    rows = [(row["sales_id"], row["sku"]) for row in nested_base.rows("sales__lines")]
    assert rows == [(1, "a")]


def test_a_schema_may_change_in_between(nested_base):
    wider = {**LINE, "properties": {**LINE["properties"], "note": {"type": "string"}}}
    later = schema(
        "orders",
        {"id": "integer", "who": "string", "lines": {"type": ["array", "null"], "items": wider}},
        ["id"],
    )
    new = record("orders", id=1, lines=[{"sku": "b", "note": "n"}])
    nested_base.load(ORDERS, order(1, "a", "x"), order(2, "c"), later, new)
    assert lines(nested_base) == [(1, 1, "b"), (2, 1, "c")]
    assert nested_base.rows("orders__lines")[0]["note"] == "n"


def test_a_schema_may_get_its_first_array_in_the_middle_of_a_stream(nested_base):
    plain = schema("orders", {"id": "integer", "who": "string"}, ["id"], required=[])
    many = [record("orders", id=number, who="w") for number in range(1_600)]
    nested_base.load(plain, *many, ORDERS, order(1, "a"), load_method="overwrite")
    assert len(nested_base.rows("orders")) == len(many)
    assert lines(nested_base) == [(1, 1, "a")]


@pytest.mark.parametrize("method", ["upsert", "overwrite"])
def test_a_first_array_does_not_overtake_the_batch_before_it(nested_base, monkeypatch, method):
    monkeypatch.setattr(table_sink, "SAMPLE", 4)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 4)
    plain = schema("orders", {"id": "integer", "who": "string"}, ["id"], required=[])
    many = [record("orders", id=number, who="w") for number in range(7)]
    nested_base.sandbox.inject(Fault("hang_after", path="rows/$", method="POST", after=1))
    again = record("orders", id=6, who="w")
    nested_base.load(plain, *many, ORDERS, again, load_method=method, batch_size_rows=4)
    assert [row["id"] for row in nested_base.rows("orders")] == list(range(7))


@pytest.mark.parametrize("keys", [["id", "who"], ["who"]])
def test_a_key_that_changes_in_the_middle_of_a_stream_ends_the_run(nested_base, caplog, keys):
    changed = schema("orders", ORDERS["schema"]["properties"], keys)
    messages = (ORDERS, order(1, "a"), state({"n": 1}), changed, order(2, "b"), state({"n": 2}))
    sentence = nested_base.fails(caplog, *messages)
    assert f"its key was id and is {', '.join(keys)} from here on" in sentence
    assert nested_base.states == []
    chosen = {"key_properties": {"orders": ["id"]}}
    assert nested_base.load(*messages, **chosen) == [{"n": 2}]
    assert lines(nested_base) == [(1, 1, "a"), (2, 1, "b")]


def test_a_state_waits_for_what_is_removed_and_linked(nested_base):
    nested_base.load(ORDERS, order(1, "a", "b"))
    broken = [ORDERS, order(1), state({"n": 1}), "no json\n"]
    with pytest.raises(Exception, match="not JSON"):
        nested_base.load(*broken)
    assert nested_base.states == []


def test_versions_reach_the_elements(nested_base):
    def versioned(message, version):
        return {**message, "version": version}

    config = {"add_record_metadata": True}
    nested_base.load(ORDERS, versioned(order(1, "a"), 1), versioned(order(2, "b"), 1), **config)
    activate = {"type": "ACTIVATE_VERSION", "stream": "orders", "version": 2}
    nested_base.load(ORDERS, versioned(order(1, "a"), 2), activate, state({}), **config)
    assert lines(nested_base) == [(1, 1, "a")]
