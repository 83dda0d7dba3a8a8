"""PostgreSQL's types through tap-postgres: each value arrives digit by digit, or is refused aloud.

docs/loading.md has the table for users. What the extractor itself makes of a value (null of NaN, a
moment of an interval) is in its messages already, and stands here so that a change of it shows.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from demo.meltano import PLUGINS
from tests.rejected_records import rejected_records

UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
TYPES: dict[str, tuple[str, list[tuple[str, Any]]]] = {
    # type: [(as SQL has it, as the base holds it)], the column made for them
    "numeric(38,10)": (
        "text",
        [
            ("12345678901234567890.1234567891", "12345678901234567890.1234567891"),
            ("-9999999999999999999999999999.9999999999",) * 2,
            ("1.5", "1.5000000000"),
        ],
    ),
    "numeric(10,2)": ("number", [("12.50", 12.5), ("-99999999.99", -99999999.99), ("0", 0)]),
    "numeric": ("number", [("'NaN'", None)]),
    "smallint": ("number", [("-32768", -32768)]),
    "bigint": (
        "text",
        [("9007199254740993", "9007199254740993"), ("-9223372036854775808",) * 2, ("5", "5")],
    ),
    "real": ("number", [("1.1", 1.1), ("3.4e38", 3.4e38), ("'Infinity'", None)]),
    "double precision": (
        "number",
        [
            ("0.1", 0.1),
            ("1e308", 1e308),
            ("5e-324", 5e-324),
            ("0.30000000000000004", 0.30000000000000004),
            ("'-Infinity'", None),
            ("'NaN'", None),
        ],
    ),
    "boolean": ("checkbox", [("true", True), ("false", False), ("NULL", None)]),
    "date": ("date", [("'2024-02-29'", "2024-02-29"), ("'infinity'", "9999-12-31")]),
    "timestamptz": (
        "text",
        [("'2024-06-05 10:30:00.123456+02'", "2024-06-05T08:30:00.123456+00:00")],
    ),
    "timestamp": (
        "text",
        [("'2024-06-05 10:30:00.123456'", "2024-06-05T10:30:00.123456+00:00")],
    ),
    "time": ("text", [("'10:30:00.123456'", "10:30:00.123456")]),
    "timetz": ("text", [("'10:30:00+02'", "10:30:00+02:00")]),
    "interval": ("text", [("'1 day 04:05:06.5'", "1970-01-02T04:05:06.500000+00:00")]),
    "bytea": ("text", [("'\\x00ff10'", "00ff10")]),
    "json": (
        "long-text",
        [
            ("'{\"a\": [1, 2.50, 9007199254740993]}'", '{"a":[1,2.50,9007199254740993]}'),
            ("'[1]'", "[1]"),
            ("'\"x\"'", "x"),
        ],
    ),
    "jsonb": (
        "long-text",
        [("'{\"a\": 12345678901234567890.12}'", '{"a":12345678901234567890.12}')],
    ),
    "text[]": ("multiple-select", [("ARRAY['a b', 'c,d', '\"']", ["a b", "c,d", '"'])]),
    "bigint[]": ("long-text", [("ARRAY[1, 9007199254740993]", "[1,9007199254740993]")]),
    "mood": ("text", [("'sad, very'", "sad, very")]),
    "uuid": ("text", [(f"'{UUID}'", UUID)]),
    "inet": ("text", [("'192.168.0.1/24'", "192.168.0.1/24")]),
    "money": ("text", [("12345678.90", "$12,345,678.90")]),
    "char(5)": ("text", [("'ab'", "ab   ")]),
    "varchar(20)": ("text", [("'Größe'", "Größe")]),
    "int4range": ("text", [("'[1,5)'", "[1,5)")]),
    "point": ("text", [("'(1.5,2)'", "(1.5,2)")]),
    "bit(3)": ("text", [("B'101'", "101")]),
}


@pytest.fixture
def pipe(database, sandbox, base, tmp_path):
    """Loads the schema `types` of the database; returns what the two commands came to."""

    def call(command, config, *more, given=b""):
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        return subprocess.run(
            [*command, "--config", path, *more], input=given, capture_output=True, check=False
        )

    def run(**settings):
        tap = [PLUGINS / "extractors" / "tap-postgres" / "venv" / "bin" / "tap-postgres"]
        config = {
            "sqlalchemy_url": database.sqlalchemy_url("psycopg2"),
            "filter_schemas": ["types"],
        }
        catalog = json.loads(call(tap, config, "--discover").stdout)
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                entry["metadata"]["selected"] = True
        path = tmp_path / "catalog.json"
        path.write_text(json.dumps(catalog))
        read = call(tap, config, "--catalog", path)
        target = {
            "server_url": sandbox.url,
            "api_token": base.api_token,
            "rejected_records_path": str(tmp_path / "rejected.jsonl"),
            "infer_types": False,  # bits are no numbers
            **settings,
        }
        command = [sys.executable, "-m", "target_seatable"]
        return read, call(command, target, given=read.stdout)

    return run


def make(database, types):
    database.execute("CREATE SCHEMA types; CREATE TYPE mood AS ENUM ('sad, very', 'ok')")
    for number, (type_, values) in enumerate(types):
        rows = ", ".join(f"({index}, {value})" for index, value in enumerate(values))
        database.execute(
            f"CREATE TABLE types.t{number} (id int PRIMARY KEY, v {type_});"
            f"INSERT INTO types.t{number} VALUES {rows}"
        )


def columns(base, table):
    tables = base.metadata()["metadata"]["tables"]
    (found,) = (candidate for candidate in tables if candidate["name"] == table)
    return {column["name"]: column["type"] for column in found["columns"]}


def test_every_type(pipe, database, base):
    make(database, [(type_, [sql for sql, _ in pairs]) for type_, (_, pairs) in TYPES.items()])
    read, loaded = pipe()
    assert (read.returncode, loaded.returncode) == (0, 0), loaded.stderr.decode()
    for number, (type_, (column, pairs)) in enumerate(TYPES.items()):
        table = f"types-t{number}"
        assert columns(base, table)["v"] == column, type_
        stored = {row["id"]: row["v"] for row in base.rows(table)}
        if column == "date":
            stored = {index: value[:10] for index, value in stored.items()}
        assert stored == {index: value for index, (_, value) in enumerate(pairs)}, type_


def test_what_a_column_cannot_hold_can_be_refused(pipe, database, base, tmp_path):
    make(
        database,
        [
            ("numeric(38,10)", ["12345678901234567890.1234567891", "1.5"]),
            ("bigint", ["9007199254740993", "9007199254740992", "5"]),
            ("timestamptz", ["'2024-06-05 10:30:30+00'", "'2024-06-05 10:30+00'"]),
        ],
    )
    _, loaded = pipe(on_precision_loss="refuse", server_timezone="Europe/Berlin")
    assert loaded.returncode == 65
    assert [row["v"] for row in base.rows("types-t0")] == [1.5]
    assert [row["v"] for row in base.rows("types-t1")] == [2**53, 5]
    assert [row["v"][:16] for row in base.rows("types-t2")] == ["2024-06-05T12:30"]
    assert len(rejected_records(tmp_path / "rejected.jsonl")) == 3
    assert "12345678901234567890.1234567891" in (tmp_path / "rejected.jsonl").read_text("utf-8")


def test_arrays_with_nulls_are_refused(pipe, database, base, tmp_path):
    make(database, [("text[]", ["ARRAY['a', NULL]", "ARRAY['b']"]), ("int[]", ["ARRAY[1, NULL]"])])
    _, loaded = pipe()
    assert loaded.returncode == 65
    assert b"2 records were rejected" in loaded.stderr
    assert [row["v"] for row in base.rows("types-t0")] == [["b"]]
    assert len(rejected_records(tmp_path / "rejected.jsonl")) == 2


def test_a_date_that_the_extractor_cannot_read_ends_it(pipe, database, base):
    make(database, [("date", ["'0044-03-15 BC'"])])
    read, _ = pipe()
    assert read.returncode
    assert b"year -44 is out of range" in read.stderr
