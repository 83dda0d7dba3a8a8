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
from tests.target.load_methods.exactly_once.faults import LOST_WRITES, again, named
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
def nested_base(base):
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
    numbers = range(2500)
    nested_base.load(ORDERS, *(order(n, "a", "b", "c") for n in numbers), batch_size_rows=1000)
    assert lines(nested_base) == [
        (n, position, sku) for n in numbers for position, sku in enumerate("abc", start=1)
    ]
    assert Counter(linked(nested_base)) == {(n,): 3 for n in numbers}


# What is refused, and what is left


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
    assert "'lines' is no array of objects" in entry["reason"]


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
    with pytest.raises(Exception, match="no JSON"):
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


# Trouble


@pytest.fixture
def _hurried(monkeypatch):
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr("backoff._sync.time.sleep", lambda seconds: SLEEP(min(seconds, 0.2)))


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("path", ["/rows/$", "/tables/$", "/columns/$", "/links/$"])
@pytest.mark.parametrize("fault", LOST_WRITES, ids=named)
def test_a_lost_answer_loses_nothing_and_doubles_nothing(nested_base, fault, path):
    for method in ("POST", "PUT"):
        nested_base.sandbox.inject(again(fault, path=path, method=method, after=1))
    messages = [ORDERS, *(order(n, "a", "b") for n in range(5)), state({"n": 1})]
    try:
        nested_base.load(*messages)
    except RequestRejected:  # HTTP 500 to a link: the run ends with it, and the next run makes it
        assert (fault.status, path) == (500, "/links/$")
        assert nested_base.states == []
        nested_base.load(*messages)
    assert lines(nested_base) == [
        (n, position, sku) for n in range(5) for position, sku in ((1, "a"), (2, "b"))
    ]
    assert Counter(linked(nested_base)) == {(n,): 2 for n in range(5)}
    assert nested_base.states == [{"n": 1}]


@pytest.mark.usefixtures("_hurried")
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "cut", "status"])
def test_a_lost_answer_to_a_removal(nested_base, kind):
    nested_base.load(ORDERS, order(1, "a", "b"), order(2, "c"))
    nested_base.sandbox.inject(again(LOST_WRITES[0], kind=kind, path="/rows/$", method="DELETE"))
    nested_base.load(ORDERS, order(1, "a"), order(2), state({"n": 1}))
    assert lines(nested_base) == [(1, 1, "a")]
    assert nested_base.states == [{"n": 1}]


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
