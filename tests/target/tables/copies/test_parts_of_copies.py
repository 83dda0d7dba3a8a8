"""Copies of a part of a base, and copies that people edit: what the page on moving bases says."""

from __future__ import annotations

import pytest

from seatable_sandbox import Sandbox
from target_seatable.errors import LinkTargetNotFound
from tests.tap.support import read

pytestmark = pytest.mark.usefixtures("kind")


@pytest.fixture
def source():
    """Six orders of four customers, a link from each order."""
    with Sandbox() as sandbox:
        base = sandbox.create_base("Source")
        for table in ("Customers", "Orders"):
            base.create_table(table, [
                {"column_name": "Name", "column_type": "text"},
                {"column_name": "Amount", "column_type": "number"},
            ])  # fmt: skip
        base.add_column(
            "Orders", "Customer", "link", {"table": "Orders", "other_table": "Customers"}
        )
        customers = base.append_rows(
            "Customers", [{"Name": f"c{n}", "Amount": n} for n in range(4)]
        )
        orders = base.append_rows("Orders", [{"Name": f"o{n}", "Amount": n} for n in range(6)])
        base.link("Orders", "Customer", {row: [customers[n % 4]] for n, row in enumerate(orders)})
        yield sandbox, base, customers, orders


def bring(source, copy, state=None, **settings):
    """Copy what has changed; returns the state for the next time."""
    sandbox, base, *_ = source
    given = {"server_url": sandbox.url, "api_token": base.api_token, **settings}
    run = read(given, state=state)
    assert run.error == ""
    states = copy.load(*run.messages)
    return states[-1] if states else state


def customers_of(copy):
    """The customers of each order."""
    return {
        row["Name"]: [link["display_value"] for link in row.get("Customer") or ()]
        for row in copy.base.rows("Orders")
    }


def test_links_to_rows_that_a_condition_leaves_out_come_with_these_rows(make, sandbox, source):
    _, base, customers, _ = source
    copy = make(sandbox)
    settings = {"where": {"Customers": "Amount > 0"}}
    with pytest.raises(LinkTargetNotFound):
        bring(source, copy, **settings)
    assert customers_of(copy) == {
        "o0": [], "o1": ["c1"], "o2": ["c2"], "o3": ["c3"], "o4": [], "o5": ["c1"]
    }  # fmt: skip
    base.update_rows("Customers", {customers[0]: {"Amount": 9}})
    bring(source, copy, copy.states[-1], **settings)
    assert customers_of(copy) == {f"o{n}": [f"c{n % 4}"] for n in range(6)}


def test_a_table_that_is_copied_later_gets_its_links(make, sandbox, source, caplog):
    copy = make(sandbox)
    state = bring(source, copy, tables=["Orders"])
    assert "'Customer' was skipped: the table that it links to is not loaded" in caplog.text
    bring(source, copy, state, tables=["Orders", "Customers"])
    assert customers_of(copy) == {f"o{n}": [f"c{n % 4}"] for n in range(6)}


def test_a_view_is_copied_as_its_rows_without_links(make, sandbox, source, caplog):
    _, base, _, orders = source
    base.add_view("Orders", "All")
    copy = make(sandbox)
    bring(source, copy, views=[{"table": "Orders", "view": "All"}], exclude_tables=["Orders"])
    assert {row["source_id"] for row in copy.rows("Orders_All")} == set(orders)
    assert "'Customer' was skipped: rows of a view are copied without their links" in caplog.text


@pytest.mark.parametrize("renamed", ["column", "table"])
def test_what_is_renamed_in_a_copy_is_made_again_unless_that_is_frozen(
    make, sandbox, source, caplog, renamed
):
    _, base, _, orders = source
    copy = make(sandbox)
    state = bring(source, copy)
    if renamed == "column":
        copy.base.rename_column("Orders", "Amount", "Betrag")
    else:
        copy.base.rename_table("Orders", "Auftrag")
    before = {
        row["source_id"]: row for row in copy.rows("Orders" if renamed == "column" else "Auftrag")
    }
    base.update_rows("Orders", {orders[0]: {"Amount": 70}})
    run = read({"server_url": source[0].url, "api_token": base.api_token}, state=state)
    sentence = copy.fails(caplog, *run.messages, schema_contract="freeze")
    assert "schema_contract" in sentence
    name = "Orders" if renamed == "column" else "Auftrag"
    assert {row["source_id"]: row for row in copy.rows(name)} == before
    copy.load(*run.messages)
    amounts = {row["source_id"]: row["Amount"] for row in copy.rows("Orders")}
    assert {row: amount for row, amount in amounts.items() if amount is not None} == {orders[0]: 70}
