"""Links, lookups and rollups, and how links change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from seatable_sandbox import Sandbox, SandboxBase


@pytest.fixture
def shop(base: SandboxBase) -> SandboxBase:
    base.create_table(
        "Products",
        [
            {"column_name": "Price", "column_type": "number"},
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "Since", "column_type": "date"},
            {"column_name": "Kind", "column_type": "single-select"},
        ],
    )
    base.create_table(
        "Orders",
        [
            {"column_name": "No", "column_type": "number"},
            {
                "column_name": "Items",
                "column_type": "link",
                "column_data": {"table": "Orders", "other_table": "Products"},
            },
        ],
    )
    for name, data in {
        "lookup": {"formula": "lookup", "level1_linked_column": "Price"},
        "kinds": {"formula": "lookup", "level1_linked_column": "Kind"},
        "days": {"formula": "lookup", "level1_linked_column": "Since"},
        "count": {"formula": "count_links"},
        "average": {"formula": "rollup", "summary_column": "Price", "summary_method": "average"},
        "text": {"formula": "rollup", "summary_column": "Price", "summary_method": "concatenate"},
        "max": {"formula": "findmax", "searched_column": "Name", "comparison_column": "Price"},
        "min": {"formula": "findmin", "searched_column": "Price", "comparison_column": "Price"},
    }.items():
        base.add_column("Orders", name, "link-formula", {**data, "link_column": "Items"})
    base.add_column("Orders", "sum", "formula", {"formula": "{average} * {count}"})
    products = base.append_rows(
        "Products",
        [
            {"Price": price, "Name": f"P{price}", "Since": "2024-06-05", "Kind": "k"}
            for price in (1.1, 1.1, 1.2, 1.3, 1.4, 1.4)
        ],
    )
    orders = base.append_rows("Orders", [{"No": 1}, {"No": 2}])
    base.link("Orders", "Items", {orders[0]: products})
    return base


def test_lookups_and_rollups_follow_links(shop: SandboxBase) -> None:
    linked, alone = shop.rows("Orders")
    assert [item["display_value"] for item in linked["Items"]] == [1.1, 1.1, 1.2, 1.3, 1.4, 1.4]
    assert linked["lookup"] == [1.1, 1.1, 1.2, 1.3, 1.4, 1.4]
    assert linked["kinds"] == ["k"] * 6
    assert linked["days"] == ["2024-06-05T00:00:00+02:00"] * 6
    assert (linked["count"], linked["average"]) == (6, 1.25)
    assert linked["text"] == "1.1 1.1 1.2 1.3 1.4 1.4"
    assert (linked["max"], linked["min"], linked["sum"]) == (["P1.4"], [1.1], 7.5)
    assert (alone["Items"], alone["lookup"], alone["count"], alone["max"]) == (None, None, 0, None)


def test_both_tables_show_a_link(shop: SandboxBase) -> None:
    tables = shop.metadata()["metadata"]["tables"]
    sides = [c for table in tables for c in table["columns"] if c["type"] == "link"]
    assert len(sides) == 2
    assert len({side["data"]["link_id"] for side in sides}) == 1
    assert shop.rows("Products")[0]["Orders"][0]["display_value"] == 1


def mtimes(base: SandboxBase, table: str) -> dict[str, str]:
    return {row["_id"]: row["_mtime"] for row in base.rows(table)}


def test_linked_values_change_without_mtime(sandbox: Sandbox, shop: SandboxBase) -> None:
    product = shop.rows("Products")[0]["_id"]
    order = shop.rows("Orders")[0]["_id"]
    orders, products = mtimes(shop, "Orders"), mtimes(shop, "Products")
    version = shop.metadata()["metadata"]["version"]
    sandbox.clock.advance(60)
    shop.update_rows("Products", {product: {"Price": 100}})
    assert shop.rows("Orders")[0]["lookup"][0] == 100
    assert mtimes(shop, "Orders") == orders
    assert mtimes(shop, "Products")[product] > products.pop(product)
    shop.link("Orders", "Items", {order: [product]})
    assert shop.rows("Orders")[0]["count"] == 1
    shop.rename_option("Products", "Kind", "k", "kind")
    assert shop.rows("Orders")[0]["kinds"] == ["kind"]
    shop.rename_column("Products", "Kind", "Sort")
    shop.delete_column("Products", "Since")
    assert shop.rows("Orders")[0]["days"] == "#REF!"
    assert mtimes(shop, "Orders") == orders
    shop.archive_rows("Products", [product])
    moved = mtimes(shop, "Products")
    moved.pop(product)
    assert moved == products
    assert shop.metadata()["metadata"]["version"] == version + 6


def test_formulas_follow_a_renamed_column(shop: SandboxBase) -> None:
    shop.add_column("Products", "Twice", "formula", {"formula": "{Price} * 2"})
    shop.rename_column("Products", "Price", "Cost")
    assert shop.rows("Products")[0]["Twice"] == 2.2


def test_a_deleted_row_loses_its_links_and_gets_them_back(shop: SandboxBase) -> None:
    ids = [row["_id"] for row in shop.rows("Products")]
    before = {row["_id"]: row for row in shop.rows("Products")}
    shop.delete_rows("Products", ids[:2])
    assert shop.rows("Orders")[0]["count"] == 4
    shop.restore_rows("Products", ids[:2])
    assert {row["_id"]: row for row in shop.rows("Products")} == before
    assert shop.rows("Orders")[0]["count"] == 6


def test_a_restored_row_is_not_linked_to_one_that_was_deleted_meanwhile(
    shop: SandboxBase,
) -> None:
    products = [row["_id"] for row in shop.rows("Products")]
    order = shop.rows("Orders")[0]["_id"]
    shop.delete_rows("Products", products[:2])
    shop.delete_rows("Orders", [order])
    shop.restore_rows("Products", products[:2])
    (link,) = (
        column["name"]
        for table in shop.metadata()["metadata"]["tables"]
        for column in table["columns"]
        if table["name"] == "Products" and column["type"] == "link"
    )
    shown = {linked["row_id"] for row in shop.rows("Products") for linked in row[link] or ()}
    assert order not in shown


def test_a_single_restored_row_gets_a_new_mtime(sandbox: Sandbox, shop: SandboxBase) -> None:
    (row_id,) = [shop.rows("Products")[0]["_id"]]
    old = mtimes(shop, "Products")[row_id]
    shop.delete_rows("Products", [row_id])
    sandbox.clock.advance(5)
    shop.restore_rows("Products", [row_id])
    assert mtimes(shop, "Products")[row_id] > old


def test_a_cell_shows_fifty_links_and_query_links_the_rest(shop: SandboxBase, client) -> None:
    products = shop.append_rows("Products", [{"Price": n} for n in range(120)])
    order = shop.rows("Orders")[1]["_id"]
    shop.link("Orders", "Items", {order: products})
    row = shop.rows("Orders")[1]
    assert (len(row["Items"]), row["count"]) == (50, 120)
    found = []
    for offset in (0, 100):
        answer = client.gateway(
            "POST",
            "/query-links/",
            json={
                "table_name": "Orders",
                "link_column_name": "Items",
                "rows": [{"row_id": order, "offset": offset, "limit": 500}],
            },
        )
        found.append([item["row_id"] for item in answer.json()[order]])
    assert [len(page) for page in found] == [100, 20]
    assert found[0] + found[1] == products


def test_replacing_links_skips_unknown_rows_and_adding_refuses_them(
    shop: SandboxBase, client
) -> None:
    order = shop.rows("Orders")[0]["_id"]
    tables = {t["name"]: t for t in shop.metadata()["metadata"]["tables"]}
    link_id = next(c["data"]["link_id"] for c in tables["Orders"]["columns"] if c["type"] == "link")
    body = {
        "link_id": link_id,
        "table_id": tables["Orders"]["_id"],
        "other_table_id": tables["Products"]["_id"],
        "other_rows_ids_map": {order: ["A" * 22]},
    }
    assert client.gateway("PUT", "/links/", json=body).json() == {"success": True}
    assert shop.rows("Orders")[0]["Items"] is None
    assert client.gateway("POST", "/links/", json=body).status_code == 400
    assert client.gateway("DELETE", "/links/", json=body).json() == {"deleted_links_count": 1}
    # Rows that are to link and are not there are passed over, too, as long as one of them is.
    product = shop.rows("Products")[0]["_id"]
    body["other_rows_ids_map"] = {"B" * 22: [product], order: [product]}
    assert client.gateway("PUT", "/links/", json=body).json() == {"success": True}
    assert [item["row_id"] for item in shop.rows("Orders")[0]["Items"]] == [product]
    body["other_rows_ids_map"] = {"B" * 22: [product]}
    refused = client.gateway("PUT", "/links/", json=body)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "no_valid_rows_exist")
    body["other_rows_ids_map"] = {order: [product]}
    client.gateway("DELETE", "/links/", json=body)
    log = [
        json.loads(entry["operation"])
        for entry in client.gateway("GET", "/operations/").json()["operations"]
    ]
    assert [entry["op_type"] for entry in log[:2]] == ["remove_link", "update_rows_links"]
    assert (log[0]["table1_id"], log[0]["table2_row_id"]) == (body["table_id"], product)
