"""tap-postgres into target-seatable: a typed source."""

import json
import subprocess

import pytest

from demo.meltano import PLUGINS
from target_seatable.target import TargetSeaTable
from tests.pipelines.compare import compare, list_columns, normalize_cell
from tests.pipelines.conftest import ZONE

JOB = "database-to-base"

TABLE = """
    CREATE SCHEMA shop;
    CREATE TABLE shop.orders (
        id integer PRIMARY KEY,
        number text NOT NULL,
        total numeric(10, 2),
        weight double precision,
        items bigint,
        paid boolean,
        ordered date,
        packed timestamptz,
        details jsonb,
        note varchar(200)
    );
    INSERT INTO shop.orders VALUES
        (1, 'A-001', 12.50, 0.25, 3, true, '2024-06-05', '2024-06-05 10:30+00',
         '{"gift": true, "tags": ["a", "b"]}', E'two\\nlines'),
        (2, 'A-002', 0, 0, 0, false, '1999-12-31', '2024-12-31 23:00+00', '{}', ''),
        (3, 'A-003', -99999999.99, 1e9, 9007199254740991, NULL, NULL, NULL, NULL, NULL);
"""
EXACT = ("id", "number", "total", "weight", "items", "paid", "ordered", "packed", "note")


@pytest.fixture
def load(project):
    """Runs the job on the schema."""

    def run(**settings):
        return project.run(
            JOB,
            tap_postgres_filter_schemas=["shop"],
            target_seatable_table_mapping={"shop-orders": "Orders"},
            target_seatable_server_timezone=ZONE.key,  # an empty base does not show it
            **settings,
        )

    return run


def assert_equal(database, base):
    columns = list_columns(base.metadata(), "Orders")
    assert set(EXACT) < set(columns)
    compared = {name: columns[name] for name in EXACT}
    result = compare("Orders", database.rows("shop", "orders"), base.rows("Orders"), compared, ZONE)
    assert not result.missing
    assert not result.unexpected
    return columns


def test_every_value(load, database, base):
    database.execute(TABLE)
    load()
    columns = assert_equal(database, base)
    assert {name: columns[name]["type"] for name in EXACT} == {
        "id": "number",
        "number": "text",
        "total": "number",
        "weight": "number",
        "items": "number",
        "paid": "checkbox",
        "ordered": "date",
        "packed": "date",
        "note": "text",
    }


def test_the_same_table_again_updates_its_rows(load, database, base):
    database.execute(TABLE)
    load()
    before = {row["id"]: row["_id"] for row in base.rows("Orders")}
    database.execute("UPDATE shop.orders SET total = 7, paid = true WHERE id = 2")
    database.execute("INSERT INTO shop.orders (id, number) VALUES (4, 'A-004')")
    load()
    assert_equal(database, base)
    after = {row["id"]: row["_id"] for row in base.rows("Orders")}
    assert len(after) == len(base.rows("Orders")) == 4
    assert {key: after[key] for key in before} == before


@pytest.mark.parametrize(
    ("settings", "type_", "values"),
    [
        ({}, "number", [12, 250]),
        ({"target_seatable_infer_types": False}, "text", ["12", "250"]),
        (
            {"target_seatable_column_types": {"shop-orders": {"code": "text"}}},
            *("text", ["12", "250"]),
        ),
    ],
)
def test_texts_of_digits_become_numbers_unless_the_settings_say_text(
    load, database, base, settings, type_, values
):
    database.execute(
        "CREATE SCHEMA shop; CREATE TABLE shop.orders (id integer PRIMARY KEY, code text);"
        "INSERT INTO shop.orders VALUES (1, '12'), (2, '250')"
    )
    load(**settings)
    assert list_columns(base.metadata(), "Orders")["code"]["type"] == type_
    assert [row["code"] for row in base.rows("Orders")] == values


def test_there_and_back_again(load, project, database, base):
    """What a base took from a database stands in the warehouse as it stood in the database."""
    database.execute(TABLE)
    load()
    project.run("base-to-warehouse")
    columns = list_columns(base.metadata(), "Orders")

    def rows(schema, table):
        return sorted(
            [
                [
                    normalize_cell(
                        row[name], columns[name]["type"], columns[name]["data"] or {}, ZONE
                    )
                    for name in EXACT
                ]
                for row in database.rows(schema, table)
            ]
        )

    assert rows("seatable", "Orders") == rows("shop", "orders")


def test_batch_files_of_the_source_hold_the_same_rows(database, sandbox, base, tmp_path):
    """The SDK's own batch files: packed, whatever was asked for."""
    database.execute(TABLE)
    settings = {
        "sqlalchemy_url": database.sqlalchemy_url("psycopg2"),
        "filter_schemas": ["shop"],
        "batch_config": {
            "encoding": {"format": "jsonl", "compression": "none"},
            "storage": {"root": str(tmp_path / "batch files")},
        },
    }
    (tmp_path / "tap.json").write_text(json.dumps(settings))
    tap = [
        PLUGINS / "extractors/tap-postgres/venv/bin/tap-postgres",
        "--config",
        tmp_path / "tap.json",
    ]

    def extract(*arguments):
        return subprocess.run([*tap, *arguments], capture_output=True, check=True, text=True).stdout

    catalog = json.loads(extract("--discover"))
    for entry in catalog["streams"][0]["metadata"]:
        entry["metadata"]["selected"] = True
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    messages = extract("--catalog", tmp_path / "catalog.json")
    assert '"type":"BATCH"' in messages
    assert '"type":"RECORD"' not in messages
    (tmp_path / "messages").write_text(messages)
    target = TargetSeaTable(
        config={
            "server_url": sandbox.url,
            "api_token": base.api_token,
            "table_mapping": {"shop-orders": "Orders"},
            "server_timezone": ZONE.key,
        }
    )
    with (tmp_path / "messages").open("rb") as lines:
        target.run(lines)
    assert_equal(database, base)
    assert len(base.rows("Orders")) == 3
