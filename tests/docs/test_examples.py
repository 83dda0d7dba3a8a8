"""What the README tells to type does what it says."""

import json
import os

from demo.postgres import temporary_database
from seatable_sandbox import Fault, Sandbox
from seatable_sandbox.demo.shop import DEMO_READ_ONLY_TOKEN
from tests.docs.conftest import blocks

_WRITTEN_DATABASE = "postgresql+psycopg://user:password@localhost:5432/warehouse"


def read_back(served, table):
    """The rows of a table of the base Stock."""
    out = served.run(
        "tap-seatable --config ENV",
        TAP_SEATABLE_SERVER_URL=served.url,
        TAP_SEATABLE_API_TOKEN="my-token",
        TAP_SEATABLE_TABLES=json.dumps([table]),
    )
    messages = map(json.loads, out.splitlines())
    return [message["record"] for message in messages if message["type"] == "RECORD"]


def test_the_shell_examples_work(served):
    out = served.run("".join(blocks("README.md", "shell")))
    assert "first.jsonl:43\nsecond.jsonl:0\n" in out
    assert {row["name"]: row["born"] for row in read_back(served, "people")} == {
        "Ada Lovelace": "1815-12-10",
        "Alan Turing": "1912-06-23",
    }
    orders = read_back(served, "Orders")
    assert len(orders) == 24
    assert all(order["Customer"][0]["display_value"] for order in orders)
    assert (served.folder / "copied.json").read_text(encoding="utf-8").startswith('{"bookmarks"')
    selected = (served.folder / "selected.jsonl").read_text(encoding="utf-8").splitlines()
    streams = {message.get("stream") for message in map(json.loads, selected)}
    assert streams == {"Orders", "Products", None}


def test_the_sandbox_can_be_used_from_python_as_its_page_says():
    with Sandbox() as sandbox:
        for block in blocks("docs/sandbox.md", "python"):
            exec(block, {"sandbox": sandbox, "Fault": Fault})


def test_the_meltano_examples_work(served):
    script = "".join(blocks("docs/meltano.md", "meltano"))
    assert _WRITTEN_DATABASE in script
    with temporary_database(os.environ.get("TEST_POSTGRES_URL")) as database:
        served.run_meltano(script.replace(_WRITTEN_DATABASE, database.sqlalchemy_url("psycopg")))
        assert len(database.rows("seatable", "Orders")) == 24
    products = (served.folder / "output" / "Products.jsonl").read_text(encoding="utf-8")
    assert len(products.splitlines()) == 10
    stock = {
        row["sku"]: (row["name"], row["price"], row["since"]) for row in read_back(served, "stock")
    }
    assert stock == {"T1": ("Teapot", 34, "2024-03-01"), "T2": ("Green tea", 7.25, "2023-11-16")}


def test_the_schedule_of_meltano_runs_the_job(served):
    (script,) = blocks("docs/schedule.md", "schedule")
    settings = f"""
export TAP_SEATABLE_SERVER_URL=http://127.0.0.1:8000
export TAP_SEATABLE_API_TOKEN={DEMO_READ_ONLY_TOKEN}
export TARGET_POSTGRES_SQLALCHEMY_URL={_WRITTEN_DATABASE}
"""
    with temporary_database(os.environ.get("TEST_POSTGRES_URL")) as database:
        script = (settings + script).replace(_WRITTEN_DATABASE, database.sqlalchemy_url("psycopg"))
        served.run_meltano(script)
        assert len(database.rows("seatable", "Orders")) == 24
    assert "interval: '@hourly'" in (served.folder / "meltano.yml").read_text(encoding="utf-8")


def test_the_script_for_cron_keeps_its_state_and_runs_once_at_a_time(served):
    settings = {
        "TAP_SEATABLE_SERVER_URL": served.url,
        "TAP_SEATABLE_API_TOKEN": DEMO_READ_ONLY_TOKEN,
        "TARGET_SEATABLE_SERVER_URL": served.url,
        "TARGET_SEATABLE_API_TOKEN": "my-token",
    }
    served.run("".join(blocks("docs/schedule.md", "cron")) + "./sync.sh", **settings)
    assert len(read_back(served, "Orders")) == 24
    state = served.folder / "state.json"
    assert state.read_text(encoding="utf-8").startswith('{"bookmarks"')

    # A run without changes, and one whose tap fails: the state stays and the code is told.
    served.run("./sync.sh", **settings)
    kept = state.read_text(encoding="utf-8")
    wrong = {**settings, "TAP_SEATABLE_API_TOKEN": "0" * 40}
    out = served.run("./sync.sh || echo code $?", **wrong)
    assert out.splitlines()[-1] == "code 67"
    assert state.read_text(encoding="utf-8") == kept
    assert json.loads(kept)["bookmarks"].keys() == {"Products", "Customers", "Orders", "Every type"}

    locked = served.run("exec 8> sync.lock; flock 8; ./sync.sh || echo code $?", **settings)
    assert locked == "The last run is still going on.\ncode 75\n"
