"""`target-seatable load` brings files into a base in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from seatable_sandbox import Sandbox
from tests.old_python import IGNORED


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("gateway") as sandbox:
        yield sandbox


@pytest.fixture
def base(sandbox, request):
    return sandbox.create_base(request.node.name[:60])


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,name,born\n1,Ada Lovelace,1815-12-10\n2,Alan Turing,1912-06-23\n")
    return path


def load(sandbox, base, *arguments, folder, **settings):
    environment = {
        "TARGET_SEATABLE_SERVER_URL": sandbox.url,
        "TARGET_SEATABLE_API_TOKEN": base.api_token,
        **{
            f"TARGET_SEATABLE_{name.upper()}": value
            if isinstance(value, str)
            else json.dumps(value)
            for name, value in settings.items()
        },
    }
    program = Path(sys.executable).with_name("target-seatable")
    return subprocess.run(
        [program, "load", *map(str, arguments)],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def retry(sandbox, base, path, **settings):
    program = Path(sys.executable).with_name("target-seatable")
    return subprocess.run(
        [program, "--config=ENV", "--retry-rejected", path],
        env={
            **os.environ,
            "TARGET_SEATABLE_SERVER_URL": sandbox.url,
            "TARGET_SEATABLE_API_TOKEN": base.api_token,
            **{f"TARGET_SEATABLE_{name.upper()}": json.dumps(settings[name]) for name in settings},
        },
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def rows_of(base, table):
    return [
        {name: value for name, value in row.items() if not name.startswith("_")}
        for row in base.rows(table)
    ]


def test_a_file_is_loaded_and_again_updates_its_rows(sandbox, base, people, tmp_path):
    for number in range(2):
        ended = load(sandbox, base, people, "--key", "id", folder=tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == ""
        assert ended.stderr.count("Created table 'people' with the columns 'id' (") == (not number)
    people.write_text("id,name,born\n2,Alan M. Turing,1912-06-23\n3,Grace Hopper,1906-12-09\n")
    assert load(sandbox, base, people, "--key", "id", folder=tmp_path).returncode == 0
    rows = {row["id"]: row["name"] for row in rows_of(base, "people")}
    assert rows == {1: "Ada Lovelace", 2: "Alan M. Turing", 3: "Grace Hopper"}


def test_several_files_are_several_tables_with_their_types(sandbox, base, people, tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.append(["order", "share"])
    workbook.active.append(["A-1", 0.345])
    workbook.active["B2"].number_format = "0.0%"
    workbook.save(tmp_path / "orders.xlsx")
    ended = load(sandbox, base, people, tmp_path / "orders.xlsx", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert rows_of(base, "orders") == [{"order": "A-1", "share": 0.345}]
    [table] = [
        table for table in base.metadata()["metadata"]["tables"] if table["name"] == "orders"
    ]
    share = next(column for column in table["columns"] if column["name"] == "share")
    assert share["data"]["format"] == "percent"
    assert len(rows_of(base, "people")) == 2


def test_each_of_several_files_may_have_its_own_key(sandbox, base, people, tmp_path):
    orders, guests = tmp_path / "orders.csv", tmp_path / "guests.csv"
    orders.write_text("order,pieces\nA-1,1\n")
    guests.write_text("id,room\n1,7\n")
    keys = ("--key", "id", "--key", "orders=order")
    for _ in range(2):
        ended = load(sandbox, base, people, orders, guests, *keys, folder=tmp_path)
        assert ended.returncode == 0, ended.stderr
    counts = {name: len(rows_of(base, name)) for name in ("people", "orders", "guests")}
    assert counts == {"people": 2, "orders": 1, "guests": 1}


def test_the_key_of_a_table_goes_by_its_name_in_the_base_too(sandbox, base, people, tmp_path):
    for key in ("people=id", "Guests=id"):
        options = ("--table", "Guests", "--key", key)
        assert load(sandbox, base, people, *options, folder=tmp_path).returncode == 0
    assert len(rows_of(base, "Guests")) == 2


def test_a_table_can_be_named(sandbox, base, people, tmp_path):
    ended = load(sandbox, base, people, "--table", "Guests", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert len(rows_of(base, "Guests")) == 2
    (tmp_path / "b.csv").write_text("a\n1\n")
    ended = load(sandbox, base, people, tmp_path / "b.csv", "--table", "X", folder=tmp_path)
    assert ended.returncode == 78
    assert "--table names one table, but there are several" in ended.stderr


def test_what_a_named_table_rejects_is_retried_into_it(sandbox, base, people, tmp_path):
    load(sandbox, base, people, "--table", "Guests", "--key", "id", folder=tmp_path)
    people.write_text("id,name,born\n3,Grace Hopper,once\n")
    ended = load(sandbox, base, people, "--table", "Guests", "--key", "id", folder=tmp_path)
    assert ended.returncode == 65
    [line] = [line for line in ended.stderr.splitlines() if "1 record was rejected." in line]
    assert "It is in" in line
    assert "The first reason: " in line
    assert "'once'" in line
    path = tmp_path / "target-seatable-rejected.jsonl"
    path.write_text(path.read_text().replace('"once"', '"1906-12-09"'))
    path.write_text(path.read_text().replace('"Grace Hopper"', "7"))
    ended = retry(sandbox, base, path)
    assert ended.returncode == 65, ended.stderr  # and the line keeps its table
    path.write_text(
        path.read_text()
        .replace('"name": 7', '"name": "Grace Hopper"')
        .replace('"name":7', '"name":"Grace Hopper"')
    )
    ended = retry(sandbox, base, path, table_mapping={"people": "Other"})
    assert ended.returncode == 0, ended.stderr
    assert len(rows_of(base, "Guests")) == 3
    assert [table["name"] for table in base.metadata()["metadata"]["tables"]] == ["Guests"]


def test_records_of_one_stream_for_two_tables_are_not_mixed(sandbox, base, people, tmp_path):
    for options in (["--table", "Guests"], []):
        people.write_text("id,name,born\n1,Ada Lovelace,1815-12-10\n")
        load(sandbox, base, people, *options, "--key", "id", folder=tmp_path)
        people.write_text("id,name,born\n3,Grace Hopper,once\n")
        load(sandbox, base, people, *options, "--key", "id", folder=tmp_path)
    path = tmp_path / "target-seatable-rejected.jsonl"
    path.write_text(path.read_text().replace('"once"', '"1906-12-09"'))
    before = path.read_bytes()
    ended = retry(sandbox, base, path)
    assert ended.returncode == 78
    assert "were to go into several tables: --table was 'Guests' for some" in ended.stderr
    assert path.read_bytes() == before
    assert len(rows_of(base, "Guests")) == len(rows_of(base, "people")) == 1


def test_a_dry_run_changes_nothing(sandbox, base, people, tmp_path):
    ended = load(sandbox, base, people, "--dry-run", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "Would create table 'people' with the columns " in ended.stderr
    assert "in a real run 2 rows added" in ended.stderr
    assert "people" not in [table["name"] for table in base.metadata()["metadata"]["tables"]]


def test_the_log_tells_what_a_load_did(sandbox, base, people, tmp_path, monkeypatch):
    log = load(sandbox, base, people, "--key", "id", folder=tmp_path).stderr
    assert "target_seatable.target | Stream 'people': 2 rows added" in " ".join(log.split())
    assert not [word for word in ("METRIC", "DEBUG", "Parsing") if word in log]
    monkeypatch.setenv("TARGET_SEATABLE_LOGLEVEL", "error")
    monkeypatch.setenv("PYTHONWARNINGS", IGNORED)
    assert load(sandbox, base, people, "--key", "id", folder=tmp_path).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["none.csv"], 78, "There is no file none.csv"),
        (
            ["people.csv", "--key", "nr"],
            78,
            "The key 'nr' of stream 'people' is not a column",
        ),
        (["people.csv", "--key", "Poeple=id"], 78, "names table 'Poeple', which does not exist"),
        (["bad.csv"], 65, "line 2 has 3"),
        (["people.csv", "--config", "none.json"], 78, "none.json cannot be read"),
    ],
)
def test_mistakes_are_a_sentence_before_anything_is_loaded(
    sandbox, base, people, tmp_path, arguments, code, sentence
):
    del people
    (tmp_path / "bad.csv").write_text("a,b\n1,2,3\n")
    ended = load(sandbox, base, *arguments, folder=tmp_path)
    assert ended.returncode == code
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert base.metadata()["metadata"]["tables"] == []
