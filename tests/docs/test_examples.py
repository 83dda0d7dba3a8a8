"""What the README tells to type does what it says."""

import json
import os

from demo.postgres import temporary_database
from seatable_sandbox import Fault, Sandbox
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
    with temporary_database(os.environ.get("TEST_POSTGRES_URL")) as database:
        assert _WRITTEN_DATABASE in script
        served.run_meltano(script.replace(_WRITTEN_DATABASE, database.sqlalchemy_url("psycopg")))
        assert len(database.rows("seatable", "Orders")) == 24
    products = (served.folder / "output" / "Products.jsonl").read_text(encoding="utf-8")
    assert len(products.splitlines()) == 10
    stock = {
        row["sku"]: (row["name"], row["price"], row["since"]) for row in read_back(served, "stock")
    }
    assert stock == {"T1": ("Teapot", 34, "2024-03-01"), "T2": ("Green tea", 7.25, "2023-11-16")}
