"""What docs/loaders.md says of loaders: those of meltano.yml do just that.

`make soak` runs the others of PyPI, too, and `make loaders` those that come from Git.
"""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.seeds import SOAK
from tests.tap.support import config_of, read
from tools.loaders.__main__ import load_results
from tools.loaders.destinations import Place, Table, read_mysql, read_sqlite
from tools.loaders.measure import measure, needed_readings, readings_of
from tools.loaders.observations import compare
from tools.loaders.programs import PROGRAMS
from tools.loaders.scenario import has_offsets, play, play_long_names
from tools.mariadb import mysql_database, mysql_server

QUICK = [program for program in PROGRAMS if program.is_plugin]


MEASURED = [program for program in PROGRAMS if not program.is_from_git] if SOAK else QUICK


@pytest.fixture(scope="module")
def scenario():
    return play(needed_readings(MEASURED))


@pytest.fixture(scope="module")
def mysql():
    with mysql_server(os.environ.get("TEST_MYSQL_URL")) as server:
        yield server


@pytest.mark.parametrize("program", MEASURED, ids=lambda program: program.name)
def test_a_loader_does_what_the_page_says(program, scenario, database, request):
    mysql = request.getfixturevalue("mysql") if program.needs_mysql else None
    found = measure(program, scenario, play_long_names(), database.url, mysql)
    assert found == load_results()[program.name], "make loaders docs"


def test_the_messages_have_what_the_page_speaks_of(scenario):
    """Offsets beside records, deleted and restored rows, ACTIVATE_VERSION, a new column."""
    reading = readings_of(QUICK[0])["tombstones"]
    first, second, third = scenario.lines[reading]
    assert has_offsets(first)
    assert has_offsets(second)
    assert "ACTIVATE_VERSION" in first
    dead = [
        message["record"]["_id"]
        for message in map(json.loads, second.splitlines())
        if message["type"] == "RECORD" and message["record"]["_deleted_at"]
    ]
    assert set(dead) == {scenario.ids["deleted"], scenario.ids["restored"]}
    living = scenario.living[reading]
    assert [len(run["Orders"]) for run in living] == [24, 22, 23]
    assert scenario.ids["restored"] in living[2]["Orders"]
    assert "Since" in scenario.schemas[reading][1]["Customers"]
    assert third


def test_ids_in_place_of_names_fit_into_postgresql(database, tmp_path):
    """What the page says against names over 63 bytes."""
    place = Place(tmp_path, database.url, QUICK[0])
    place.program.load(play_long_names(naming="id"), place, {})
    (table,) = place.program.read(place).values()
    (row,) = table.rows
    assert {"1", "2"} <= set(row.values())


def test_tables_of_mariadb_are_read_back(mysql, tmp_path):
    """With any name, and a number without the zeros that its type adds."""
    with mysql_database(mysql) as own:
        own.execute("CREATE TABLE `a ``b` (`_id` VARCHAR(22), `x y` DECIMAL(65,30), t TIMESTAMP)")
        own.execute("INSERT INTO `a ``b` VALUES ('r', 499.99, '2024-06-05 08:20:00')")
        own.execute("CREATE TABLE `empty` (`_id` VARCHAR(22))")
        place = replace(Place(tmp_path, "", QUICK[0]), mysql=own)
        assert list(read_mysql(place)) == ["a `b", "empty"]
        table = read_mysql(place)["a `b"]
    assert table.types == {"_id": "varchar", "x y": "decimal", "t": "timestamp"}
    ((_, number, moment),) = [row.values() for row in table.rows]
    assert str(number) == "499.99"
    assert moment.isoformat(" ") == "2024-06-05 08:20:00"


def test_tables_of_sqlite_are_read_back(tmp_path):
    with closing(sqlite3.connect(tmp_path / "warehouse.db")) as database:
        database.execute('CREATE TABLE "a ""b" (_id VARCHAR, "x y" FLOAT)')
        database.execute('INSERT INTO "a ""b" VALUES (\'r\', 499.99)')
        database.commit()
    found = read_sqlite(Place(tmp_path, "", QUICK[0]))
    assert found == {
        'a "b': Table({"_id": "varchar", "x y": "float"}, [{"_id": "r", "x y": 499.99}])
    }


def test_every_loader_is_on_the_page():
    assert list(load_results()) == [program.name for program in PROGRAMS]


def test_a_difference_is_seen(scenario, sandbox, base):
    """The comparison of the page finds a value that is wrong, a row too few and one too many."""
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    run = read(config_of(sandbox, base))
    rows = {record["_id"]: record for record in run.records("T")}
    schemas = {"T": run.schema("T")["properties"]}

    def reported(stored):
        types = dict.fromkeys(schemas["T"], "text")
        return compare({"T": Table(types, stored)}, {"T": rows}, schemas)

    first, second = rows.values()
    assert reported([first, second]) == {}
    assert reported([first, second, {**second, "_deleted_at": "now", "_id": "dead"}]) == {}
    assert reported([first]) == {"missing": 1}
    assert reported([first, second, {**second, "_id": "x"}]) == {"unexpected": 1}
    assert reported([first, {**second, "Name": "c"}]) == {"columns": {"T.Name": 1}}
    assert compare({}, {"T": rows}, schemas) == {"absent": ["T"]}
