"""Links and elements of arrays that come in a retry: no row is added again for them."""

from typing import Any

import pytest

from seatable_client.errors import ConfigError
from target_seatable.errors import LinkTargetNotFound
from target_seatable.results.rejected.entries import Entry
from target_seatable.results.rejected.retried_file import RetriedFile
from tests.target.results.retry.retries import LOG, load, mend, retry, set_to
from tests.target.singer import record, schema

pytestmark = pytest.mark.servers("gateway")
ORDERS = schema("orders", {"no": "integer", "customer": {}})


@pytest.fixture
def linked(base):
    for name in ("orders", "customers"):
        column = "no" if name == "orders" else "id"
        base.base.create_table(name, [{"column_name": column, "column_type": "number"}])
    base.base.add_column(
        "orders", "customer", "link", {"table": "orders", "other_table": "customers"}
    )
    return base


def test_a_link_is_written_later_and_its_row_is_not_added_again(linked):
    config = {"links": {"orders.customer": "id"}}
    load(linked, ORDERS, record("orders", no=1, customer=[7]), **config)
    retry(linked, **config)
    (entry,) = linked.rejections()
    assert entry["error"] == LinkTargetNotFound.__name__
    linked.base.append_rows("customers", [{"id": 7}])
    retry(linked, **config)
    (row,) = linked.base.rows("orders")
    assert len(row["customer"]) == 1
    assert linked.rejections() == []


def test_a_record_that_is_mended_may_lack_a_link_then(linked):
    config = {"links": {"orders.customer": "id"}, "key_properties": {"orders": ["no"]}}
    load(linked, ORDERS, record("orders", no="x", customer=[7]), **config)
    mend(linked.rejected, set_to(no=1))
    retry(linked, **config)
    (entry,) = linked.rejections()
    assert entry["record"] == {"customer": [7]}
    linked.base.append_rows("customers", [{"id": 7}])
    retry(linked, **config)
    (row,) = linked.base.rows("orders")
    assert len(row["customer"]) == 1


LINKS = {"links": {"orders.customer": "id"}}


@pytest.mark.parametrize("values", [{}, {"no": 1, "customer": [7]}])
def test_a_link_that_is_edited_into_a_record_is_rejected(linked, values):
    load(linked, ORDERS, record("orders", no=1, customer=[7]), **LINKS)
    mend(linked.rejected, lambda row: (row.clear(), row.update(values)))
    linked.base.append_rows("customers", [{"id": 7}])
    retry(linked, **LINKS)
    (entry,) = linked.rejections()
    assert entry["record"] == values
    mend(linked.rejected, lambda row: (row.clear(), row.update(customer=[7])))
    retry(linked, **LINKS)
    assert linked.rejections() == []
    (row,) = linked.base.rows("orders")
    assert len(row["customer"]) == 1


def test_a_link_of_a_row_that_is_not_in_the_base_stays(linked):
    """A deleted row, or the wrong base."""
    load(linked, ORDERS, record("orders", no=1, customer=[7]), **LINKS)
    linked.base.append_rows("customers", [{"id": 7}])
    linked.base.delete_rows("orders", [row["_id"] for row in linked.base.rows("orders")])
    for _ in range(2):
        retry(linked, **LINKS)
        (entry,) = linked.rejections()
        assert entry["record"] == {"customer": [7]}


def test_what_only_a_retry_rejects_is_kept_wherever_it_comes_from(linked, tmp_path):
    """A link not found and an element, of a second file, when the first one is long gone."""
    config = {**LINKS, "key_properties": {"orders": ["no"]}, "nested": "table"}
    texts = [record("log", n=n, v="x") for n in range(1200)]
    parts = {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}}
    trips = schema("trips", {"id": "integer", "parts": parts}, ["id"])
    load(linked, LOG, texts[0], **config)
    first = linked.rejected.rename(tmp_path / "first.jsonl")
    bad = [record("orders", no="x", customer=[7]), record("trips", id="x", parts=[{"n": "y"}])]
    load(linked, LOG, *texts[1:], ORDERS, bad[0], trips, bad[1], **config)
    for path in (first, linked.rejected):
        mend(path, lambda row: row.update({name: 1 for name in ("v", "no", "id") if name in row}))
    retry(linked, first, linked.rejected, **config)
    assert len(linked.rows("log")) == 1200
    assert not first.exists()
    kept = [entry["record"] for entry in linked.rejections()]
    assert {"customer": [7]} in kept
    assert [entry["n"] for entry in kept if "n" in entry] == ["y"]
    assert len(kept) == 2


def test_an_element_of_an_array_is_linked_to_its_record(base):
    orders = schema("orders", {
        "id": "integer",
        "lines": {"type": "array", "items": {"type": "object", "properties": {
            "sku": {"type": "string"}, "n": {"type": ["integer", "null"]}}}},
    }, ["id"])  # fmt: skip
    order = record("orders", id=1, lines=[{"sku": "a", "n": 1}, {"sku": "b", "n": "x"}])
    load(base, orders, order, nested="table")
    assert [row["sku"] for row in base.rows("orders__lines")] == ["a"]
    mend(base.rejected, set_to(n=2))
    with pytest.raises(ConfigError, match="stream_maps and nested"):
        retry(base)
    retry(base, nested="table")
    rows = base.base.rows("orders__lines")
    assert [row["sku"] for row in rows] == ["a", "b"]
    assert [len(row["orders"]) for row in rows] == [1, 1]
    assert base.rejections() == []


PARTS: dict[str, Any] = {
    "type": "array",
    "items": {"properties": {name: {"type": "number"} for name in ("sku", "n")}},
}
BOXES = schema("o", {"id": "string", "v": {}, "lines": PARTS}, ["id"])
BOXED = {
    "nested": "table",
    "key_properties": {"o__lines": ["sku"]},
    "column_types": {"o": {"v": "number"}},
}


def test_an_object_of_a_record_that_is_rejected_again_keeps_one_line(base):
    box = record("o", id="A", v="bad", lines=[{"n": 1.5}])
    load(base, BOXES, record("o", id="B", v=1, lines=[]), box, **BOXED)
    before = [entry["record"] for entry in base.rejections()]
    assert len(before) == 2
    for _ in range(3):
        retry(base, **BOXED)
        assert [entry["record"] for entry in base.rejections()] == before
    mend(base.rejected, lambda row: row.update(v=1) if "v" in row else None)
    retry(base, **BOXED)
    assert [entry["record"] for entry in base.rejections()] == before[1:]


def test_of_several_equal_objects_none_is_lost(base):
    """Each line stands for one of them."""
    box = record("o", id="A", v="bad", lines=[{"n": 1.5}])
    load(base, BOXES, record("o", id="B", v=1, lines=[]), box, **BOXED)
    lines = base.rejected.read_bytes().splitlines()
    whole, part = Entry({}, lines[1]), Entry({}, lines[3])
    file = RetriedFile(str(base.rejected), 0)
    assert [file.holds(entry) for entry in (whole, part, part)] == [False, True, False]
    file.close()
