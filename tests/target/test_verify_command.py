"""`target-seatable verify` with real programs: what was loaded is what the base holds."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from demo import files
from seatable_sandbox import Sandbox
from target_seatable.__main__ import load_command, verify_command

COMMAND = Path(sys.executable).with_name("target-seatable")


_numbers = itertools.count()


@pytest.fixture(scope="module")
def server():
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        yield sandbox


@pytest.fixture
def base(server):
    return server.create_base(f"To verify {next(_numbers)}")


@pytest.fixture
def target(tmp_path, server, base, caplog):
    """Runs a sub-command in this process; returns its output lines, or the log of a failure."""

    def run(name, *arguments, code=0, **settings):
        path = tmp_path / "config.json"
        given = {"server_url": server.url, "api_token": base.api_token, **settings}
        path.write_text(json.dumps(given), encoding="utf-8")
        command = {"load": load_command, "verify": verify_command}[name]
        ended = CliRunner().invoke(command, [f"--config={path}", *map(str, arguments)])
        assert ended.exit_code == code, ended.output + caplog.text
        assert "s3cret" not in caplog.text
        return ended.stdout.splitlines() if code in {0, 1} else caplog.text

    return run


def found(lines):
    return {result["stream"]: result for result in map(json.loads, lines)}


def test_real_files_by_key_and_without(tmp_path, base, target):
    given = files.copy_files(tmp_path / "csv")
    for name, file in given.items():
        target("load", file.path, *(f"--key={key}" for key in files.KEYS[name]))
    keys = {name: list(key) for name, key in files.KEYS.items()}
    results = found(target("verify", "--json", tmp_path / "csv", key_properties=keys))
    assert set(results) == set(given)
    assert {name: result["rows"] for name, result in results.items()} == {
        name: len(file.rows()) for name, file in given.items()
    }
    [person, *_] = base.rows("la-riots")
    base.update_rows("la-riots", {person["_id"]: {"last_name": "Changed"}})
    [airport, *_] = base.rows("airports")
    base.update_rows("airports", {airport["_id"]: {"latitude": 1.5}})
    base.delete_rows("seattle-weather", [base.rows("seattle-weather")[0]["_id"]])
    base.append_rows("us-employment", [{"month": "2030-01-01"}])
    results = found(target("verify", "--json", tmp_path / "csv", code=1, key_properties=keys))
    counts = {
        name: (result["missing"], result["unexpected"], result["changed"])
        for name, result in results.items()
    }
    assert counts == {
        "la-riots": (1, 1, 0),
        "airports": (0, 0, 1),
        "seattle-weather": (0, 1, 0),
        "us-employment": (1, 0, 0),
        "iowa-electricity": (0, 0, 0),
    }
    assert results["airports"]["columns"] == {"latitude": 1}
    only = found(target("verify", "--json", "--table=iowa*", tmp_path / "csv"))
    assert set(only) == {"iowa-electricity"}


def test_a_database(tmp_path, base, target):
    base.create_table("Orders", [
        {"column_name": "id", "column_type": "number"},
        {"column_name": "ordered", "column_type": "date", "column_data": {"format": "YYYY-MM-DD"}},
        {"column_name": "at", "column_type": "text"},
        {"column_name": "note", "column_type": "text"},
        {"column_name": "Other", "column_type": "text"},
    ])  # fmt: skip
    base.append_rows("Orders", [
        {"id": 1, "ordered": "2024-06-05", "at": "2024-06-05T10:20:30+00:00", "note": "one"},
        {"id": 2, "note": ""},
    ])  # fmt: skip
    engine = sa.create_engine(f"sqlite:///{tmp_path}/source.db", poolclass=sa.NullPool)
    orders = sa.Table(
        "orders", sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True), sa.Column("ordered", sa.Date),
        sa.Column("at", sa.DateTime), sa.Column("note", sa.Text),
    )  # fmt: skip
    with engine.begin() as connection:
        orders.create(connection)
        connection.execute(sa.text(
            "INSERT INTO orders VALUES (1, '2024-06-05', '2024-06-05 10:20:30.000000', 'one'),"
            " (2, NULL, NULL, NULL)"
        ))  # fmt: skip
    mapping = {"main-orders": "Orders"}
    assert found(target("verify", "--json", engine.url, table_mapping=mapping))["Orders"]["equal"]
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE orders SET at = '2024-06-05 10:20:31' WHERE id = 1"))
    result = found(target("verify", "--json", engine.url, code=1, table_mapping=mapping))["Orders"]
    assert result["columns"] == {"at": 1}
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE orders ADD COLUMN extra TEXT"))
    result = found(target("verify", "--json", engine.url, code=1, table_mapping=mapping))["Orders"]
    assert result["missing_columns"] == ["extra"]
    lines = target("verify", engine.url, code=1)
    assert "orders: The base has no such table." in "\n".join(lines)
    engine.dispose()


def test_rows_that_a_load_has_marked_as_deleted_are_gone(tmp_path, base, target):
    (tmp_path / "people.csv").write_text("id,name\n1,Ann\n2,Bob\n", encoding="utf-8")
    target("load", tmp_path / "people.csv", "--key=id")
    base.add_column("people", "_sdc_deleted_at", "text")
    [_, bob] = base.rows("people")
    base.update_rows("people", {bob["_id"]: {"_sdc_deleted_at": "2024-06-05T00:00:00Z"}})
    (tmp_path / "people.csv").write_text("id,name\n1,Ann\n", encoding="utf-8")
    for key in ("id", "people=id"):
        assert found(target("verify", "--json", f"--key={key}", tmp_path / "people.csv"))


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("Poeple=id", "--key 'Poeple=id' names table 'Poeple', which does not exist"),
        ("nr", "The key of 'people' names 'nr', which is not a column of people"),
    ],
)
def test_a_key_that_fits_nothing_ends_the_comparison(tmp_path, target, key, sentence):
    (tmp_path / "people.csv").write_text("id,name\n1,Ann\n", encoding="utf-8")
    target("load", tmp_path / "people.csv")
    assert sentence in target("verify", f"--key={key}", tmp_path / "people.csv", code=78)


def test_it_is_a_program(tmp_path, server, base, target):
    (tmp_path / "people.csv").write_text("id,name\n1,Ann\n", encoding="utf-8")
    target("load", tmp_path / "people.csv")
    ended = subprocess.run(
        [COMMAND, "verify", f"--config={tmp_path / 'config.json'}", tmp_path / "people.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[1].split() == ["people", "people", *"11000", "equal"]


def test_a_key_that_several_rows_of_the_base_have(tmp_path, base, target):
    (tmp_path / "people.csv").write_text("id,name\n1,Ann\n", encoding="utf-8")
    target("load", tmp_path / "people.csv")
    target("load", tmp_path / "people.csv")
    key = "--key=people=id"
    result = found(target("verify", "--json", key, tmp_path / "people.csv", code=1))["people"]
    assert (result["missing"], result["unexpected"]) == (1, 0)
    assert "in the base more than once" in result["examples"][0]
    assert len(base.rows("people")) == 2


@pytest.fixture
def linked(tmp_path, base, target):
    """People that a load has linked to teams by a number; the first has more teams than a cell."""
    base.create_table("teams", [
        {"column_name": "name", "column_type": "text"},
        {"column_name": "number", "column_type": "number"},
    ])  # fmt: skip
    base.append_rows("teams", [{"name": f"team {n}", "number": n} for n in range(1, 62)])
    base.create_table("people", [{"column_name": "id", "column_type": "number"}])
    base.add_column("people", "team", "link", {"table": "people", "other_table": "teams"})
    many = [*range(60, 0, -1), 1]
    write_lines(tmp_path, [{"id": 1, "team": many}, {"id": 2, "team": 3}, {"id": 3}])
    by = {"people.team": "number"}
    target("load", tmp_path / "people.jsonl", "--key=id", links=by)
    return by


def write_lines(folder, rows):
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "people.jsonl").write_text(lines, encoding="utf-8")


def verify_people(tmp_path, target, code, **settings):
    arguments = ("--json", "--key=people=id", tmp_path / "people.jsonl")
    return found(target("verify", *arguments, code=code, **settings))["people"]


def test_links_by_key_are_compared(tmp_path, base, target, linked):
    many = list(range(1, 61))
    assert verify_people(tmp_path, target, 0, links=linked)["equal"]
    for rows in (
        [{"id": 1, "team": many[1:]}, {"id": 2, "team": 3}, {"id": 3}],
        [{"id": 1, "team": [*many, 61]}, {"id": 2, "team": 3}, {"id": 3}],
        [{"id": 1, "team": many}, {"id": 2, "team": 4}, {"id": 3}],
        [{"id": 1, "team": many}, {"id": 2, "team": [3, 4]}, {"id": 3}],
        [{"id": 1, "team": many}, {"id": 2}, {"id": 3}],
        [{"id": 1, "team": many}, {"id": 2, "team": 3}, {"id": 3, "team": 99}],
    ):
        write_lines(tmp_path, rows)
        result = verify_people(tmp_path, target, 1, links=linked)
        assert (result["changed"], result["columns"]) == (1, {"team": 1})
    write_lines(tmp_path, [{"id": 1, "team": many}, {"id": 2, "team": "3"}, {"id": 3, "team": []}])
    assert verify_people(tmp_path, target, 0, links=linked)["equal"]
    [row] = [row for row in base.rows("people") if row["id"] == 2]
    base.link("people", "team", {row["_id"]: []})
    assert verify_people(tmp_path, target, 1, links=linked)["columns"] == {"team": 1}


def test_links_by_id_are_compared(tmp_path, base, target, linked):
    ids = {row["number"]: row["_id"] for row in base.rows("teams")}
    rows = [
        {"id": 1, "team": [{"row_id": ids[n]} for n in range(1, 61)]},
        {"id": 2, "team": ids[3]},
        {"id": 3, "team": None},
    ]
    write_lines(tmp_path, rows)
    assert verify_people(tmp_path, target, 0)["equal"]
    write_lines(tmp_path, [rows[0], {"id": 2, "team": ids[4]}, rows[2]])
    assert verify_people(tmp_path, target, 1)["columns"] == {"team": 1}


def test_a_table_that_several_links_lead_to_is_read_once(tmp_path, sandbox, base, target, linked):
    base.add_column("people", "boss of", "link", {"table": "people", "other_table": "teams"})
    [row] = [row for row in base.rows("people") if row["id"] == 2]
    team = next(row["_id"] for row in base.rows("teams") if row["number"] == 4)
    base.link("people", "boss of", {row["_id"]: [team]})
    calls = []
    for boss, links in ((team, linked), (4, linked | {"people.boss of": "number"})):
        ann = {"id": 1, "team": [*range(1, 61)], "boss of": []}
        write_lines(tmp_path, [ann, {"id": 2, "team": 3, "boss of": boss}, {"id": 3}])
        before = len(sandbox.calls)
        assert verify_people(tmp_path, target, 0, links=links)["equal"]
        calls.append(len(sandbox.calls) - before)
    assert calls[0] == calls[1]


@pytest.mark.usefixtures("linked")
def test_links_by_a_column_that_is_missing_are_a_sentence(tmp_path, target):
    log = target("verify", tmp_path / "people.jsonl", code=78, links={"people.team": "Nummer"})
    assert "links names column 'Nummer' for 'team' of table 'people'" in log


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 78, "Name what was loaded"),
        (("nowhere.csv",), 78, "nowhere.csv"),
        (("postgresql+psycopg://u:s3cret@127.0.0.1:1/d",), 78, "Check the URL"),
    ],
)
def test_mistakes_are_sentences(target, arguments, code, sentence):
    log = target("verify", *arguments, code=code)
    assert sentence in log
    assert "Traceback" not in log
