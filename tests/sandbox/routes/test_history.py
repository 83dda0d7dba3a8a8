"""The version of a base, and the log of its operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.sandbox.support import COLUMNS, OldServer

if TYPE_CHECKING:
    from seatable_sandbox import Sandbox, SandboxBase


def test_the_version_counts_operations_of_normal_storage(table: SandboxBase, client) -> None:
    def version() -> int:
        found: int = client.gateway("GET", "/metadata/").json()["metadata"]["version"]
        return found

    start = version()
    (row_id,) = (item["_id"] for item in client.append("a").json()["row_ids"])
    table.update_rows("T", {row_id: {"N": 1}})
    table.add_column("T", "X", "text")
    assert version() == start + 3
    table.enable_big_data()
    client.gateway("POST", "/add-archived-rows/", json={"table_name": "T", "rows": [{"N": 2}]})
    assert version() == start + 3
    archived = next(row["_id"] for row in table.rows("T") if row["_archived"])
    body = {"table_name": "T", "updates": [{"row_id": archived, "row": {"N": 3}}]}
    client.gateway("PUT", "/rows/", json=body)
    assert [row["N"] for row in table.rows("T")] == [1, 3]
    client.gateway("DELETE", "/rows/", json={"table_name": "T", "row_ids": [archived]})
    assert len(table.rows("T")) == 1
    assert version() == start + 3
    table.delete_rows("T", [row_id])
    log = client.gateway("GET", "/operations/").json()["operations"]
    # What is done to one row alone has a name of its own, and names it otherwise.
    assert [json.loads(entry["operation"])["op_type"] for entry in log][:4] == [
        "delete_row",
        "insert_column",
        "modify_row",
        "append_rows",
    ]
    newest = json.loads(log[0]["operation"])
    assert newest["row_id"] == row_id
    assert newest["deleted_row"]["0000"] == "a"
    history = client.gateway("GET", f"/activities/?row_id={row_id}").json()
    assert history["total_count"] == 3
    table.restore_rows("T", [row_id])
    client.gateway("DELETE", "/rows/", json={"table_name": "T", "row_ids": [row_id]})
    log = client.gateway("GET", "/operations/").json()["operations"]
    assert [json.loads(entry["operation"])["op_type"] for entry in log][:2] == [
        "delete_rows",
        "insert_row",
    ]
    assert json.loads(log[0]["operation"])["row_ids"] == [row_id]


def test_the_operations_log_has_pages_of_the_last_fourteen_days(
    sandbox: Sandbox, table: SandboxBase, connect
) -> None:
    for _ in range(30):
        table.append_rows("T", [{"Name": "a"}])
    client = connect(sandbox, table)
    pages = [
        client.gateway("GET", f"/operations/?page={n}").json()["operations"] for n in (1, 2, 3)
    ]
    assert [len(page) for page in pages] == [25, 6, 0]
    sandbox.clock.advance(15 * 86_400)
    assert connect(sandbox, table).gateway("GET", "/operations/").json() == {"operations": []}


def test_the_activities_of_a_row_are_those_of_the_last_thirty_days(
    sandbox: Sandbox, table: SandboxBase, connect
) -> None:
    (row_id,) = table.append_rows("T", [{"Name": "a"}])
    counts = []
    for days in (29, 2):
        sandbox.clock.advance(days * 86_400)
        client = connect(sandbox, table)
        counts.append(client.gateway("GET", f"/activities/?row_id={row_id}").json()["total_count"])
    assert counts == [1, 0]


def test_calls_for_one_row_are_logged_as_operations_of_a_row(start) -> None:
    old = start()
    old.send("POST", "/rows/", table_name="T", row={"Name": "a"})
    row_id = old.rows()[0]["_id"]
    old.send("PUT", "/rows/", table_name="T", row_id=row_id, row={"Name": "b"})
    old.send("DELETE", "/rows/", table_name="T", row_id=row_id)
    found = [
        json.loads(entry["operation"]) for entry in old.get("/operations/").json()["operations"]
    ]
    assert [entry["op_type"] for entry in found[:3]] == ["delete_row", "modify_row", "insert_row"]
    assert [entry["row_id"] for entry in found[:3]] == [row_id, row_id, ""]
    assert found[0]["deleted_row"]["_id"] == found[2]["row_data"]["_id"] == row_id


def list_deleted(old: OldServer, query: str = "") -> list[str]:
    return [row["row_id"] for row in old.get(f"/deleted-rows/{query}").json()["deleted_rows"]]


def test_the_list_of_deleted_rows_has_gaps(start) -> None:
    old = start()
    old.base.create_table("U", COLUMNS)
    ids = old.base.append_rows("T", [{"Name": str(n), "Labels": ["x"]} for n in range(6)])
    (long,) = old.base.append_rows("T", [{"Name": "x" * 9_000, "Kind": "y"}])
    (other,) = old.base.append_rows("U", [{"Name": "u"}])
    old.base.delete_rows("T", ids[:1])  # by its creator within five minutes: forgotten
    old.sandbox.clock.advance(301)
    old.base.delete_rows("T", ids[1:2])
    old.base.delete_rows("U", [other])
    old.base.delete_rows("T", ids[2:4])  # a batch: one activity of another kind
    old.send("DELETE", "/rows/", table_name="T", row_id=ids[4])
    old.base.delete_rows("T", [long])
    assert list_deleted(old) == [long, ids[4], other, ids[1]]
    assert list_deleted(old, "?page=2&per_page=3") == [ids[1]]
    (entry,) = old.get("/deleted-rows/?page=2&per_page=3").json()["deleted_rows"]
    assert entry["detail"]["row_name"] == "1"
    assert entry["detail"]["row_data"][0]["value"] == "1"
    assert entry["op_time"].endswith(".000Z")
    old.sandbox.clock.advance(9 * 86_400)
    old.client.__init__(old.sandbox, old.base)
    assert list_deleted(old) == []


def test_a_long_deleted_row_is_not_listed(start) -> None:
    old = start()
    old.base.add_column("T", "Long", "long-text")
    (long,) = old.base.append_rows("T", [{"Name": "x", "Long": "y" * 66_000}])
    old.sandbox.clock.advance(301)
    old.base.delete_rows("T", [long])
    assert list_deleted(old) == []


def test_servers_of_2020_list_all_deleted_rows_of_a_batch(start) -> None:
    old = start("v1-2020")
    ids = old.base.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    old.sandbox.clock.advance(301)
    old.base.delete_rows("T", ids)
    assert list_deleted(old) == ids[::-1]


def test_the_list_of_deleted_rows_has_its_own_refusal(start) -> None:
    old = start()
    old.client.base_token = "x"
    assert old.get("/deleted-rows/").json() == {
        "error_msg": "You don't have permission to get deleted rows."
    }
