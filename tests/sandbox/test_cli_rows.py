"""`seatable-sandbox row` and `reset`, on a sandbox that runs."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from seatable_sandbox import Fault, Sandbox, SandboxBase, cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COLUMNS: list[dict[str, Any]] = [
    {"column_name": "Name", "column_type": "text"},
    {"column_name": "N", "column_type": "number"},
    {"column_name": "a=b", "column_type": "text"},
    {"column_name": "Labels", "column_type": "multiple-select"},
    {"column_name": "Good", "column_type": "checkbox"},
    {"column_name": "Day", "column_type": "date"},
    {"column_name": "Twice", "column_type": "formula", "column_data": {"formula": "{N} * 2"}},
]
PROFILES = ("gateway", "cloud-5.0", "v1", "v1-2020")


@pytest.fixture(params=PROFILES)
def server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param) as running:
        yield running


@pytest.fixture
def shop(server: Sandbox) -> SandboxBase:
    base = server.create_base("Shop")
    base.create_table("T", COLUMNS)
    for label in ("x", "y"):  # servers of 2020 take known options only
        base.append_rows("T", [{"Name": "old", "Labels": [label]}])
    return base


@pytest.fixture
def run(server: Sandbox) -> Callable[..., Any]:
    def call(*arguments: str) -> Any:
        return CliRunner().invoke(cli.main, [*arguments, "--url", server.url])

    return call


def cells(base: SandboxBase, name: str) -> dict[str, Any]:
    (row,) = (row for row in base.rows("T") if row["Name"] == name)
    return row


def test_a_row_is_added_changed_and_deleted(
    server: Sandbox, shop: SandboxBase, run: Callable[..., Any]
) -> None:
    added = run("row", "add", "T", "Name=0123", "N=34", "a=b=c=d", "Good=yes", "Day=2024-05-06")
    assert added.exit_code == 0, added.output
    row = cells(shop, "0123")
    assert (row["N"], row["a=b"], row["Good"], row["Twice"]) == (34, "c=d", True, 68)
    assert row["Day"].startswith("2024-05-06")
    if server.profile.append_answers_row:
        assert added.output == f"{row['_id']}\n"
    changed = run("row", "set", "T", "0123", "N=", "Name=Tea")
    assert changed.output == f"Changed N, Name of row {row['_id']}.\n"
    assert cells(shop, "Tea")["N"] is None
    assert run("row", "delete", "T", row["_id"]).output == f"Deleted row {row['_id']}.\n"
    assert [known["Name"] for known in shop.rows("T")] == ["old", "old"]


def test_it_is_a_call_like_any_other(
    server: Sandbox, shop: SandboxBase, run: Callable[..., Any]
) -> None:
    server.calls.clear()
    run("row", "add", "T", "Name=new")
    assert [call.method for call in server.calls] == ["GET", "GET", "POST"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("row", "add", "U", "Name=x"), "The base has no table 'U'. It has: T."),
        (("row", "add", "T", "Nam=x"), "Table 'T' has no column 'Nam'. It has: Name, N"),
        (("row", "add", "T", "Name"), "'Name' has no value; write it as NAME=VALUE."),
        (("row", "add", "T", "Twice=2"), "Column 'Twice' is of type formula and cannot be written"),
        (("row", "add", "T", "N=1", "N=2"), "Column 'N' is given twice; give it once."),
        (("row", "add", "T"), "Missing argument 'COLUMN=VALUE...'."),
        (("row", "set", "T", "none", "N=1"), "Table 'T' has no row with the id or the Name 'none'"),
        (("row", "delete", "T", "old"), "Table 'T' has 2 rows with the Name 'old'; name one by"),
        (("row", "delete", "T", "x", "--base", "B"), "The sandbox has no base 'B'. It has: Shop."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    shop: SandboxBase, run: Callable[..., Any], arguments: tuple[str, ...], message: str
) -> None:
    before = shop.rows("T")
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert shop.rows("T") == before


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_a_locked_row_is_not_taken_for_changed(gateway: Sandbox) -> None:
    base = gateway.create_base("Shop")
    base.create_table("T", COLUMNS)
    base.lock_rows("T", base.append_rows("T", [{"Name": "a"}]))
    for command in (["set", "T", "a", "N=1"], ["delete", "T", "a"]):
        result = CliRunner().invoke(cli.main, ["row", *command, "--url", gateway.url])
        assert (result.exit_code, "is locked" in result.output) == (1, True)


def test_a_row_on_the_last_page_is_found(gateway: Sandbox) -> None:
    base = gateway.create_base("Shop")
    base.create_table("T", COLUMNS)
    base.append_rows("T", [{"Name": str(number)} for number in range(2500)])
    result = CliRunner().invoke(cli.main, ["row", "set", "T", "2499", "N=1", "--url", gateway.url])
    assert result.exit_code == 0, result.output
    assert cells(base, "2499")["N"] == 1


def test_several_bases_need_a_name(gateway: Sandbox) -> None:
    for name in ("A", "B"):
        gateway.create_base(name).create_table("T", COLUMNS)
    arguments = ["row", "add", "T", "Name=x", "--url", gateway.url]
    result = CliRunner().invoke(cli.main, arguments)
    assert "The sandbox has several bases: A, B. Choose one with --base." in result.output
    assert CliRunner().invoke(cli.main, [*arguments, "--base", "B"]).exit_code == 0


def test_an_address_without_a_server_is_told() -> None:
    arguments = ["row", "add", "T", "Name=x", "--url", "http://127.0.0.1:1"]
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exit_code == 1
    assert "No sandbox answers at http://127.0.0.1:1. Start one with" in result.output


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_that_is_no_sandbox_is_asked_once_and_never_written_to(status: int) -> None:
    asked: list[str] = []

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        for command in (["row", "add", "T", "Name=x"], ["reset"]):
            url = f"http://127.0.0.1:{other.server_port}"
            result = CliRunner().invoke(cli.main, [*command, "--url", url])
            assert result.exit_code == 1
            assert "is no sandbox, so nothing was changed" in result.output
        other.shutdown()
    assert asked == ["GET /sandbox/bases"] * 2


@pytest.mark.parametrize(
    ("fault", "words", "is_added"),
    [
        ("reset_after", "The connection broke. A fault", True),
        ("reset_before", "The connection broke. A fault", False),
        ("cut", "The connection broke. A fault", True),
        ("html", "The answer is no JSON. A fault", False),
        ("status", "The sandbox refused the request: status 502", False),
    ],
)
def test_faults_meet_these_commands_too(
    gateway: Sandbox, fault: str, words: str, is_added: bool
) -> None:
    base = gateway.create_base("Shop")
    base.create_table("T", COLUMNS)
    gateway.inject(Fault(fault, path="rows/"))
    arguments = ["row", "add", "T", "Name=x", "--url", gateway.url]
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert [row["Name"] for row in base.rows("T")] == ["x"] * is_added


def test_a_reset_brings_back_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def use(sandbox: Sandbox) -> None:
        bases = sandbox.bases()
        names = [base.name for base in bases]
        tokens = {base.name: sandbox.create_base(base.name).api_token for base in bases}
        store = sandbox._context.store
        counts = [store.count(table) for base in bases for table in base.tables]
        arguments = ["--base", "Demo", "--url", sandbox.url]
        CliRunner().invoke(cli.main, ["row", "delete", "Products", "Teapot", *arguments])
        sandbox.create_base("Later")
        result = CliRunner().invoke(cli.main, ["reset", "--url", sandbox.url])
        assert result.exit_code == 0, result.output
        assert f"The sandbox at {sandbox.url} has started anew. Bases: Demo, Mine." in result.output
        again = sandbox.bases()
        assert [base.name for base in again] == names
        assert {base.name: sandbox.create_base(base.name).api_token for base in again} == tokens
        assert [store.count(table) for base in again for table in base.tables] == counts
        assert sandbox.calls == []
        added = CliRunner().invoke(cli.main, ["row", "add", "Products", "Name=x", *arguments])
        seen.append(added.exit_code)

    monkeypatch.setattr(Sandbox, "wait", use)
    result = CliRunner().invoke(
        cli.main, ["serve", "--demo", "--port", "0", "--base", "Mine"], catch_exceptions=False
    )
    assert (result.exit_code, seen) == (0, [0])


def test_a_reset_forgets_what_was_stored_in_between(gateway: Sandbox) -> None:
    def fill() -> None:
        base = gateway.create_base("B", api_token="t")
        base.create_table("T", COLUMNS)
        base.append_rows("T", [{"Name": "a"}])

    gateway.prepare(fill)
    base = gateway.create_base("B")
    base.comment("row", "x")
    base.add_webhook("http://127.0.0.1:1/")
    base.store_file("/files/a.txt", b"a")
    base.append_rows("T", [{"Name": "b"}])
    gateway.reset()
    store = gateway._context.store
    for name in ("comments", "webhooks", "files", "trash", "links"):
        assert store.scalar(f"SELECT COUNT(*) FROM {name}") == 0, name
    assert [row["Name"] for row in gateway.create_base("B").rows("T")] == ["a"]
