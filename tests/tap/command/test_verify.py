"""`tap-seatable verify` with real programs: what it finds, what it costs and how it ends."""

import io
import itertools
import json
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from seatable_sandbox import Sandbox
from seatable_sandbox.demo import make_demo
from tap_seatable.__main__ import verify_command
from target_seatable.target import TargetSeaTable
from tests.tap.support import config_of, discover, make_table, read
from tests.tap.zoo import add_zoo, link_zoo

_numbers = itertools.count()


@pytest.fixture(scope="module")
def server():
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        yield sandbox


@pytest.fixture
def base(server):
    return server.create_base(f"To verify {next(_numbers)}")


@pytest.fixture
def config(tmp_path, server, base):
    """The file of settings."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_of(server, base)), encoding="utf-8")
    return path


def run_program(*arguments):
    """The installed command."""
    program = Path(sys.executable).with_name("tap-seatable")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def invoke(*arguments, env=None):
    """The command's end in this process."""
    return CliRunner().invoke(verify_command, [*map(str, arguments)], env=env)


@pytest.fixture
def verify(config):
    """Runs the command; returns what it found of each table."""

    def run(*arguments, code=0, env=None):
        ended = invoke(f"--config={config}", "--json", *arguments, env=env)
        assert ended.exit_code == code, ended.output
        return {result["stream"]: result for result in map(json.loads, ended.stdout.splitlines())}

    return run


@pytest.fixture
def load(tmp_path, config):
    """Runs the tap, and appends its records to files as a loader of JSON lines does."""
    folder = tmp_path / "lines"
    folder.mkdir()

    def run():
        for message in read(json.loads(config.read_text("utf-8"))).messages_of("RECORD"):
            with (folder / f"{message['stream']}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(message["record"]) + "\n")
        return folder

    return run


def test_every_column_type_is_equal_and_every_change_is_found(server, base, load, verify):
    add_zoo(base)
    link_zoo(config_of(server, base), base)
    folder = load()
    found = verify(folder)
    assert {stream: result["rows"] for stream, result in found.items()} == {
        table: len(base.rows(table)) for table in ("Zoo", "Others")
    }
    full, *_ = base.rows("Zoo")
    base.update_rows("Zoo", {full["_id"]: {"Number": 12345}})
    zoo = verify(folder, code=1)["Zoo"]
    assert zoo["changed"] == 1
    assert {"Number", "Double", "_mtime"} <= set(zoo["columns"])
    base.delete_rows("Zoo", [full["_id"]])
    assert verify(folder, code=1)["Zoo"]["unexpected"] == 1


def test_deleted_rows_are_gone_at_both_ends(base, load, verify):
    ids = make_table(base, rows=3)
    folder = load()
    base.delete_rows("Things", ids[:1])
    with (folder / "Things.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"_id": ids[0], "_deleted_at": "2024-06-05T10:00:00Z"}) + "\n")
    found = verify(folder)["Things"]
    assert (found["rows"], found["rows_there"]) == (2, 2)


def test_a_table_of_a_database(tmp_path, base, verify):
    make_table(base, "Some Things", 3)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/warehouse.db", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(
            "CREATE TABLE some_things (_id, _ctime, _mtime, _creator, _last_modifier, name, amount)"
        ))  # fmt: skip
        for row in base.rows("Some Things"):
            connection.execute(
                sa.text("INSERT INTO some_things VALUES (:i, :c, :m, :u, :l, :n, :a)"),
                {"i": row["_id"], "c": row["_ctime"], "m": row["_mtime"], "u": row["_creator"],
                 "l": row["_last_modifier"], "n": row["Name"], "a": str(row["Amount"])},
            )  # fmt: skip
    assert verify(engine.url)["Some Things"]["place"] == "main.some_things"
    place = {"TAP_SEATABLE_VERIFY_WAREHOUSE": str(engine.url)}
    assert verify(env=place)["Some Things"]["rows_there"] == 3
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE some_things SET name = 'x' WHERE amount = '1'"))
    found = verify(engine.url, code=1)["Some Things"]
    assert found["columns"] == {"Name": 1}
    assert '"row 1" in the base and "x" in the warehouse' in found["examples"][0]
    engine.dispose()


def test_it_costs_what_a_first_run_costs(server, base, load, verify):
    make_table(base, rows=25)
    server.calls.clear()
    folder = load()
    first = len(server.calls)
    server.calls.clear()
    verify(folder)
    assert len(server.calls) == first <= 6  # a token, the structure, and two for each table
    assert all(call.method == "GET" or call.path.endswith("/sql/") for call in server.calls)


def test_a_copy_is_compared_with_its_original(tmp_path, server, caplog):
    demo = make_demo(server)
    origin = tmp_path / "origin.json"
    origin.write_text(json.dumps(config_of(server, demo)), encoding="utf-8")
    copy = server.create_base("Copy")
    messages = read(config_of(server, demo)).messages
    lines = "".join(json.dumps(message) + "\n" for message in messages).encode()
    with redirect_stdout(io.StringIO()):
        TargetSeaTable(config=config_of(server, copy)).run(io.BytesIO(lines))
    copied = tmp_path / "copy.json"
    copied.write_text(json.dumps(config_of(server, copy)), encoding="utf-8")
    options = (f"--config={origin}", f"--other-base={copied}", "--json")
    ended = invoke(*options)
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.exit_code == 0, [comparison["examples"] for comparison in found]
    assert len(found) == 4

    first, second, *_ = copy.rows("Products")
    copy.update_rows("Products", {first["_id"]: {"Price": 99}})
    ended = invoke(*options, "--key=Products=Name")
    assert ended.exit_code == 1
    changed = {
        comparison["stream"]: comparison
        for comparison in map(json.loads, ended.stdout.splitlines())
    }["Products"]
    assert (changed["changed"], changed["missing"], changed["unexpected"]) == (1, 0, 0)
    assert changed["columns"]["Price"] == 1
    assert first["Name"] in changed["examples"][0]
    assert second["Name"] not in changed["examples"][0]
    for key, sentence in [
        ("Products=Nothing", "stream 'Products' has no such column"),
        ("Nothing", "has no such column"),
        ("Prodcuts=Name", "--key 'Prodcuts=Name' names table 'Prodcuts', which does not exist"),
    ]:
        caplog.clear()
        assert invoke(*options, f"--key={key}").exit_code == 78
        assert sentence in caplog.text
    alone = {**json.loads(origin.read_text(encoding="utf-8")), "tables": ["Products"]}
    origin.write_text(json.dumps(alone), encoding="utf-8")
    [found] = [json.loads(line) for line in invoke(*options, "--key=Name").stdout.splitlines()]
    assert (found["changed"], found["missing"], found["unexpected"]) == (1, 0, 0)
    ended = invoke(str(origin), f"--config={origin}", "--key=Name")
    assert ended.exit_code == 78
    assert "--key is for --other-base" in caplog.text


def test_people_get_a_table(base, config, load):
    make_table(base, rows=2)
    folder = load()
    ended = run_program("verify", f"--config={config}", str(folder))
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0].split() == [
        "stream", "table", "base", "warehouse", "missing", "unexpected", "changed",
    ]  # fmt: skip
    assert lines[1].split() == ["Things", "Things.jsonl", "2", "2", "0", "0", "0", "equal"]
    assert lines[-1] == "1 table compared, all equal, value by value."
    (folder / "Things.jsonl").unlink()
    (folder / "Others.jsonl").write_text("{}\n", encoding="utf-8")
    ended = invoke(f"--config={config}", folder)
    assert ended.exit_code == 1
    assert "The warehouse has no such table." in ended.stdout
    assert ended.stdout.endswith("1 of 1 table differ.\n")


def test_a_catalog_selects_and_attachments_are_not_downloaded(tmp_path, server, base, verify):
    make_table(base, rows=1)
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "Things.jsonl").write_text("{}\n", encoding="utf-8")
    settings = config_of(server, base, attachments="download", attachments_path=str(tmp_path / "f"))
    (tmp_path / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    catalog = discover(settings)
    for stream in catalog["streams"]:
        selection = next(entry for entry in stream["metadata"] if not entry["breadcrumb"])
        selection["metadata"]["selected"] = False
    (tmp_path / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
    assert not verify(folder, code=1)["Things"]["equal"]
    assert verify(folder, f"--catalog={tmp_path / 'catalog.json'}", code=78) == {}
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name what to compare the base with"),
        (("nowhere",), "There is no folder 'nowhere'"),
        (("x://u:s3cret@h/d",), "SQLAlchemy does not support the URL"),
        ((".", "--time-zone=Nowhere"), "is not a time zone"),
        (("nowhere", "--other-base=x.json"), "Name what to compare the base with"),
    ],
)
def test_mistakes_are_sentences(config, caplog, arguments, sentence):
    ended = invoke(f"--config={config}", *arguments)
    assert ended.exit_code == 78, caplog.text
    assert sentence in caplog.text
    assert "s3cret" not in caplog.text
    assert "Traceback" not in caplog.text
    assert ended.stdout == ""


def test_a_database_that_is_not_there_is_not_made(tmp_path, config, caplog):
    path = tmp_path / "typing-error.db"
    assert invoke(f"--config={config}", f"sqlite:///{path}").exit_code == 78
    assert f"There is no SQLite database '{path}'." in caplog.text
    assert not path.exists()
