"""Connections that are kept alive, and the ways in which they end."""

import contextlib
import json
import socket
import statistics
import struct
import time
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest
import requests

from seatable_sandbox import Fault, Sandbox, SandboxBase
from seatable_sandbox.http.connections import Handler

ROWS = r"/rows/$"


def names(table: SandboxBase) -> list[str]:
    return [row["Name"] for row in table.rows("T")]


def address(sandbox: Sandbox) -> tuple[str, int]:
    parts = urlsplit(sandbox.url)
    return str(parts.hostname), int(parts.port or 0)


def connections(sandbox: Sandbox) -> list[int]:
    return [call.connection for call in sandbox.calls]


def chunks():
    yield b'{"table_name": "T", '
    yield b'"rows": [{"Name": "in pieces"}]}'


@pytest.mark.usefixtures("table")
def test_the_connection_stays_open_after_every_kind_of_request(sandbox: Sandbox, client) -> None:
    sandbox.calls.clear()
    big = {"table_name": "T", "rows": [{"Name": "x" * 9_000}] * 300}
    answers = [
        client.append("a"),
        client.gateway("POST", "/rows/", data=chunks()),
        client.gateway("GET", "/rows/?table_name=T"),
        client.gateway("POST", "/rows/", json={"table_name": "nowhere", "rows": [{}]}),
        client.gateway("POST", "/rows/", json=big),
        client.request("POST", "/no/such/path/", json=big),
        client.web("POST", "/api2/auth-token/", json=big),
        client.request("HEAD", f"/api-gateway/api/v2/dtables/{client.uuid}/metadata/"),
        client.request("GET", "/workspace/1/asset/x/files/y.txt"),
        client.gateway("DELETE", "/rows/", data=b"no JSON"),
    ]
    client.base_token = "wrong"
    answers.append(client.gateway("POST", "/rows/", json=big))
    sandbox.inject(Fault("status", status=502))
    answers.append(client.gateway("POST", "/rows/", json=big))
    sandbox.inject(Fault("status", status=429, retry_after=1, body={}))
    answers.append(client.gateway("POST", "/rows/", json=big))
    sandbox.inject(Fault("status", status=204))
    answers.append(client.gateway("POST", "/rows/", json=big))
    sandbox.inject(Fault("status", status=304))
    answers.append(client.gateway("GET", "/metadata/"))
    answers.append(client.web("GET", "/api/v2.1/dtable/app-access-token/"))
    assert answers[-1].status_code == 200
    assert {answer.status_code for answer in answers} >= {200, 204, 302, 304, 400, 403, 404, 429}
    assert len(set(connections(sandbox))) == 1
    assert not any("Connection" in answer.headers for answer in answers)


@pytest.mark.usefixtures("table")
def test_pipelined_requests_are_answered_separately(sandbox: Sandbox, table, client) -> None:
    path = f"/api-gateway/api/v2/dtables/{client.uuid}/rows/"
    sent = b""
    for name in ("a", "b"):
        body = json.dumps({"table_name": "T", "rows": [{"Name": name}]})
        sent += (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Token {client.base_token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
    with socket.create_connection(address(sandbox), timeout=10) as connection:
        connection.sendall(sent)
        answers = b""
        while answers.count(b'"row_ids"') < 2:
            answers += connection.recv(10_000)
    assert names(table) == ["a", "b"]


def test_the_connection_is_closed_if_the_client_asks(sandbox: Sandbox) -> None:
    answer = requests.get(
        f"{sandbox.url}/server-info/", headers={"Connection": "close"}, timeout=10
    )
    assert answer.headers["Connection"] == "close"


def test_expect_continue_is_answered(sandbox: Sandbox, table: SandboxBase, client) -> None:
    body = json.dumps({"table_name": "T", "rows": [{"Name": "a"}]}).encode()
    with socket.create_connection(address(sandbox), timeout=10) as connection:
        connection.sendall(
            f"POST /api-gateway/api/v2/dtables/{client.uuid}/rows/ HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Token {client.base_token}\r\nContent-Type: application/json\r\n"
            f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 200
    assert names(table) == ["a"]


def test_requests_on_an_open_connection_are_fast(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    seconds = []
    for number in range(50):
        began = time.monotonic()
        client.append(str(number))
        seconds.append(time.monotonic() - began)
    # Delayed acknowledgements and Nagle's algorithm together would make it 40 ms for each.
    assert statistics.median(seconds) < 0.04
    assert len(table.rows("T")) == 50
    assert len(set(connections(sandbox))) == 1


@pytest.mark.usefixtures("table")
def test_an_idle_connection_is_closed(connect) -> None:
    with Sandbox(idle_seconds=0.1) as sandbox:
        client = connect(sandbox, sandbox.create_base("Shop"))
        for wait in (0, 0.5):
            time.sleep(wait)
            assert client.gateway("GET", "/metadata/").status_code == 200
        assert connections(sandbox)[0] == connections(sandbox)[1] != connections(sandbox)[2]


def test_a_client_that_goes_away_before_its_answer_leaves_no_open_file(monkeypatch) -> None:
    are_closed: list[bool] = []
    finish = Handler.finish

    def note(handler: Handler) -> None:
        finish(handler)
        are_closed.append(handler.rfile.closed and handler.wfile.closed)

    monkeypatch.setattr(Handler, "finish", note)
    with Sandbox(latency=0.2) as sandbox:
        with socket.create_connection(address(sandbox), timeout=10) as connection:
            connection.sendall(b"GET /server-info/ HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until = time.monotonic() + 10
        while not are_closed and time.monotonic() < until:
            time.sleep(0.01)
    assert are_closed == [True]


def test_a_stopped_server_closes_its_connections() -> None:
    with Sandbox() as sandbox:
        connection = HTTPConnection(*address(sandbox), timeout=10)
        connection.request("GET", "/server-info/")
        assert connection.getresponse().read()
    with contextlib.closing(connection), pytest.raises(OSError, match=r"[Rr]eset|[Cc]los|pipe"):
        ask_again(connection)


def ask_again(connection: HTTPConnection) -> None:
    connection.auto_open = 0  # a new connection would be refused, which is another matter
    connection.request("GET", "/server-info/")
    connection.getresponse()


def test_a_connection_is_closed_after_a_whole_answer(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    sandbox.calls.clear()
    sandbox.inject(Fault("close", path=ROWS))
    answer = client.append("a")
    assert (answer.status_code, "Connection" in answer.headers) == (200, False)
    time.sleep(0.2)  # until the client can see it; before that, the second request would break
    assert client.append("b").status_code == 200
    assert names(table) == ["a", "b"]
    first, second = connections(sandbox)
    assert first != second


@pytest.mark.parametrize(
    ("kind", "applied"), [("unread", False), ("reset_before", False), ("reset_after", True)]
)
def test_a_reused_connection_breaks_at_the_next_request(
    sandbox: Sandbox, table: SandboxBase, client, kind: str, applied: bool
) -> None:
    client.session.close()
    sandbox.calls.clear()
    sandbox.inject(Fault(kind, path=ROWS, reused=True))
    assert client.append("first of its connection").status_code == 200
    with pytest.raises(requests.ConnectionError, match="Connection aborted"):
        client.append("second", *["x" * 9_000] * 300)
    assert ("second" in names(table)) is applied
    assert client.append("third").status_code == 200
    first, second, third = connections(sandbox)
    assert first == second != third
    assert [call.status for call in sandbox.calls] == [200, 0, 200]
