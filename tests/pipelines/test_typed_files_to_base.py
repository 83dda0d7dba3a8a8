"""Workbooks, JSON lines, Parquet files and SQLite databases: loaded, changed and loaded again.

Each format has two versions of a table. Every cell of the base is compared after each load.
"""

import datetime
import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pyarrow import parquet

from tests.pipelines.compare import list_columns

JOB = "files-to-base"
DAY, LEAP_DAY = datetime.date(2024, 3, 1), datetime.date(2024, 2, 29)
MINUTE = datetime.datetime.fromisoformat("2024-06-05T10:20")
LONG = "12345678901234567890.1234567891"


def types_of(base, table):
    return {name: column["type"] for name, column in list_columns(base.metadata(), table).items()}


def cells(base, table):
    """The cells of each column by id; days and minutes as their columns show them."""
    rows = {row["id"]: row for row in base.rows(table)}
    found = {}
    for name, column in list_columns(base.metadata(), table).items():
        found[name] = {key: row[name] for key, row in rows.items()}
        if column["type"] == "date":
            length = len(
                "2024-03-01T10:20" if "HH:mm" in column["data"]["format"] else "2024-03-01"
            )
            found[name] = {key: cell and cell[:length] for key, cell in found[name].items()}
    del found["id"]
    return found


@pytest.fixture
def load(project, tmp_path):
    """Runs the job on a file, or on what is said of it."""

    def run(file, **settings):
        return project.run(JOB, tap_tabular_files_files=[file], **settings)

    return run


def check_twice(load, base, table, write, expected):
    """Load the two versions of a table and compare all cells; rows keep their ids."""
    ids = []
    for version in (0, 1):
        file, settings = write(version)
        load(file, **settings)
        assert cells(base, table) == {
            name: {1: values[version], 2: values[1 - version]}
            for name, (_, *values) in expected.items()
        }
        ids.append({row["id"]: row["_id"] for row in base.rows(table)})
    assert types_of(base, table) == {
        "id": "number",
        **{name: type_ for name, (type_, *_) in expected.items()},
    }
    assert ids[0] == ids[1]


CELLS: dict[str, tuple[str, Any, list[Any], list[Any]]] = {
    # name: (column, number format, [two cells], [what the base holds of them])
    "price": ("number", '#,##0.00 "€"', [34, 7.25], [34, 7.25]),
    "share": ("number", "0.0%", [0.345, 1], [0.345, 1]),
    "exact": ("number", "0.0", [0.1, -1e300], [0.1, -1e300]),
    "postcode": ("text", "00000", [1067, 80331], ["01067", "80331"]),
    "code": ("text", None, ["007", "12"], ["007", "12"]),
    "since": ("date", "dd.mm.yyyy", [DAY, LEAP_DAY], ["2024-03-01", "2024-02-29"]),
    "sent": ("date", None, [MINUTE, None], ["2024-06-05T10:20", None]),
    "second": (
        *("text", None, [MINUTE.replace(second=30), MINUTE]),
        ["2024-06-05T10:20:30", "2024-06-05T10:20:00"],
    ),
    "length": (
        *("duration", "[h]:mm:ss", [datetime.timedelta(hours=30, seconds=5), None]),
        [108_005, None],
    ),
    "paid": ("checkbox", None, [True, False], [True, False]),
    "note": (
        "text",
        None,
        ["=not a formula", "two\nlines 🍵"],
        ["=not a formula", "two\nlines 🍵"],
    ),
    "failed": ("number", None, ["#DIV/0!", 5], [None, 5]),
    "mixed": ("text", None, ["x", 7], ["x", "7"]),
}


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904], ids=["1900", "1904"])
def test_a_workbook(load, base, tmp_path, epoch):
    path = tmp_path / "shop.xlsx"

    def write(version):
        book = openpyxl.Workbook()
        if epoch:
            book.epoch = epoch
        book.active.title = "stock"
        book.active.append(["id", *CELLS])
        for key, index in ((1, version), (2, 1 - version)):
            row = 1 + key
            book.active.cell(row, 1, key)
            for column, (_, form, values, _) in enumerate(CELLS.values(), start=2):
                cell = book.active.cell(row, column, values[index])
                if str(values[index]).startswith("=not"):
                    cell.data_type = "s"
                if form:
                    cell.number_format = form
        book.create_sheet("empty")
        hidden = book.create_sheet("secret")
        hidden.append(["id"])
        hidden.append([1])
        hidden.sheet_state = "hidden"
        people = book.create_sheet("people")
        people.append(["id", "name"])
        people.append([1, f"Ann {version}"])
        book.save(path)
        return str(path), {"target_seatable_key_properties": {"stock": ["id"], "people": ["id"]}}

    expected = {name: (type_, *held) for name, (type_, _, _, held) in CELLS.items()}
    check_twice(load, base, "stock", write, expected)
    assert cells(base, "people") == {"name": {1: "Ann 1"}}
    columns = list_columns(base.metadata(), "stock")
    assert columns["price"]["data"]["format"] == "euro"
    assert columns["share"]["data"]["format"] == "percent"
    assert "secret" not in {table["name"] for table in base.metadata()["metadata"]["tables"]}


def test_hidden_rows_sheets_and_a_title_above_the_header(load, base, tmp_path):
    book = openpyxl.Workbook()
    for row in (["Stock of 2024"], ["id", "n"], [1, 10], [2, 20], [3, 30]):
        book.active.append(row)
    book.active.row_dimensions[4].hidden = True
    book.active.title = "2024"
    book.create_sheet("2023").append(["id", "n"])
    book.save(tmp_path / "shop.xlsx")
    given = {
        "path": str(tmp_path / "shop.xlsx"),
        "sheets": ["2024"],
        "skip_rows": 1,
        "keys": ["id"],
    }
    load({**given, "stream": "visible", "hidden_rows": False})
    assert cells(base, "visible") == {"n": {1: 10, 3: 30}}
    load({**given, "stream": "all"})
    assert cells(base, "all") == {"n": {1: 10, 2: 20, 3: 30}}


JSON_CELLS = {
    "whole": ("number", "9007199254740992", "-5"),
    "exact": ("text", LONG, "1.5"),
    "price": ("number", "12.50", "0.1"),
    "text": ("text", '"Größe 🍵"', '"x"'),
    "paid": ("checkbox", "true", "false"),
    "tags": ("multiple-select", '["a", "b"]', '["a"]'),
    "more": ("long-text", '{"a": [1, 2.50]}', '{"a": []}'),
    "empty": ("text", "null", "null"),
}


def test_json_lines(load, base, tmp_path):
    path = tmp_path / "events.jsonl"

    def write(version):
        lines = [
            ", ".join(f'"{name}": {values[index]}' for name, (_, *values) in JSON_CELLS.items())
            for index in (version, 1 - version)
        ]
        path.write_text(
            "".join(f'{{"id": {key}, {line}}}\n' for key, line in enumerate(lines, 1)), "utf-8"
        )
        return {"path": str(path), "keys": ["id"]}, {}

    held = {name: (type_, *map(json.loads, texts)) for name, (type_, *texts) in JSON_CELLS.items()}
    held |= {"exact": ("text", LONG, "1.5")}
    held |= {"more": ("long-text", '{"a":[1,2.50]}', '{"a":[]}')}
    check_twice(load, base, "events", write, held)


PARQUET_CELLS: dict[str, tuple[str, Any, list[Any], list[Any]]] = {
    # name: (column, type, [two values], [what the base holds of them])
    "small": ("number", pyarrow.int8(), [-128, None], [-128, None]),
    "big": ("text", pyarrow.uint64(), [2**64 - 1, 0], [str(2**64 - 1), "0"]),
    "exact": ("text", pyarrow.decimal128(38, 10), [Decimal(LONG), None], [LONG, None]),
    "price": ("number", pyarrow.decimal128(10, 2), [Decimal("12.50"), None], [12.5, None]),
    "double": ("number", pyarrow.float64(), [0.1, 1e308], [0.1, 1e308]),
    "text": ("text", pyarrow.string(), ["Größe 🍵", "x"], ["Größe 🍵", "x"]),
    "kind": (
        *("text", pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), ["a", "b"], ["a", "b"]),
    ),
    "paid": ("checkbox", pyarrow.bool_(), [True, False], [True, False]),
    "day": ("date", pyarrow.date32(), [DAY, LEAP_DAY], ["2024-03-01", "2024-02-29"]),
    "minute": ("date", pyarrow.timestamp("us"), [MINUTE, None], ["2024-06-05T10:20", None]),
    "length": (
        *("duration", pyarrow.duration("s"), [datetime.timedelta(hours=30), None]),
        [108_000, None],
    ),
    "tags": (
        *("multiple-select", pyarrow.list_(pyarrow.string()), [["a", "b"], ["a"]]),
        [["a", "b"], ["a"]],
    ),
    "more": (
        *("long-text", pyarrow.struct({"n": pyarrow.int64()}), [{"n": 1}, {"n": None}]),
        ['{"n":1}', '{"n":null}'],
    ),
}


def test_parquet(load, base, tmp_path):
    path = tmp_path / "facts.parquet"

    def write(version):
        table = {
            name: pyarrow.array([values[version], values[1 - version]], type_)
            for name, (_, type_, values, _) in PARQUET_CELLS.items()
        }
        parquet.write_table(pyarrow.table({"id": [1, 2], **table}), path)
        return {"path": str(path), "keys": ["id"]}, {}

    expected = {name: (type_, *held) for name, (type_, _, _, held) in PARQUET_CELLS.items()}
    check_twice(load, base, "facts", write, expected)


SQLITE_CELLS: dict[str, tuple[str, Any, list[Any], list[Any]]] = {
    # name: (column, declaration, [two values], [what the base holds of them])
    "whole": ("number", "INTEGER", [-5, None], [-5, None]),
    "big": ("text", "INTEGER", [2**63 - 1, 0], [str(2**63 - 1), "0"]),
    "price": ("number", "DECIMAL(10,2)", [12.5, 3], [12.5, 3]),
    "exact": ("text", "TEXT", [LONG, "1.5"], [LONG, "1.5"]),
    "code": ("number", "TEXT", ["12", "250"], [12, 250]),
    "zip": ("text", "TEXT", ["01067", "80331"], ["01067", "80331"]),
    "paid": ("checkbox", "BOOLEAN", [1, 0], [True, False]),
    "day": ("date", "DATE", ["2024-03-01", None], ["2024-03-01", None]),
    "minute": ("date", "DATETIME", ["2024-06-05 10:20:00", None], ["2024-06-05T10:20", None]),
    "picture": ("text", "BLOB", [b"\0\xff", b"\1"], ["00ff", "01"]),
    "mixed": ("text", "", ["x", 7], ["x", "7"]),
}


@pytest.mark.parametrize("infers", [True, False])
def test_sqlite(load, base, tmp_path, infers):
    path = tmp_path / "shop.sqlite"

    def write(version):
        path.unlink(missing_ok=True)
        declared = ", ".join(f"{name} {type_}" for name, (_, type_, *_) in SQLITE_CELLS.items())
        marks = ", ".join("?" for _ in SQLITE_CELLS)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"CREATE TABLE goods (id INTEGER PRIMARY KEY, {declared})")
            for key, index in ((1, version), (2, 1 - version)):
                row = [values[index] for _, _, values, _ in SQLITE_CELLS.values()]
                database.execute(f"INSERT INTO goods VALUES ({key}, {marks})", row)
        return str(path), {"target_seatable_infer_types": infers}

    expected = {name: (type_, *held) for name, (type_, _, _, held) in SQLITE_CELLS.items()}
    if not infers:
        expected["code"] = ("text", "12", "250")
    check_twice(load, base, "goods", write, expected)
