"""The SQL of the pages, on PostgreSQL after two runs of the tap and target-postgres."""

import json
import re

import psycopg
import pytest
from psycopg.rows import dict_row

from demo.postgres import temporary_database
from seatable_sandbox import Sandbox
from seatable_sandbox.demo.shop import make_demo
from tests.docs.conftest import blocks
from tests.tap.support import config_of, read
from tools.documentation.__main__ import ROOT
from tools.loaders.destinations import Place
from tools.loaders.programs import find_program

DELETED = 3


def load(place, run, **settings):
    assert run.error == ""
    lines = "".join(json.dumps(message) + "\n" for message in run.messages)
    place.program.load(lines, place, {"default_target_schema": "seatable", **settings})


@pytest.fixture(scope="module")
def shop(server_url, tmp_path_factory):
    """The demo base after deletions, and a warehouse that has seen it before and after."""
    with Sandbox(time_zone="Europe/Berlin") as sandbox, temporary_database(server_url) as database:
        base = make_demo(sandbox)
        config = config_of(sandbox, base, side_streams=["_links"])
        program = find_program("target-postgres")
        place = Place(tmp_path_factory.mktemp("loader"), database.url, program)
        first = read(config)
        load(place, first)
        sandbox.clock.advance(3600)
        orders = base.rows("Orders")
        base.delete_rows("Orders", [row["_id"] for row in orders[:DELETED]])
        base.delete_rows("Customers", [base.rows("Customers")[0]["_id"]])
        base.link("Orders", "Customer", {orders[DELETED]["_id"]: []})
        load(place, read(config, state=first.state))
        yield base, database


def statements(page):
    return blocks(f"docs/{page}.md", "sql")


def ask(database, statement):
    """The rows of the last statement that has some."""
    with psycopg.connect(database.url, row_factory=dict_row, autocommit=True) as connection:
        cursor = connection.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
        while cursor.nextset():
            rows = cursor.fetchall() if cursor.description else rows
        return rows


def linked(order, column):
    return [link["display_value"] for link in order[column] or ()]


def test_links(shop):
    base, database = shop
    orders = sorted(base.rows("Orders"), key=lambda row: row["Order"])
    prices = {row["Name"]: row["Price"] for row in base.rows("Products")}
    inner, outer, grouped, texts, table = (
        ask(database, statement) for statement in statements("sql-links")
    )
    customers = {row["Name"]: row["Email"] for row in base.rows("Customers")}
    assert [(row["Order"], row["customer"], row["Email"]) for row in inner] == [
        (order["Order"], name, customers[name])
        for order in orders
        for name in linked(order, "Customer")
    ]
    assert 0 < len(inner) < len(orders)  # some have lost their customer
    assert [(row["Order"], row["customer"]) for row in outer] == [
        (order["Order"], next(iter(linked(order, "Customer")), None)) for order in orders
    ]
    assert [row["customer"] for row in texts] == [row["customer"] for row in outer]
    assert [(row["Order"], row["items"], row["products"]) for row in grouped] == [
        (order["Order"], len(order["Products"]), ", ".join(linked(order, "Products")))
        for order in orders
    ]
    amounts = [sum(prices[name] for name in linked(order, "Products")) for order in orders]
    assert [float(row["amount"]) for row in grouped] == pytest.approx(amounts)
    assert [(row["Order"], row["product"]) for row in table] == [
        (order["Order"], name) for order in orders for name in linked(order, "Products")
    ]


def test_deleted_rows(shop):
    base, database = shop
    view, views, deleted, removal = statements("sql-deleted-rows")
    ask(database, view)
    living = {row["_id"] for row in base.rows("Orders")}
    found = ask(database, "SELECT _id FROM seatable.living_orders")
    assert {row["_id"] for row in found} == living
    for row in ask(database, views):
        ask(database, row["format"])
    for name, table in (("living_customers", "Customers"), ("living_every_type", "Every type")):
        found = ask(database, f"SELECT _id FROM seatable.{name}")
        assert {row["_id"] for row in found} == {row["_id"] for row in base.rows(table)}
    dead = ask(database, deleted)
    assert len(dead) == DELETED
    assert not {row["_id"] for row in dead} & living
    ask(database, removal)
    assert len(database.rows("seatable", "Orders")) == len(living) + DELETED
    ask(database, removal.replace("90 days", "-1 day"))
    assert {row["_id"] for row in database.rows("seatable", "Orders")} == living


def test_a_renamed_column(shop):
    """docs/base-changes.md, once with what loaders make of a rename: the new name is not there."""
    _, database = shop
    (rename,) = statements("base-changes")
    before = {row["_id"]: row["Newsletter"] for row in database.rows("seatable", "Customers")}
    with psycopg.connect(database.url, row_factory=dict_row) as connection:
        connection.execute(rename)
        found = connection.execute('SELECT * FROM seatable."Customers"').fetchall()
        connection.rollback()
    assert any(before.values())
    assert {row["_id"]: row["Subscribed"] for row in found} == before


def test_the_view_of_the_page_on_deletes(shop):
    base, database = shop
    (view,) = statements("deletes")
    with psycopg.connect(database.url, row_factory=dict_row) as connection:
        connection.execute("DROP VIEW IF EXISTS seatable.living_orders")
        connection.execute(view)
        found = connection.execute("SELECT _id FROM seatable.living_orders").fetchall()
        connection.rollback()
    assert {row["_id"] for row in found} == {row["_id"] for row in base.rows("Orders")}


def test_the_newest_row(shop):
    _, database = shop
    (newest,) = statements("schedule")
    (row,) = ask(database, newest)
    assert row["max"] == max(order["_mtime"] for order in database.rows("seatable", "Orders"))
    assert row["max"] is not None


def test_the_newest_line_of_a_loader_that_appends(shop):
    _, database = shop
    (query,) = blocks("docs/sql-deleted-rows.md", "sql_lines")
    with psycopg.connect(database.url, row_factory=dict_row) as connection:
        connection.execute("CREATE TEMP TABLE orders_lines (position int, _id text, state text)")
        connection.execute(
            "INSERT INTO orders_lines VALUES (1, 'a', 'new'), (2, 'b', 'new'), (10, 'a', 'paid')"
        )
        found = connection.execute(query).fetchall()
        connection.rollback()
    assert [(row["_id"], row["state"]) for row in found] == [("a", "paid"), ("b", "new")]


def test_every_statement_of_a_page_is_tested():
    for page in (ROOT / "docs").glob("*.md"):
        text = page.read_text(encoding="utf-8").replace("tested: mysql_view", "tested: sql")
        assert text.count("```sql") == len(re.findall(r"<!-- tested: sql\w* -->\n```sql", text))
