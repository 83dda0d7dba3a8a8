"""Links are written when the rows of all tables are stored."""

import time
import tracemalloc
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.errors import ConfigError, SeaTableError
from seatable_sandbox import Sandbox
from seatable_sandbox.profiles.faults import Fault
from target_seatable.errors import CannotLink, LinkTargetNotFound
from target_seatable.links.pending import PendingLinks
from tests.seeds import SOAK
from tests.servers import WITH_GATEWAY, others
from tests.target.singer import record, schema, state

DRAWN_TOO = SOAK

SLEEP = time.sleep
CUSTOMERS = schema("customers", {"id": "integer", "name": "string"}, ["id"])
ORDERS = schema("orders", {"no": "integer", "customer": {}, "v": "string"}, ["no"])
BY_ID = {"orders.customer": "id"}


@pytest.fixture
def linked(base):
    """Customers and orders, with a link between them."""
    return with_links(base)


def with_links(base):
    base.base.create_table(
        "customers",
        [
            {"column_name": "name", "column_type": "text"},
            {"column_name": "id", "column_type": "number"},
        ],
    )
    base.base.create_table("orders", [{"column_name": "no", "column_type": "number"}])
    base.base.add_column("orders", "v", "text")
    base.base.add_column(
        "orders", "customer", "link", {"table": "orders", "other_table": "customers"}
    )
    return base


def customers(*ids):
    return [record("customers", id=number, name=f"c{number}") for number in ids]


def links(base):
    """By order, the ids of its customers."""
    names = {row["_id"]: row["id"] for row in base.base.rows("customers")}
    return {
        row["no"]: sorted(names[link["row_id"]] for link in row["customer"] or ())
        for row in base.base.rows("orders")
    }


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
    told = "Stream 'orders': rows were added and not linked, because the run ended before."
    linked.load(*orders, **config)
    assert (told in caplog.text) == (method == "insert-only" and not dry_run)
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


# Rows that links name and nobody has brought

MAKES: dict[str, Any] = {"links": BY_ID, "create_missing_links": True}


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


# Many links


def test_links_are_resolved_in_chunks(linked, monkeypatch):
    monkeypatch.setattr(
        "target_seatable.links.linker.PendingLinks", partial(PendingLinks, max_in_memory=7)
    )
    monkeypatch.setattr("target_seatable.links.linker.ROWS_PER_CHUNK", 5)
    monkeypatch.setattr("target_seatable.links.resolver.MAX_CACHED", 3)
    numbers = range(40)
    linked.load(
        CUSTOMERS,
        *customers(*range(8)),
        ORDERS,
        *[record("orders", no=n, customer=[n % 8, (n + 1) % 8]) for n in numbers],
        *[record("orders", no=n, customer=[n % 8, "9"]) for n in range(3)],
        **MAKES,
    )
    expected = {n: sorted([n % 8, (n + 1) % 8]) for n in numbers}
    assert links(linked) == expected | {n: [n, 9] for n in range(3)}


VALUES = st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.booleans()


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("wxyz"), VALUES | st.lists(VALUES)),
        max_size=30,
    ),
    st.integers(1, 9),
    st.integers(1, 5),
)
def test_the_last_note_of_a_link_counts(notes, max_in_memory, size):
    pending: PendingLinks[str] = PendingLinks(max_in_memory)
    model: dict[str, dict[str, Any]] = {}
    for group, row_id, value in notes:
        pending.note(group, row_id, value)
        model.setdefault(group, {})[row_id] = value
    assert pending.groups == list(model)
    for group, rows in model.items():
        chunks = list(pending.chunks(group, size))
        assert all(len(chunk) <= size for chunk in chunks)
        assert {row: value for chunk in chunks for row, value in chunk.items()} == rows
    pending.clear()
    assert pending.groups == []


def test_numbers_come_back_as_they_went():
    pending: PendingLinks[str] = PendingLinks(1)
    value = [Decimal("0.1"), 2**60, "1", 1, True, {"row_id": "x"}]
    pending.note("a", "r", value)
    ((found,),) = [chunk.values() for chunk in pending.chunks("a", 1)]
    assert found == value
    assert [type(item) for item in found] == [type(item) for item in value]
    pending.clear()


def test_many_pending_links_take_little_memory():
    pending: PendingLinks[str] = PendingLinks(2_000)
    tracemalloc.start()
    try:
        for n in range(40_000):
            pending.note("a", f"{n:022}", [{"row_id": f"{n:022}", "display_value": "x" * 20}])
        read = sum(len(chunk) for chunk in pending.chunks("a", 2_000))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        pending.clear()
    assert read == 40_000
    assert most < 6_000_000


# A base as the tap tells of it


def of_base(name, table_id, properties, base="a" * 32):
    """A SCHEMA message for a table of a base; properties are pairs of JSON type and column."""
    own = {
        prop: {"type": [json_type, "null"], "x-seatable": {"type": type_, "data": data}}
        for prop, (json_type, type_, data) in properties.items()
    }
    message = schema(name, {"_id": {"type": "string"}, "_ctime": "string", **own}, ["_id"])
    message["schema"]["x-seatable"] = {"name": name.title(), "id": table_id, "base": base}
    message["schema"]["properties"]["_deleted_at"] = {"type": ["string", "null"]}
    return message


def link(table, other, link_id):
    data = {"table_id": table, "other_table_id": other, "link_id": link_id, "is_multiple": True}
    return ("array", "link", data)


COPY = [
    of_base(
        "orders",
        "OOOO",
        {
            "No": ("string", "text", None),
            "Price": ("number", "number", {"format": "euro"}),
            "When": ("string", "date", {"format": "DD.MM.YYYY HH:mm"}),
            "Double": ("number", "formula", {"formula": "{Price} * 2"}),
            "Twice": ("number", "formula", {"formula": "{Double} * 2"}),
            "Broken": ("number", "formula", {"formula": "{Gone} * 2"}),
            "Customer": link("OOOO", "CCCC", "l1l1"),
            "Follows": link("OOOO", "OOOO", "l2l2"),
            "Elsewhere": link("OOOO", "XXXX", "l3l3"),
        },
    ),
    of_base(
        "customers",
        "CCCC",
        {"Name": ("string", "text", None), "Her orders": link("OOOO", "CCCC", "l1l1")},
    ),
]


def test_tables_of_two_bases_are_not_taken_for_each_other(base):
    """Ids of tables are the same in all bases; links stay within their own."""
    streams = [
        of_base("a-people", "0000", {"Name": ("string", "text", None)}, "aaaa"),
        of_base("a-pets", "0001", {"Of": link("0001", "0000", "l1l1")}, "aaaa"),
        of_base("b-towns", "0000", {"Name": ("string", "text", None)}, "bbbb"),
        of_base("b-shops", "0001", {"In": link("0001", "0000", "l1l1")}, "bbbb"),
    ]
    base.load(
        *streams,
        record("a-people", _id="p" * 22, Name="Ann"),
        record("b-towns", _id="t" * 22, Name="Bonn"),
        record("a-pets", _id="x" * 22, Of=["p" * 22]),
        record("b-shops", _id="y" * 22, In=["t" * 22]),
    )
    ids = {name: base.table(name)["_id"] for name in ("A-People", "B-Towns")}
    for table, name, other in (("A-Pets", "Of", "A-People"), ("B-Shops", "In", "B-Towns")):
        (column,) = (
            candidate for candidate in base.table(table)["columns"] if candidate["name"] == name
        )
        assert column["data"]["other_table_id"] == ids[other]
        (cell,) = (row[name] for row in base.base.rows(table))
        (row,) = base.base.rows(other)
        assert [link["row_id"] for link in cell] == [row["_id"]]


def order(number, **cells):
    return record("orders", _id=number * 22, _ctime="2024-01-01T10:00:00.123Z", No=number, **cells)


def test_a_base_is_copied(make, caplog):
    with Sandbox(time_zone="Asia/Tokyo") as tokyo:
        base = make(tokyo)
        rows = [
            order(
                "a", Price=1.5, When="2024-07-01T10:20:00+02:00", Customer=[{"row_id": "c" * 22}]
            ),
            order("b", Price=2, Follows=[{"row_id": "a" * 22, "display_value": "a"}]),
            record("customers", _id="c" * 22, Name="Ann", **{"Her orders": [{"row_id": "a" * 22}]}),
        ]
        for _ in range(2):
            base.load(*COPY, *rows, state({"n": 1}))
            assert base.states == [{"n": 1}]
            assert base.columns("Orders") == {
                "No": "text",
                "Price": "number",
                "When": "date",
                "Double": "formula",
                "Twice": "formula",
                "Broken": "number",
                "Customer": "link",
                "Follows": "link",
                "source_id": "text",
            }
            assert base.columns("Customers") == {
                "Name": "text",
                "source_id": "text",
                "Her orders": "link",
            }
            first, second = base.base.rows("Orders")
            (ann,) = base.base.rows("Customers")
            assert [link["row_id"] for link in first["Customer"]] == [ann["_id"]]
            assert [link["row_id"] for link in ann["Her orders"]] == [first["_id"]]
            assert [link["row_id"] for link in second["Follows"]] == [first["_id"]]
            assert (first["Double"], first["Twice"]) == (3, 6)
            # What the clock showed there, it shows here.
            assert first["When"] == "2024-07-01T10:20:00+09:00"
        assert "'Elsewhere' was skipped: the table that it links to is not loaded" in (caplog.text)
        assert "'Broken' becomes a column of its values instead of formula" in caplog.text
        assert not {"rows", "links"} & set(base.calls)


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
