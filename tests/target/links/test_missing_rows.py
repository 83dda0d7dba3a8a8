"""Rows that links name and nobody has brought are made, once for each key."""

import time

import pytest

from seatable_client.errors import SeaTableError
from seatable_sandbox.profiles.faults import Fault
from target_seatable.errors import LinkTargetNotFound
from tests.seeds import SOAK
from tests.target.links.customers_and_orders import CUSTOMERS, MAKES, ORDERS, customers, links
from tests.target.singer import record, schema, state

DRAWN_TOO = SOAK

SLEEP = time.sleep


def ids_of(base, table="customers"):
    return sorted(row["id"] for row in base.rows(table))


def test_missing_rows_are_made_once_for_each_key(linked):
    linked.load(
        CUSTOMERS,
        *customers(7),
        ORDERS,
        record("orders", no=1, customer=[7, 8, "8"]),
        record("orders", no=2, customer=["8", 8.0, 9]),
        record("orders", no=3, customer="10"),
        CUSTOMERS,
        *customers(10),
        state({"n": 1}),
        **MAKES,
    )
    assert ids_of(linked) == [7, 8, 9, 10]
    assert links(linked) == {1: [7, 8], 2: [8, 9], 3: [10]}
    assert [row["name"] for row in linked.rows("customers") if row["id"] in {8, 9}] == [None, None]
    assert linked.states == [{"n": 1}]


def test_missing_rows_are_made_once_in_all_runs(linked):
    orders = [ORDERS, *[record("orders", no=n, customer=n % 5) for n in range(20)]]
    for _ in range(2):
        linked.load(*orders, **MAKES)
        assert ids_of(linked) == list(range(5))
    assert linked.writes == []
    linked.load(CUSTOMERS, *customers(*range(5)))
    assert [row["name"] for row in linked.rows("customers")] == [f"c{n}" for n in range(5)]
    assert links(linked) == {n: [n % 5] for n in range(20)}


def test_a_table_can_make_its_own_missing_rows(base):
    base.base.create_table("people", [{"column_name": "id", "column_type": "number"}])
    base.base.add_column("people", "boss", "link", {"table": "people", "other_table": "people"})
    people = schema("people", {"id": "integer", "boss": "integer"}, ["id"])
    rows = [record("people", id=n, boss=boss) for n, boss in ((2, 1), (3, 1), (4, 3))]
    base.load(people, *rows, links={"people.boss": "id"}, create_missing_links=True)
    assert ids_of(base, "people") == [1, 2, 3, 4]


def test_servers_of_all_ages_make_missing_rows(base):
    base.base.create_table("customers", [{"column_name": "id", "column_type": "number"}])
    base.base.create_table("orders", [{"column_name": "no", "column_type": "number"}])
    ends = {"table": "orders", "other_table": "customers"}
    base.base.add_column("orders", "customer", "link", ends)
    for _ in range(2):
        base.load(ORDERS, *[record("orders", no=n, customer=n % 3) for n in range(9)], **MAKES)
    assert ids_of(base) == [0, 1, 2]
    assert links(base) == {n: [n % 3] for n in range(9)}


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "cut"},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429, "retry_after": 0},
    ],
    ids=lambda fault: str(fault.get("status", fault["kind"])),
)
def test_missing_rows_are_made_once_whatever_happens(linked, fault, after, monkeypatch):
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr("backoff._sync.time.sleep", lambda seconds: SLEEP(min(seconds, 0.2)))
    linked.sandbox.inject(Fault(**fault, path="/(rows|links)/", method="POST", after=after))
    linked.sandbox.inject(Fault(**fault, path="/links/", method="PUT"))
    linked.load(ORDERS, *[record("orders", no=n, customer=n % 3) for n in range(6)], **MAKES)
    assert ids_of(linked) == [0, 1, 2]
    assert links(linked) == {n: [n % 3] for n in range(6)}


def test_a_row_that_cannot_be_created_is_reported_and_the_others_are_created(linked):
    with pytest.raises(SeaTableError):
        linked.load(ORDERS, record("orders", no=1, customer=["x7", 8]), **MAKES)
    assert ids_of(linked) == [8]
    assert links(linked) == {1: [8]}
    assert linked.rejections()[-1]["record"]["customer"] == ["x7", 8]


def test_no_row_is_made_where_several_have_the_key_or_where_ids_are_meant(linked):
    for _ in range(2):
        linked.load(CUSTOMERS, *customers(7), load_method="append-only")
    with pytest.raises(LinkTargetNotFound, match="no single row whose 'id' is 7"):
        linked.load(ORDERS, record("orders", no=1, customer=7), **MAKES)
    with pytest.raises(LinkTargetNotFound, match="no single row 'nobody'"):
        linked.load(ORDERS, record("orders", no=1, customer="nobody"), create_missing_links=True)
    assert ids_of(linked) == [7, 7]


def test_no_row_is_made_in_a_table_that_is_overwritten(linked, caplog):
    with pytest.raises(LinkTargetNotFound):
        linked.load(
            CUSTOMERS,
            *customers(7),
            ORDERS,
            record("orders", no=1, customer=8),
            state({"n": 1}),
            load_method="overwrite",
            **MAKES,
        )
    assert ids_of(linked) == [7]
    assert "are not made in table 'customers', because this run overwrites it" in caplog.text
