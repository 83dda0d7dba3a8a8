"""Comments on rows: of the gateway, v1 and dtable-web. None of them is a change of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seatable_sandbox import Sandbox, SandboxBase

if TYPE_CHECKING:
    from tests.sandbox.support import Client


def test_a_comment_is_written_listed_counted_and_deleted(
    table: SandboxBase, client: Client
) -> None:
    row_id, other_id = table.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    path = f"/comments/?table_name=T&row_id={row_id}"
    for text in ("First comment", "Zweiter: é"):
        answer = client.gateway("POST", path, json={"comment": text})
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    listed = client.gateway("GET", f"/comments/?row_id={row_id}").json()
    assert [comment["comment"] for comment in listed] == ["First comment", "Zweiter: é"]
    assert set(listed[0]) == {
        *("id", "author", "comment", "dtable_uuid", "row_id", "created_at", "updated_at"),
        "resolved",
    }
    assert (listed[0]["author"], listed[0]["resolved"]) == ("sandbox", 0)
    assert client.gateway("GET", f"/comments-count/?row_id={row_id}").json() == {"count": 2}
    assert client.gateway("GET", f"/comments-count/?row_id={other_id}").json() == {"count": 0}
    recent = client.gateway("GET", "/comments-within-days/?days=7").json()
    assert recent == {"comments": listed}
    number = listed[0]["id"]
    assert client.gateway("GET", f"/comments/{number}/").json() == listed[0]
    assert client.gateway("DELETE", f"/comments/{number}/").json() == {"success": True}
    assert client.gateway("GET", f"/comments/{number}/").status_code == 404
    assert client.gateway("GET", f"/comments-count/?row_id={row_id}").json() == {"count": 1}


def test_dtable_web_pages_resolves_and_counts_by_row(table: SandboxBase, client: Client) -> None:
    (row_id,) = table.append_rows("T", [{"Name": "a"}])
    path = f"/api/v2.1/dtables/{client.uuid}"
    for text in ("one", "two", "three"):
        sent = {"comment": text, "row_id": row_id, "table_id": "0000"}
        assert client.request("POST", f"{path}/comments/", json=sent).json() == {"success": True}
    page = client.request("GET", f"{path}/comments/?row_id={row_id}&per_page=2&page=2").json()
    assert [comment["comment"] for comment in page["comment_list"]] == ["three"]
    assert page["count"] == 3
    number = page["comment_list"][0]["id"]
    client.request("PUT", f"{path}/comments/{number}/", json={"options": {"resolved": True}})
    assert client.gateway("GET", f"/comments/{number}/").json()["resolved"] == 1
    counts = client.request("GET", f"{path}/rows-comments-num/").json()
    assert counts == {"rows_comments_num": {row_id: 3}}


def test_old_comments_are_not_recent(table: SandboxBase, client: Client, sandbox: Sandbox) -> None:
    table.comment("row", "old")
    sandbox.clock.advance(2 * 86_400)
    table.comment("row", "new")
    recent = client.gateway("GET", "/comments-within-days/?days=1").json()["comments"]
    assert [comment["comment"] for comment in recent] == ["new"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/comments/", None),
        ("GET", "/comments/?row_id=", None),
        ("POST", "/comments/?table_name=T", {"comment": "x"}),
        ("POST", "/comments/?table_name=T&row_id=r", {"comment": ""}),
        ("POST", "/comments/?table_name=T&row_id=r", {}),
        ("GET", "/comments-within-days/?days=x", None),
    ],
)
def test_what_is_missing_is_refused(
    table: SandboxBase, client: Client, method: str, path: str, body: object
) -> None:
    answer = client.gateway(method, path, json=body)
    assert answer.status_code == 400
    assert "invalid" in answer.json()["error_message"]


def test_a_comment_changes_no_row(table: SandboxBase, client: Client) -> None:
    (row_id,) = table.append_rows("T", [{"Name": "a"}])
    before = (table.rows("T"), table.metadata())
    table.comment(row_id, "Good")
    assert (table.rows("T"), table.metadata()) == before
    assert len(client.gateway("GET", "/operations/").json()["operations"]) == 2


def test_servers_that_only_read_comments_refuse_to_write(connect) -> None:
    with Sandbox(writes_comments=False) as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T")
        client = connect(sandbox, base)
        answer = client.gateway("POST", "/comments/?table_name=T&row_id=r", json={"comment": "x"})
        assert answer.status_code == 405
