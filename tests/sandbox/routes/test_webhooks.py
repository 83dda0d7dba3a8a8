"""Webhooks: one signed call for each operation on rows, and none that is repeated."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seatable_sandbox import Sandbox, SandboxBase
    from tests.sandbox.support import Client

SECRET = "s3cret"


class Receiver(ThreadingHTTPServer):
    """Notes each call, and answers with the next status that is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.calls.append((dict(self.headers), body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def ask(sandbox: Sandbox, base: SandboxBase) -> Callable[..., Any]:
    """Ask for webhooks of the base with the account token."""

    def run(method: str, path: str = "", **form: str) -> Any:
        return requests.request(
            method,
            f"{sandbox.url}/api/v2.1/workspace/1/dtable/{base.name}/webhooks/{path}",
            headers={"Authorization": f"Token {sandbox.account_token}"},
            data=form,
            timeout=10,
        )

    return run


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen")


def test_a_webhook_is_made_changed_and_deleted(ask) -> None:
    made = ask("POST", url="https://example.com/hook", secret=SECRET)
    assert made.status_code == 200
    webhook = made.json()["webhook"]
    assert webhook["url"] == "https://example.com/hook"
    assert webhook["settings"]["secret"] == SECRET
    assert ask("GET").json() == {"webhook_list": [webhook]}
    changed = ask("PUT", f"{webhook['id']}/", url="https://example.com/other").json()["webhook"]
    assert changed == {**webhook, "url": "https://example.com/other"}
    assert ask("DELETE", f"{webhook['id']}/").json() == {"success": True}
    assert ask("GET").json() == {"webhook_list": []}
    assert ask("DELETE", f"{webhook['id']}/").status_code == 404
    assert ask("POST", url="ftp://example.com").status_code == 400
    assert ask("POST").status_code == 400


def test_a_change_of_rows_is_announced_signed(
    table: SandboxBase, client: Client, receiver: Receiver
) -> None:
    table.add_webhook(receiver.url, SECRET)
    assert client.append("Köln").status_code == 200
    wait_for(lambda: receiver.calls)
    headers, body = receiver.calls[0]
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-SeaTable-Signature"] == f"sha256={digest}"
    sent = json.loads(body)
    assert sent["event"] == "update"
    assert sent["data"]["op_type"] == "append_rows"
    assert sent["data"]["table_name"] == "T"
    assert sent["data"]["op_app"] == "sandbox"
    assert sent["data"]["dtable_uuid"] == table.uuid.replace("-", "")


def test_each_operation_on_rows_is_announced_once_and_nothing_else(
    table: SandboxBase, receiver: Receiver
) -> None:
    table.add_webhook(receiver.url)
    (row_id,) = table.append_rows("T", [{"Name": "a"}])
    table.add_column("T", "More", "text")
    table.rename_table("T", "Renamed")
    table.add_view("Renamed", "View")
    table.comment(row_id, "Good")
    table.lock_rows("Renamed", [row_id])
    table.unlock_rows("Renamed", [row_id])
    table.update_rows("Renamed", {row_id: {"Name": "b"}})
    table.delete_rows("Renamed", [row_id])
    wait_for(lambda: len(receiver.calls) >= 3)
    time.sleep(0.1)
    sent = [json.loads(body)["data"] for _, body in receiver.calls]
    assert [data["op_type"] for data in sent] == ["append_rows", "modify_row", "delete_row"]
    assert sent[1]["row_id"] == row_id
    assert [(cell["column_name"], cell["value"]) for cell in sent[1]["row_data"]] == [("Name", "b")]
    assert "X-SeaTable-Signature" not in receiver.calls[0][0]


def test_what_is_refused_is_not_announced(
    table: SandboxBase, client: Client, receiver: Receiver
) -> None:
    table.add_webhook(receiver.url)
    updates = [{"row_id": "none", "row": {"Name": "b"}}]
    sent = {"table_name": "T", "updates": updates}
    assert client.gateway("PUT", "/rows/", json=sent).status_code == 400
    client.append("a")
    wait_for(lambda: receiver.calls)
    time.sleep(0.05)
    assert len(receiver.calls) == 1


def test_an_address_that_cannot_be_reached_is_switched_off_at_once(
    table: SandboxBase, receiver: Receiver, ask
) -> None:
    receiver.server_close()
    number = table.add_webhook(receiver.url)
    table.append_rows("T", [{"Name": "a"}])
    wait_for(lambda: not ask("GET").json()["webhook_list"][0]["is_valid"])
    changed = ask("PUT", f"{number}/", url="http://127.0.0.1:1/other").json()["webhook"]
    assert changed["is_valid"]


def test_five_refusals_in_a_row_switch_a_webhook_off(
    table: SandboxBase, receiver: Receiver, ask
) -> None:
    table.add_webhook(receiver.url)

    def change(count: int) -> None:
        seen = len(receiver.calls)
        for number in range(count):
            table.append_rows("T", [{"N": number}])
        wait_for(lambda: len(receiver.calls) == seen + count)

    def is_valid() -> bool:
        return bool(ask("GET").json()["webhook_list"][0]["is_valid"])

    receiver.statuses = [500, 403, 500, 500, 204, 500, 500, 500, 500]
    change(9)  # a success in between: no five in a row
    time.sleep(0.05)
    assert is_valid()
    receiver.statuses = [500]
    change(1)
    wait_for(lambda: not is_valid())
    table.append_rows("T", [{"N": 0}])
    time.sleep(0.1)
    assert len(receiver.calls) == 10


def test_refusals_of_more_than_a_day_do_not_add_up(
    table: SandboxBase, sandbox: Sandbox, receiver: Receiver, ask
) -> None:
    table.add_webhook(receiver.url)
    receiver.statuses = [500] * 5
    for number in range(5):
        table.append_rows("T", [{"N": number}])
        wait_for(lambda: len(receiver.calls) == number + 1)  # noqa: B023
        time.sleep(0.05)
        sandbox.clock.advance(86_401)
    assert ask("GET").json()["webhook_list"][0]["is_valid"]
