"""Formulas, links and lookups: right values, and what does not move `_mtime`."""

# ruff: noqa: DTZ001 - the dates of a base are the wall clock of its server
from __future__ import annotations

import json
from datetime import datetime as wall_clock
from typing import Any

import pytest

from seatable_sandbox import Sandbox, SandboxBase
from seatable_sandbox.formulas.formula import Evaluation, parse, result_type

NOW = wall_clock(2024, 6, 5, 10, 20)
CELLS = {
    "Name": "Tea",
    "Price": 3,
    "Empty": None,
    "Day": wall_clock(2024, 1, 31),
    "On": True,
    "List": ["a", "b"],
    "Half": 2.5,
}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("{Price} * 2", 6),
        ("{Price} + 1.5 - 0.5", 4),
        ("{Price} / 2", 1.5),
        ("-{Price}", -3),
        ("2 ^ 3", 8),
        ("(1 + 2) * {Price}", 9),
        ("{Empty} + 1", 1),
        ("1.1 + 2.8", 3.9),
        ('{Name} & " " & {Price}', "Tea 3"),
        ('concatenate({Name}, "-", {Empty}, 1)', "Tea-1"),
        ("upper({Name})", "TEA"),
        ("LOWER({Name})", "tea"),
        ("len({Name})", 3),
        ('left({Name}, search("e", {Name}) - 1)', "T"),
        ("mid({Name}, 2, 2)", "ea"),
        ('substitute({Name}, "e", "3")', "T3a"),
        ("trim('  x ')", "x"),
        ("if({Price} > 2, 'dear', 'cheap')", "dear"),
        ("if({Price} = 3, 1, 1/0)", 1),
        ("ifs({Price} > 5, 'a', {Price} > 1, 'b')", "b"),
        ("iferror(1/0, 'oops')", "oops"),
        ("switch({Name}, 'Tea', 1, 2)", 1),
        ("{Price} <> 3", False),
        ("{Empty} = ''", True),
        ("and({On}, {Price} > 1)", True),
        ("or({Price} > 5, not({On}))", False),
        ("round(2.5)", 3),
        ("round({Half} * 1.1, 1)", 2.8),
        ("sum(1, {Price}, {Half})", 6.5),
        ("average(1, 2)", 1.5),
        ("max(1, {Price})", 3),
        ("mod(7, 4)", 3),
        ("abs(-2)", 2),
        ("year({Day})", 2024),
        ("month({Day})", 1),
        ("day({Day})", 31),
        ("dateAdd({Day}, 1, 'month')", wall_clock(2024, 2, 29)),
        ("dateAdd({Day}, 2, 'days')", wall_clock(2024, 2, 2)),
        ("datedif({Day}, date(2024, 3, 31), 'M')", 2),
        ("now()", NOW),
        ("today()", wall_clock(2024, 6, 5)),
        ("weekday(date(2024, 6, 5))", 4),
        ("true", True),
        ("1 / 0", "#DIV/0!"),
        ("year({Empty})", "#VALUE!"),
        ("{Nowhere} + 1", "#NAME?"),
        ("frobnicate(1)", "#NAME?"),
        ("1 +", "#ERROR!"),
        ("{Name} * 2", "#VALUE!"),
        ("__import__('os')", "#NAME?"),
    ],
    ids=repr,
)
def test_formulas(formula: str, expected: Any) -> None:
    found = Evaluation(parse(formula), NOW).value(CELLS)
    assert found == expected
    assert isinstance(found, str) == isinstance(expected, str)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("{Price} * 2", "number"),
        ("{Name} & 1", "string"),
        ("upper({Name})", "string"),
        ("dateAdd({Day}, 1, 'days')", "date"),
        ("{Price} > 2", "bool"),
        ("{Day}", "date"),
        ("if({Price} > 2, 'a', 'b')", "string"),
        ("'x'", "string"),
        ("len({Name})", "number"),
        ("1 +", "string"),
    ],
)
def test_result_types(formula: str, expected: str) -> None:
    types = {"Price": "number", "Name": "string", "Day": "date"}
    assert result_type(parse(formula), types) == expected


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


def test_links_and_what_looks_through_them(shop: SandboxBase) -> None:
    linked, alone = shop.rows("Orders")
    assert [item["display_value"] for item in linked["Items"]] == [1.1, 1.1, 1.2, 1.3, 1.4, 1.4]
    assert linked["lookup"] == [1.1, 1.1, 1.2, 1.3, 1.4, 1.4]
    assert linked["kinds"] == ["k"] * 6
    assert linked["days"] == ["2024-06-05T00:00:00+02:00"] * 6
    assert (linked["count"], linked["average"]) == (6, 1.25)
    assert linked["text"] == "1.1 1.1 1.2 1.3 1.4 1.4"
    assert (linked["max"], linked["min"], linked["sum"]) == (["P1.4"], [1.1], 7.5)
    assert (alone["Items"], alone["lookup"], alone["count"], alone["max"]) == (None, None, 0, None)


def test_both_sides_share_a_link(shop: SandboxBase) -> None:
    tables = shop.metadata()["metadata"]["tables"]
    sides = [c for table in tables for c in table["columns"] if c["type"] == "link"]
    assert len(sides) == 2
    assert len({side["data"]["link_id"] for side in sides}) == 1
    assert shop.rows("Products")[0]["Orders"][0]["display_value"] == 1


def mtimes(base: SandboxBase, table: str) -> dict[str, str]:
    return {row["_id"]: row["_mtime"] for row in base.rows(table)}


def test_what_changes_values_without_a_trace(sandbox: Sandbox, shop: SandboxBase) -> None:
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


def test_a_single_restored_row_is_newer(sandbox: Sandbox, shop: SandboxBase) -> None:
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


def test_replacing_drops_unknown_rows_and_adding_refuses_them(shop: SandboxBase, client) -> None:
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
    assert [one["row_id"] for one in shop.rows("Orders")[0]["Items"]] == [product]
    body["other_rows_ids_map"] = {"B" * 22: [product]}
    refused = client.gateway("PUT", "/links/", json=body)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "no_valid_rows_exist")
    body["other_rows_ids_map"] = {order: [product]}
    client.gateway("DELETE", "/links/", json=body)
    log = [
        json.loads(one["operation"])
        for one in client.gateway("GET", "/operations/").json()["operations"]
    ]
    assert [one["op_type"] for one in log[:2]] == ["remove_link", "update_rows_links"]
    assert (log[0]["table1_id"], log[0]["table2_row_id"]) == (body["table_id"], product)


def test_numbers_in_v1_are_texts(connect) -> None:
    with Sandbox(profile="v1", time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("B")
        base.create_table(
            "T",
            [
                {"column_name": "N", "column_type": "number"},
                {
                    "column_name": "D",
                    "column_type": "date",
                    "column_data": {"format": "DD/MM/YYYY"},
                },
                {
                    "column_name": "Link",
                    "column_type": "link",
                    "column_data": {"table": "T", "other_table": "T"},
                },
                {
                    "column_name": "Typed",
                    "column_type": "formula",
                    "column_data": {"formula": "{N} * 1.5", "result_type": "number"},
                },
                {
                    "column_name": "Untyped",
                    "column_type": "formula",
                    "column_data": {"formula": "{N} * 1.5"},
                },
                {
                    "column_name": "Check",
                    "column_type": "formula",
                    "column_data": {"formula": "{N} > 5"},
                },
                {
                    "column_name": "Day",
                    "column_type": "formula",
                    "column_data": {
                        "formula": "dateAdd({D}, 1, 'days')",
                        "result_type": "date",
                        "format": "DD/MM/YYYY HH:mm",
                    },
                },
                {
                    "column_name": "Count",
                    "column_type": "link-formula",
                    "column_data": {"formula": "count_links", "link_column": "Link"},
                },
                {
                    "column_name": "Look",
                    "column_type": "link-formula",
                    "column_data": {
                        "formula": "lookup",
                        "link_column": "Link",
                        "level1_linked_column": "N",
                    },
                },
            ],
        )
        one, other = base.append_rows("T", [{"N": 1, "D": "2024-06-05"}, {"N": 2.5}])
        base.link("T", "Link", {one: [one, other]})
        row = connect(sandbox, base).v1("GET", "/rows/?table_name=T").json()["rows"][0]
        del row["_id"], row["_mtime"]
        assert row == {
            "N": 1,
            "D": "2024-06-05",
            "Link": [one, other],
            "Typed": "1.5",
            "Untyped": 1.5,
            "Check": "false",
            "Day": "06/06/2024 00:00",
            "Count": "2",
            "Look": "1, 2.5",
        }


# A column that gets another type


def test_rows_that_were_deleted_before_come_back_without_the_cells(sandbox):
    base = sandbox.create_base("Types of the deleted")
    columns = [{"column_name": name, "column_type": "text"} for name in ("Name", "Day")]
    base.create_table("T", columns)
    ids = base.append_rows("T", [{"Name": "a", "Day": "soon"}, {"Name": "b", "Day": "late"}])
    base.delete_rows("T", ids)
    base.change_column_type("T", "Day", "date")
    base.restore_rows("T", ids)
    assert [(row["Name"], row["Day"]) for row in base.rows("T")] == [("a", None), ("b", None)]


def test_a_lookup_of_lists_can_become_of_any_type(sandbox):
    base = sandbox.create_base("Types of a lookup")
    tags = {"options": [{"name": "a"}, {"name": "b"}]}
    base.create_table("U", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("U", "Tags", "multiple-select", tags)
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("T", "Others", "link", {"table": "T", "other_table": "U"})
    others = base.append_rows("U", [{"Name": "x", "Tags": ["a", "b"]}])
    [row] = base.append_rows("T", [{"Name": "y"}])
    base.link("T", "Others", {row: others})
    lookup = {"formula": "lookup", "link_column": "Others", "level1_linked_column": "Tags"}
    for kind in ("multiple-select", "collaborator", "text", "number", "file", "geolocation"):
        base.add_column("T", kind, "link-formula", lookup)
        base.change_column_type("T", kind, kind)
    assert base.rows("T")[0]["text"] == "a,b"
