"""Links are written when the rows of all tables are stored."""

import pytest

from seatable_client.errors import ConfigError
from seatable_sandbox import Sandbox
from seatable_sandbox.profiles.faults import Fault
from target_seatable.errors import CannotLink, LinkTargetNotFound
from tests.seeds import SOAK
from tests.servers import WITH_GATEWAY, others
from tests.target.links.customers_and_orders import (
    BY_ID,
    CUSTOMERS,
    ORDERS,
    customers,
    links,
    with_links,
)
from tests.target.singer import record, schema, state

DRAWN_TOO = SOAK


def test_values_are_keys_of_the_other_table_which_may_be_loaded_later(kind, linked):
    linked.load(
        ORDERS,
        record("orders", no=1, customer=7),
        record("orders", no=2, customer=[7, "8"]),
        record("orders", no=3, customer=None),
        record("orders", no=4),
        CUSTOMERS,
        *customers(7, 8),
        state({"n": 1}),
        links=BY_ID,
    )
    assert links(linked) == {1: [7], 2: [7, 8], 3: [], 4: []}
    assert linked.states == [{"n": 1}]
    # One call, or one for each row.
    assert linked.calls.count("links") == (1 if kind in WITH_GATEWAY else 2)


@pytest.mark.servers("gateway", "2020")
@pytest.mark.parametrize("key_type", ["text", "number"])
@pytest.mark.parametrize(
    "customer",
    [
        {"type": ["integer", "null"]},
        {"type": ["array", "null"], "items": {"type": "integer"}},
        {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]},
    ],
)
def test_integers_name_the_row_of_their_number_however_they_are_written(base, key_type, customer):
    """Also on the fast path, which the records behind the first batch take."""
    base.base.create_table("customers", [{"column_name": "id", "column_type": key_type}])
    base.base.create_table("orders", [{"column_name": "no", "column_type": "number"}])
    base.base.add_column(
        "orders", "customer", "link", {"table": "orders", "other_table": "customers"}
    )
    base.base.append_rows("customers", [{"id": "7" if key_type == "text" else 7}])
    value = "7.0" if "integer" in customer.get("type", ()) else "[7.0]"
    count = 300
    lines = [
        f'{{"type": "RECORD", "stream": "orders", "record": {{"no": {n}, "customer": {value}}}}}\n'
        for n in range(count)
    ]
    base.load(
        schema("orders", {"no": "integer", "customer": customer}, ["no"]),
        *lines,
        links=BY_ID,
        batch_size_rows=10,
    )
    assert [len(row["customer"]) for row in base.base.rows("orders")] == [1] * count


def test_links_are_replaced_kept_or_removed(linked):
    first = [record("orders", no=n, customer=[7]) for n in (1, 2, 3)]
    linked.load(CUSTOMERS, *customers(7, 8), ORDERS, *first, links=BY_ID)
    linked.load(
        ORDERS,
        record("orders", no=1, customer=[8, 7, 8]),
        record("orders", no=2, customer=None),
        record("orders", no=3, v="new"),
        links=BY_ID,
    )
    assert links(linked) == {1: [7, 8], 2: [], 3: [7]}


def test_rows_that_are_linked_so_already_are_not_written(linked):
    messages = [CUSTOMERS, *customers(7, 8), ORDERS, record("orders", no=1, customer=[8, 7], v="")]
    linked.load(*messages, links=BY_ID)
    linked.load(*messages, links=BY_ID)
    assert linked.writes == []


FORMS = {
    "alone": lambda key: key,
    "listed": lambda key: [key],
    "object": lambda key: [{"row_id": key}],
}


@pytest.mark.parametrize("form", FORMS)
def test_values_are_ids_of_rows(linked, form):
    linked.load(CUSTOMERS, *customers(7, 8))
    ids = {row["id"]: row["_id"] for row in linked.base.rows("customers")}
    linked.load(ORDERS, record("orders", no=1, customer=FORMS[form](ids[8])))
    assert links(linked) == {1: [8]}


@pytest.mark.parametrize("value", ["AAAAAAAAAAAAAAAAAAAAAA", [{"no": "id"}], [["x"]]])
def test_a_missing_row_is_reported_and_the_others_are_linked(linked, value):
    linked.load(CUSTOMERS, *customers(7))
    with pytest.raises(
        LinkTargetNotFound, match="Link 'customer': table 'customers' has no single row"
    ):
        linked.load(ORDERS, record("orders", no=1, customer=value), state({"n": 1}))
    with pytest.raises(LinkTargetNotFound, match="whose 'id' is 9"):
        linked.load(ORDERS, record("orders", no=2, customer=[9, 7]), links=BY_ID)
    assert links(linked) == {1: [], 2: [7]}
    assert linked.rejections()[-1]["record"]["customer"] == [9, 7]


@pytest.mark.servers("gateway")
def test_all_rows_that_a_link_does_not_find_are_reasons_with_numbers_as_they_came(linked):
    linked.load(CUSTOMERS, *customers(7))
    order = record("orders", no=1, customer=[98, 7, 1.5, 97])
    linked.load(ORDERS, order, links=BY_ID, max_rejected_records=1)
    reason = "Link 'customer': table 'customers' has no single row whose 'id' is"
    reasons = [f"{reason} {key}." for key in (98, 1.5, 97)]
    assert linked.rejections()[-1]["reasons"] == reasons


def test_a_row_that_cannot_be_told_from_another_is_not_linked(linked):
    linked.load(CUSTOMERS, *customers(7), load_method="append-only")
    linked.load(CUSTOMERS, *customers(7), load_method="append-only")
    with pytest.raises(LinkTargetNotFound, match="no single row whose 'id' is 7"):
        linked.load(ORDERS, record("orders", no=1, customer=7), links=BY_ID)


def test_a_state_waits_for_the_links(linked, monkeypatch):
    monkeypatch.setattr(
        "target_seatable.links.linker.Linker.write",
        lambda *_args, **_how: (_ for _ in ()).throw(ConfigError("x")),
    )
    with pytest.raises(ConfigError):
        linked.load(ORDERS, record("orders", no=1, customer=7), state({"n": 1}), links=BY_ID)
    assert linked.states == []


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("method", ["insert-only", "upsert"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_rows_that_no_later_run_links_are_told(linked, caplog, monkeypatch, method, dry_run):
    """Only the run that adds a row links it with insert-only: the links of others are people's."""
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)
    linked.base.append_rows("customers", [{"id": 7}])
    orders = [ORDERS, record("orders", no=1, customer=7), state({"n": 1})]
    config = {"links": BY_ID, "load_method": method, "dry_run": dry_run}
    if not dry_run:
        linked.sandbox.inject(Fault("html", times=100, path="/links/"))
        linked.fails(caplog, *orders, **config)
        linked.sandbox.clear_faults()
        assert linked.states == []
        assert links(linked) == {1: []}
    warning = "Stream 'orders': rows were added and not linked, because the run ended before."
    linked.load(*orders, **config)
    assert (warning in caplog.text) == (method == "insert-only" and not dry_run)
    if not dry_run:
        assert links(linked) == {1: [] if method == "insert-only" else [7]}


def test_a_table_can_link_to_itself(base):
    base.base.create_table("people", [{"column_name": "id", "column_type": "number"}])
    base.base.add_column("people", "boss", "link", {"table": "people", "other_table": "people"})
    people = schema("people", {"id": "integer", "boss": "integer"}, ["id"])
    base.load(
        people,
        record("people", id=1, boss=None),
        record("people", id=2, boss=1),
        record("people", id=3, boss=1),
        links={"people.boss": "id"},
    )
    ids = {row["_id"]: row["id"] for row in base.base.rows("people")}
    bosses = {
        row["id"]: [ids[link["row_id"]] for link in row["boss"] or ()]
        for row in base.rows("people")
    }
    assert bosses[2] == [1]
    assert bosses[3] == [1]


KEYLESS = [
    {**ORDERS, "key_properties": []},
    *[record("orders", no=n, customer=7) for n in range(3)],
]


@pytest.mark.servers(*WITH_GATEWAY)
def test_rows_without_a_key_are_linked_too(linked):
    linked.load(CUSTOMERS, *customers(7), *KEYLESS, links=BY_ID)
    assert links(linked) == {0: [7], 1: [7], 2: [7]}


@pytest.mark.servers(*others(WITH_GATEWAY))
def test_rows_without_a_key_are_stored_and_reported_if_the_server_does_not_return_ids(linked):
    with pytest.raises(CannotLink, match="stored, but not linked"):
        linked.load(CUSTOMERS, *customers(7), *KEYLESS, links=BY_ID)
    assert links(linked) == {0: [], 1: [], 2: []}
    assert len(linked.rejections()) == 3


def test_a_column_that_is_no_link_cannot_be_linked(base, caplog):
    sentence = base.fails(caplog, ORDERS, record("orders", no=1, customer="x"), links=BY_ID)
    assert "is of type text, not link" in sentence


def test_a_column_that_does_not_exist_finds_no_row(linked, caplog):
    settings = {"orders.customer": "nope"}
    sentence = linked.fails(caplog, ORDERS, record("orders", no=1, customer=7), links=settings)
    assert "by column 'nope', but table 'customers' does not have it" in sentence


def test_a_row_that_is_deleted_later_in_the_run_is_not_linked(linked):
    gone = record("orders", no=1, _deleted_at="2024-01-01T00:00:00Z")
    filler = [record("orders", no=n, v="x") for n in range(100, 5100)]
    first = [record("orders", no=n, customer=7) for n in (1, 2)]
    linked.load(
        CUSTOMERS, *customers(7), ORDERS, *first, *filler, gone, links=BY_ID, hard_delete=True
    )
    assert {number: to for number, to in links(linked).items() if number < 100} == {2: [7]}


def test_a_row_that_is_marked_as_deleted_keeps_its_links(linked):
    linked.load(CUSTOMERS, *customers(7), ORDERS, record("orders", no=1, customer=7), links=BY_ID)
    gone = record("orders", no=1, customer=None, _sdc_deleted_at="2024-02-29T10:20:30Z")
    linked.load(CUSTOMERS, ORDERS, gone, links=BY_ID)
    assert links(linked) == {1: [7]}
    assert linked.base.rows("orders")[0]["_sdc_deleted_at"]


def test_an_unchanged_row_of_an_overwritten_table_without_key_is_linked_anew(linked):
    keyless = {**ORDERS, "key_properties": []}
    options = {"load_method": "overwrite", "links": BY_ID}
    before = [record("orders", no=1, customer=7), record("orders", no=2)]
    after = [record("orders", no=1, customer=8), record("orders", no=2, customer=7)]
    linked.load(CUSTOMERS, *customers(7, 8))
    linked.load(ORDERS, *before, state({"n": 1}), links=BY_ID)
    linked.load(keyless, *after, state({"n": 2}), **options)
    assert links(linked) == {1: [8], 2: [7]}


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"max_links_per_cell": 10},
        {"profile": "v1", "dtable_db": True},
        {"profile": "cloud-5.0"},
    ],
    ids=["gateway", "old gateway", "v1", "cloud 5.0"],
)
@pytest.mark.parametrize("kept", [9, 10, 11, 50])
def test_a_cell_that_may_show_only_some_links_is_not_taken_for_all_of_them(make, kind, kept):
    ids = list(range(55))
    with Sandbox(**kind) as sandbox:
        base = with_links(make(sandbox))
        base.load(CUSTOMERS, *customers(*ids))
        base.load(ORDERS, record("orders", no=1, customer=ids), links=BY_ID)
        base.load(ORDERS, record("orders", no=1, customer=ids[:kept]), links=BY_ID)
        assert [row["id"] for row in base.base.rows("customers") if row["orders"]] == ids[:kept]


def test_a_row_that_comes_again_after_it_was_deleted_has_no_old_links(linked):
    linked.load(CUSTOMERS, *customers(7), ORDERS, record("orders", no=1, customer=7), links=BY_ID)
    gone = record("orders", no=1, _sdc_deleted_at="2024-01-01T00:00:00Z")
    again = record("orders", no=1, v="new")
    linked.load(ORDERS, gone, again, state({"n": 1}), links=BY_ID, hard_delete=True)
    assert links(linked) == {1: []}
    assert linked.states == [{"n": 1}]
