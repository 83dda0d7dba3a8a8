"""Faults, the date of answers, and the log of calls."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from seatable_sandbox import Call, Fault, Sandbox, SandboxBase


@pytest.mark.parametrize("days", [0, 365, -365])
def test_every_answer_has_the_date_of_the_servers_clock(sandbox: Sandbox, days: int) -> None:
    sandbox.clock.advance(days * 86_400)
    answer = requests.get(f"{sandbox.url}/server-info/", timeout=5)
    date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert date == pytest.approx(sandbox.clock.timestamp(), abs=2)


def test_ordered_statuses_and_login_pages_are_answered(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    sandbox.inject(
        Fault("status", path="/rows/$", method="POST", status=503, retry_after=7, after=1, times=2)
    )
    assert client.gateway("GET", "/rows/?table_name=T").status_code == 200
    assert client.append("a").status_code == 200
    for _ in range(2):
        answer = client.append("b")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
        assert "nginx" in answer.text
    assert client.append("c").status_code == 200
    sandbox.inject(Fault("status", status=400, body={"error_msg": "x"}))
    assert client.append("d").json() == {"error_msg": "x"}
    sandbox.inject(Fault("html"))
    page = client.append("e")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert [row["Name"] for row in table.rows("T")] == ["a", "c"]


@pytest.mark.parametrize(
    ("kind", "applied"),
    [
        ("reset_before", False),
        ("reset_after", True),
        ("hang_before", False),
        ("cut", True),
    ],
)
def test_a_broken_connection_applies_the_request_or_not(
    sandbox: Sandbox, table: SandboxBase, client, kind: str, applied: bool
) -> None:
    sandbox.inject(Fault(kind, path="/rows/", seconds=0.05))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.append("a").json()
    assert bool(table.rows("T")) is applied
    assert sandbox.calls[-1].status == (200 if kind == "cut" else 0)
    assert client.append("b").status_code == 200


def test_a_late_answer_comes_after_the_request_was_applied(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    sandbox.inject(Fault("hang_after", path="/rows/", seconds=0.3, times=2))
    with pytest.raises(requests.Timeout):
        client.session.post(
            f"{sandbox.url}/api-gateway/api/v2/dtables/{client.uuid}/rows/",
            timeout=0.1,
            headers={"Authorization": f"Token {client.base_token}"},
            json={"table_name": "T", "rows": [{"Name": "a"}]},
        )
    assert len(table.rows("T")) == 1
    assert client.append("b").status_code == 200


def test_a_request_is_applied_after_its_connection_broke(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    sandbox.inject(Fault("delayed_apply", path="/rows/", seconds=0.2))
    with pytest.raises(requests.ConnectionError):
        client.append("a")
    assert table.rows("T") == []
    deadline = time.monotonic() + 5
    while not table.rows("T"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_another_answer_is_given_to_a_request_that_was_applied(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    bodies = [{"error_msg": "busy"}, {"results": None}, [], 7, b"null", b"\xff", "later", {}]
    for body in bodies:
        sandbox.inject(Fault("answer", path="/rows/", status=202, body=body))
        answer = client.append("a")
        assert answer.status_code == 202
        sent = body if isinstance(body, bytes) else answer.content
        assert answer.content == sent
        if not isinstance(body, (bytes, str)):
            assert answer.json() == body
    assert len(table.rows("T")) == len(bodies)


def test_an_answer_comes_byte_by_byte(sandbox: Sandbox, table: SandboxBase, client) -> None:
    sandbox.inject(Fault("slow", path="/rows/", seconds=0.002))
    began = time.monotonic()
    answer = client.append("a")
    assert answer.json()["inserted_row_count"] == 1
    assert time.monotonic() - began > 0.001 * len(answer.content)
    assert client.append("b").status_code == 200
    assert len(table.rows("T")) == 2


def test_a_token_expires_for_one_request(sandbox: Sandbox, client) -> None:
    sandbox.inject(Fault("expire", path="/metadata/"))
    assert client.gateway("GET", "/metadata/").status_code == 403
    assert client.gateway("GET", "/metadata/").status_code == 200


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault 'earthquake'"):
        Fault("earthquake")


def test_the_log_of_calls_has_requests_of_the_api_only(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    sandbox.calls.clear()
    client.append("a")
    requests.get(sandbox.url + "/", timeout=5)
    table.append_rows("T", [{"Name": "b"}])
    assert sandbox.calls == [
        Call("POST", f"/api-gateway/api/v2/dtables/{client.uuid}/rows/", 200, "Shop")
    ]
