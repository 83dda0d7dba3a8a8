"""Arrays of objects as tables of their own: what they hold, and that they follow their records."""

import re
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import RequestRejected
from seatable_sandbox import Sandbox
from tests.servers import SERVERS
from tests.target.load_methods.test_exactly_once import LOST_WRITES, again, named
from tests.target.singer import record, schema, state

SLEEP = time.sleep
TAX = {"type": "object", "properties": {"rate": {"type": "number"}}}
LINE: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        "sku": {"type": "string"},
        "count": {"type": ["integer", "null"]},
        "taxes": {"type": ["array", "null"], "items": TAX},
    },
}
ORDERS = schema(
    "orders",
    {"id": "integer", "who": "string", "lines": {"type": ["array", "null"], "items": LINE}},
    ["id"],
)


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    with Sandbox(**SERVERS[request.param]) as sandbox:
        yield sandbox


@pytest.fixture
def nested(server, make):
    server.clear_faults()
    return make(server, nested="table", hard_delete=True)


@pytest.fixture
def here(base):
    base.config = {"nested": "table", "hard_delete": True}
    return base


def order(number, *skus, **more):
    lines = [{"sku": sku, "count": len(sku)} for sku in skus]
    return record("orders", id=number, who=f"w{number}", lines=lines, **more)


def lines(base, table="orders__lines"):
    """Rows of the table of lines as (order, position, sku), in their order."""
    rows = [(row["orders_id"], row["lines_position"], row["sku"]) for row in base.rows(table)]
    return sorted(rows)


def linked(base, table="orders__lines", column="orders", shown="id"):
    """What each row is linked to, by its own id in the sandbox."""
    parents = {row["_id"]: row[shown] for row in base.base.rows("orders")}
    return [
        tuple(parents[link["row_id"]] for link in row[column] or ())
        for row in base.base.rows(table)
    ]


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


def test_a_load_that_changes_nothing_writes_nothing(here):
    messages = [ORDERS, order(1, "a", "b"), order(2, "c"), state({"n": 1})]
    here.load(*messages)
    here.load(*messages)
    assert here.writes == []


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


def test_many_rows_and_batches(here):
    numbers = range(2500)
    here.load(ORDERS, *(order(n, "a", "b", "c") for n in numbers), batch_size_rows=1000)
    assert lines(here) == [
        (n, position, sku) for n in numbers for position, sku in enumerate("abc", start=1)
    ]
    assert Counter(linked(here)) == {(n,): 3 for n in numbers}


# What is refused, and what is left


def test_a_stream_without_key_is_refused(here, caplog):
    orders = {**ORDERS, "key_properties": []}
    sentence = here.fails(caplog, orders, order(1, "a"))
    assert "'lines' would become a table of its own, whose rows need a key" in sentence
    here.load(orders, order(1, "a"), key_properties={"orders": ["id"]})
    assert lines(here) == [(1, 1, "a")]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"load_method": "append-only"}, "takes load_method upsert or overwrite"),
        ({"storage": "big_data"}, "storage (to )?normal"),
    ],
)
def test_settings_that_do_not_go_with_it(here, caplog, config, words):
    assert re.search(words, here.fails(caplog, ORDERS, order(1, "a"), **config))
    assert [table["name"] for table in here.base.metadata()["metadata"]["tables"]] == []


@pytest.mark.parametrize(
    "value", ["text", 5, {"sku": "a"}, ["a"], [[{"sku": "a"}]], [{"sku": "a"}, 5]]
)
def test_a_record_with_what_is_no_array_of_objects_is_rejected_whole(here, value):
    here.load(ORDERS, order(1, "a", "b"))
    bad = record("orders", id=1, who="bad", lines=value)
    here.load(ORDERS, bad, order(2, "c"), state({"n": 1}), max_rejected_records=1)
    assert here.states == [{"n": 1}]
    assert lines(here) == [(1, 1, "a"), (1, 2, "b"), (2, 1, "c")]
    (entry,) = here.rejections()
    assert entry["record"] == bad["record"]
    assert "'lines' is no array of objects" in entry["reason"]


def test_the_elements_of_a_rejected_record_are_not_loaded(here):
    here.load(ORDERS, order(1, "a", "b"))
    bad = record("orders", id=1, who=5, lines=[{"sku": "new"}])
    here.load(ORDERS, bad, record("orders", who="no key", lines=[]), max_rejected_records=2)
    assert lines(here) == [(1, 1, "a"), (1, 2, "b")]
    assert [entry["record"] for entry in here.rejections()] == [
        bad["record"],
        {"who": "no key", "lines": []},
    ]


def test_overwriting_removes_no_elements_of_a_rejected_record(here, caplog):
    here.load(ORDERS, order(1, "a", "b"), order(2, "c"))
    bad = record("orders", id=1, who=5, lines=[{"sku": "a"}])
    config = {"load_method": "overwrite", "max_rejected_records": 1}
    here.load(ORDERS, bad, order(2, "c"), state({"n": 1}), **config)
    assert lines(here) == [(1, 1, "a"), (1, 2, "b"), (2, 1, "c")]
    assert "Nothing was removed from table 'orders__lines': a record was rejected" in caplog.text


def test_an_element_that_is_refused_keeps_its_row_and_what_is_below_it(here):
    def taxed(sku):
        return record("orders", id=1, lines=[{"sku": sku, "taxes": [{"rate": 1}]}, {"sku": "ok"}])

    here.load(ORDERS, taxed("a"))
    here.load(ORDERS, taxed(5), max_rejected_records=1)
    assert lines(here) == [(1, 1, "a"), (1, 2, "ok")]
    assert len(here.rows("orders__lines__taxes")) == 1
    assert here.rejections()[0]["stream"] == "orders__lines"


def test_two_elements_with_one_key_are_refused(here):
    here.config["key_properties"] = {"orders__lines": ["sku"]}
    here.load(ORDERS, order(1, "a", "a"), order(2, "b"), max_rejected_records=1)
    assert [row["sku"] for row in here.rows("orders__lines")] == ["b"]
    assert "several elements with the same key" in here.rejections()[0]["reason"]


def test_names_that_collide(here, caplog):
    items = {"type": "object", "properties": {"orders_id": {"type": "string"}}}
    orders = schema("orders", {"id": "integer", "lines": {"type": "array", "items": items}}, ["id"])
    sentence = here.fails(caplog, orders, record("orders", id=1, lines=[{"orders_id": "x"}]))
    assert "have a property 'orders_id'" in sentence


def test_an_element_with_a_property_named_like_its_stream(here):
    items = {"type": "object", "properties": {"orders": {"type": "string"}}}
    orders = schema("orders", {"id": "integer", "lines": {"type": "array", "items": items}}, ["id"])
    here.load(orders, record("orders", id=1, lines=[{"orders": "x"}]))
    assert here.columns("orders__lines")["orders"] == "text"
    assert linked(here, column="orders_link") == [(1,)]


def test_what_stays_json(here):
    free = {"type": "array", "items": {"type": "object"}}
    words = {"type": "array", "items": {"type": "string"}}
    deep = {"type": "object", "properties": {"lines": {"type": "array", "items": LINE}}}
    kept = {"type": "array", "items": LINE}
    arrays: dict[str, Any] = {"free": free, "words": words, "deep": deep, "kept": kept}
    stream = schema("s", {"id": "integer", **arrays}, ["id"])
    given = {"free": [{"a": 1}], "words": ["a"], "deep": {"lines": []}, "kept": [{"sku": "a"}]}
    here.load(stream, record("s", id=1, **given), column_types={"s": {"kept": "long-text"}})
    (table,) = here.base.metadata()["metadata"]["tables"]
    types = {column["name"]: column["type"] for column in table["columns"]}
    assert types == {
        "id": "number",
        "free": "long-text",
        "words": "multiple-select",
        "deep": "long-text",
        "kept": "long-text",
    }


def test_arrays_that_contain_themselves_end_at_some_depth(here):
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
    here.load(stream, record("posts", id=1, comments=[thread]))
    tables = [table["name"] for table in here.base.metadata()["metadata"]["tables"]]
    assert tables == [
        "posts",
        "posts__comments",
        "posts__comments__replies",
        "posts__comments__replies__replies",
    ]
    (row,) = here.rows(tables[-1])
    assert row["text"] == 3
    assert '"text":"4"' in row["replies"].replace(" ", "")


def test_a_table_that_has_no_rows_yet_is_made(here):
    here.load(ORDERS, order(1))
    assert here.columns("orders__lines")["orders"] == "link"


def test_a_dry_run_shows_the_tables(here, caplog):
    caplog.set_level("INFO")
    here.load(ORDERS, order(1, "a", "b"), dry_run=True)
    assert "Would create table 'orders__lines' with the columns 'orders_id' (number)" in caplog.text
    assert "Would add to table 'orders__lines' the column 'orders' (link)" in caplog.text
    assert "Stream 'orders__lines': in a real run 2 rows added" in caplog.text
    assert here.base.metadata()["metadata"]["tables"] == []
    here.load(ORDERS, order(1, "a", "b"))
    caplog.clear()
    here.load(ORDERS, order(1, "a"), dry_run=True)
    assert (
        "Stream 'orders__lines': in a real run 0 rows added, 0 changed, 1 unchanged, 1 deleted"
        in caplog.text
    )
    assert len(lines(here)) == 2


def test_stream_maps_come_first(here):
    maps = {"orders": {"__alias__": "sales", "__filter__": "record['id'] != 2", "who": "__NULL__"}}
    here.load(ORDERS, order(1, "a"), order(2, "b"), stream_maps=maps)
    rows = [(row["sales_id"], row["sku"]) for row in here.rows("sales__lines")]
    assert rows == [(1, "a")]


def test_a_schema_may_change_in_between(here):
    wider = {**LINE, "properties": {**LINE["properties"], "note": {"type": "string"}}}
    later = schema(
        "orders",
        {"id": "integer", "who": "string", "lines": {"type": ["array", "null"], "items": wider}},
        ["id"],
    )
    new = record("orders", id=1, lines=[{"sku": "b", "note": "n"}])
    here.load(ORDERS, order(1, "a", "x"), order(2, "c"), later, new)
    assert lines(here) == [(1, 1, "b"), (2, 1, "c")]
    assert here.rows("orders__lines")[0]["note"] == "n"


def test_a_schema_may_get_its_first_array_in_the_middle_of_a_stream(here):
    plain = schema("orders", {"id": "integer", "who": "string"}, ["id"], required=[])
    many = [record("orders", id=number, who="w") for number in range(1_600)]
    here.load(plain, *many, ORDERS, order(1, "a"), load_method="overwrite")
    assert len(here.rows("orders")) == len(many)
    assert lines(here) == [(1, 1, "a")]


def test_a_state_waits_for_what_is_removed_and_linked(here):
    here.load(ORDERS, order(1, "a", "b"))
    broken = [ORDERS, order(1), state({"n": 1}), "no json\n"]
    with pytest.raises(Exception, match="no JSON"):
        here.load(*broken)
    assert here.states == []


def test_versions_reach_the_elements(here):
    def versioned(message, version):
        return {**message, "version": version}

    config = {"add_record_metadata": True}
    here.load(ORDERS, versioned(order(1, "a"), 1), versioned(order(2, "b"), 1), **config)
    activate = {"type": "ACTIVATE_VERSION", "stream": "orders", "version": 2}
    here.load(ORDERS, versioned(order(1, "a"), 2), activate, state({}), **config)
    assert lines(here) == [(1, 1, "a")]


# Trouble


@pytest.fixture
def _hurried(monkeypatch):
    monkeypatch.setattr("target_seatable.tables.confirm.PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr("backoff._sync.time.sleep", lambda seconds: SLEEP(min(seconds, 0.2)))


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("path", ["/rows/$", "/tables/$", "/columns/$", "/links/$"])
@pytest.mark.parametrize("fault", LOST_WRITES, ids=named)
def test_a_lost_answer_loses_nothing_and_doubles_nothing(here, fault, path):
    for method in ("POST", "PUT"):
        here.sandbox.inject(again(fault, path=path, method=method, after=1))
    messages = [ORDERS, *(order(n, "a", "b") for n in range(5)), state({"n": 1})]
    try:
        here.load(*messages)
    except RequestRejected:  # HTTP 500 to a link: the run ends with it, and the next run makes it
        assert (fault.status, path) == (500, "/links/$")
        assert here.states == []
        here.load(*messages)
    assert lines(here) == [
        (n, position, sku) for n in range(5) for position, sku in ((1, "a"), (2, "b"))
    ]
    assert Counter(linked(here)) == {(n,): 2 for n in range(5)}
    assert here.states == [{"n": 1}]


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "cut", "status"])
def test_a_lost_answer_to_a_removal(here, kind):
    here.load(ORDERS, order(1, "a", "b"), order(2, "c"))
    here.sandbox.inject(again(LOST_WRITES[0], kind=kind, path="/rows/$", method="DELETE"))
    here.load(ORDERS, order(1, "a"), order(2), state({"n": 1}))
    assert lines(here) == [(1, 1, "a")]
    assert here.states == [{"n": 1}]


ARRAYS = st.one_of(
    st.none(), st.lists(st.fixed_dictionaries({"sku": st.sampled_from("abc")}), max_size=4)
)
RECORDS = st.lists(st.tuples(st.integers(1, 4), st.booleans(), ARRAYS, st.booleans()), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
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


@pytest.mark.parametrize("first", [True, False])
def test_a_stream_of_the_name_that_an_array_would_have(here, caplog, first):
    other = schema("orders__lines", {"id": "integer"}, ["id"])
    messages = [other, ORDERS] if first else [ORDERS, other]
    assert "Two streams would be called 'orders__lines'" in here.fails(caplog, *messages)


def test_a_column_that_links_elsewhere(here, caplog):
    here.base.create_table("other", [{"column_name": "a", "column_type": "text"}])
    here.load(ORDERS, order(1, "a"))
    here.base.delete_column("orders__lines", "orders")
    link = {"table": "orders__lines", "other_table": "other"}
    here.base.add_column("orders__lines", "orders", "link", link)
    sentence = here.fails(caplog, ORDERS, order(1, "b"), state({"n": 1}))
    assert "column 'orders' of table 'orders__lines' has to be a link to table 'orders'" in sentence
    assert here.states == []


def test_elements_of_a_record_that_the_base_refuses_are_reported(here):
    bad = record("orders", id=2, who="x" * 100_001, lines=[{"sku": "b"}])
    here.load(ORDERS, order(1, "a"), bad, max_rejected_records=5)
    assert lines(here) == [(1, 1, "a"), (2, 1, "b")]
    assert sorted(linked(here)) == [(), (1,)]
    reasons = [entry["reason"] for entry in here.rejections()]
    assert "table 'orders' has no single row whose 'id' is 2" in reasons[1]
