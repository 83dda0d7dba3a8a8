"""What the pages about one task tell to type does what they say."""

import datetime
import os

import openpyxl
import pytest

from tests.docs.conftest import blocks
from tests.docs.test_examples import read_back
from tools.mariadb import mysql_database, mysql_server


@pytest.fixture
def workbook(served):
    """shop.xlsx, which docs/excel.md loads; returns the function that saves it."""

    def save(price):
        book = openpyxl.Workbook()
        book.active.title = "stock"
        book.active.append(["sku", "price", "since", "code"])
        book.active.append(["T1", price, datetime.date(2024, 3, 1), "12"])
        people = book.create_sheet("people")
        people.append(["id", "name"])
        people.append([1, "Ann"])
        book.save(served.folder / "shop.xlsx")

    save(34)
    return save


def test_an_excel_file_is_loaded_and_loaded_again(served, workbook):
    (script,) = blocks("docs/excel.md", "excel")
    for price in (34, 7.25):
        workbook(price)
        served.run(script)
        (row,) = read_back(served, "Stock")
        assert (row["sku"], row["price"], row["since"]) == ("T1", price, "2024-03-01")
        assert row["code"] == 12  # a column of texts that are numbers, as the page says


def test_an_excel_file_is_loaded_with_meltano(served, workbook):
    (script,) = blocks("docs/excel.md", "excel_meltano")
    for price in (34, 7.25):
        workbook(price)
        served.run_meltano(script)
        assert [row["price"] for row in read_back(served, "stock")] == [price]
        assert [row["name"] for row in read_back(served, "people")] == ["Ann"]


def test_a_table_of_mysql_is_loaded(served):
    (script,) = blocks("docs/mysql.md", "mysql")
    with (
        mysql_server(os.environ.get("TEST_MYSQL_URL")) as server,
        mysql_database(server) as database,
    ):
        database.execute("CREATE TABLE goods (id int PRIMARY KEY, name text, day date)")
        database.execute("INSERT INTO goods VALUES (1, 'Tea', '2024-02-29'), (2, '🍵', NULL)")
        written = {
            "db.example.com": database.host,
            "3306": str(database.port),
            "reader": database.user,
            "secret": f"'{database.password}'",
            "=shop": f"={database.name}",
            '"shop-': f'"{database.name}-',
        }
        for text, value in written.items():
            assert text in script
            script = script.replace(text, value)
        served.run_meltano(script)
    rows = {row["id"]: (row["name"], (row["day"] or "")[:10]) for row in read_back(served, "Goods")}
    assert rows == {1: ("Tea", "2024-02-29"), 2: ("🍵", "")}
