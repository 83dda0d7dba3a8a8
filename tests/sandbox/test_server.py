"""Tokens, limits, faults, logs, files and the page."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from seatable_sandbox import Call, Fault, Sandbox, SandboxBase, cli
from seatable_sandbox.demo.shop import DEMO_READ_ONLY_TOKEN, DEMO_TOKEN, make_demo

TABLE = [
    {"column_name": "Name", "column_type": "text"},
    {"column_name": "N", "column_type": "number"},
]


@pytest.fixture
def table(base: SandboxBase) -> SandboxBase:
    base.create_table("T", TABLE)
    return base


def append(client, *names: str) -> Any:
    return client.gateway(
        "POST", "/rows/", json={"table_name": "T", "rows": [{"Name": n} for n in names]}
    )


# Time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 365, -365])
def test_every_answer_tells_the_servers_time_once(sandbox: Sandbox, days: int) -> None:
    sandbox.clock.advance(days * 86_400)
    answer = requests.get(f"{sandbox.url}/server-info/", timeout=5)
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert told == pytest.approx(sandbox.clock.timestamp(), abs=2)


# Tokens ------------------------------------------------------------------------------------------


def test_a_base_token_lives_three_days(sandbox: Sandbox, client) -> None:
    payload = client.base_token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["exp"] - sandbox.clock.timestamp() == pytest.approx(3 * 86400, abs=2)
    assert (claims["permission"], claims["dtable_uuid"]) == ("rw", client.uuid)
    assert client.gateway("GET", "/metadata/").status_code == 200
    sandbox.clock.advance(3 * 86400)
    answer = client.gateway("GET", "/metadata/")
    assert (answer.status_code, answer.json()) == (403, {"error_message": "invalid token"})


def test_expired_revoked_and_foreign_tokens(sandbox: Sandbox, base: SandboxBase, client) -> None:
    sandbox.expire_tokens()
    assert client.gateway("GET", "/metadata/").status_code == 403
    fresh = client.web("GET", "/api/v2.1/dtable/app-access-token/").json()["access_token"]
    client.base_token = fresh
    assert client.gateway("GET", "/metadata/").status_code == 200
    client.uuid = sandbox.create_base("Other").uuid
    assert client.gateway("GET", "/metadata/").status_code == 403
    sandbox.revoke(base.api_token)
    refused = client.web("GET", "/api/v2.1/dtable/app-access-token/")
    assert (refused.status_code, refused.json()) == (403, {"error_msg": "Permission denied."})


def test_a_read_only_token(sandbox: Sandbox, table: SandboxBase, connect) -> None:
    reader = connect(sandbox, table, table.read_only_token)
    assert reader.gateway("GET", "/rows/?table_name=T").status_code == 200
    assert append(reader, "a").status_code == 403
    assert table.rows("T") == []


@pytest.mark.usefixtures("base")
def test_account_and_api_tokens(sandbox: Sandbox) -> None:
    def call(method: str, path: str, token: str | None = None, **data: Any) -> requests.Response:
        headers = {"Authorization": f"Token {token}"} if token else {}
        return requests.request(method, sandbox.url + path, headers=headers, data=data, timeout=5)

    wrong = call("POST", "/api2/auth-token/", username="x", password="y")
    assert (wrong.status_code, list(wrong.json())) == (400, ["non_field_errors"])
    token = call("POST", "/api2/auth-token/", username="demo@example.com", password="demo").json()[
        "token"
    ]
    assert re.fullmatch("[0-9a-f]{40}", token)
    assert call("GET", "/api2/auth/ping/", token).json() == "pong"
    assert call("GET", "/api/v2.1/workspaces/").status_code == 403
    assert call("GET", "/api/v2.1/workspaces/", "x").json() == {"detail": "Invalid token"}
    path = "/api/v2.1/workspace/1/dtable/Shop/api-tokens/"
    made = call("POST", path, token, app_name="gmail", permission="r")
    assert made.status_code == 201
    assert call("PUT", path + "gmail/", token, permission="rw").json()["permission"] == "rw"
    listed = call("GET", path, token).json()["api_tokens"]
    assert [item["app_name"] for item in listed] == ["sandbox", "sandbox-read-only", "gmail"]
    assert call("DELETE", path + "gmail/", token).json() == {"success": True}
    assert call("GET", "/api/v2.1/workspace/1/dtable/No/access-token/", token).json() == {
        "error_msg": "dtable No not found."
    }
    grant = call("GET", "/api/v2.1/workspace/1/dtable/Shop/access-token/", token).json()
    assert set(grant) == {"access_token", "dtable_uuid"}
    new = call("POST", "/api/v2.1/dtables/", token, name="New")
    assert new.status_code == 201
    again = call("POST", "/api/v2.1/dtables/", token, name="New", workspace_id="1")
    assert (again.status_code, again.json()) == (
        400,
        {"error_msg": "Base New already exists in this workspace."},
    )
    nowhere = call("POST", "/api/v2.1/dtables/", token, name="New", workspace_id="9")
    assert (nowhere.status_code, nowhere.json()) == (404, {"error_msg": "Workspace not found."})
    spaces = call("GET", "/api/v2.1/workspaces/?detail=true", token).json()["workspace_list"]
    assert [b["name"] for b in spaces[-1]["table_list"]] == ["Shop", "New"]
    path = "/api/v2.1/workspace/1/dtable/"
    assert call("PUT", path, token, name="New", new_name="Shop").status_code == 400
    assert call("DELETE", path, token, name="New").json() == {"success": "true"}


def test_a_login_with_two_factor_authentication() -> None:
    login = {"username": "demo@example.com", "password": "demo"}
    with Sandbox(otp="123456") as sandbox:
        for code, status in ((None, 400), ("654321", 400), ("123456", 200)):
            headers = {"X-SEAFILE-OTP": code} if code else {}
            answer = requests.post(
                sandbox.url + "/api2/auth-token/", data=login, headers=headers, timeout=5
            )
            assert answer.status_code == status
            assert ("token" in answer.json()) is (status == 200)


def test_a_starred_base_stands_twice_in_the_list(sandbox: Sandbox, base: SandboxBase) -> None:
    base.star()
    answer = requests.get(
        sandbox.url + "/api/v2.1/workspaces/",
        headers={"Authorization": f"Token {sandbox.account_token}"},
        timeout=5,
    )
    spaces = {space["type"]: space["table_list"] for space in answer.json()["workspace_list"]}
    [starred], [own] = spaces["starred"], spaces["personal"]
    assert starred == own | {"starred": True}


def test_pings_and_server_info(sandbox: Sandbox) -> None:
    def get(path: str) -> Any:
        return requests.get(sandbox.url + path, timeout=5).json()

    assert get("/api2/ping/") == "pong"
    assert get("/api-gateway/api/v2/ping/") == {"ret": "pong"}
    assert set(get("/server-info/")) == {"version", "edition"}


# Rows --------------------------------------------------------------------------------------------


def test_locked_rows_say_success_and_stay(table: SandboxBase, client) -> None:
    one, other = table.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    table.lock_rows("T", [one])
    before = table.rows("T")
    answer = client.gateway(
        "PUT",
        "/rows/",
        json={
            "table_name": "T",
            "updates": [
                {"row_id": one, "row": {"Name": "x"}},
                {"row_id": other, "row": {"Name": "y"}},
            ],
        },
    )
    assert answer.json() == {"success": True}
    assert client.gateway(
        "DELETE", "/rows/", json={"table_name": "T", "row_ids": [one]}
    ).json() == {"deleted_rows": 0}
    after = table.rows("T")
    assert after[0] == before[0]
    assert (after[0]["_locked"], after[1]["Name"]) == (True, "y")


def test_an_update_moves_mtime_even_if_nothing_changes(
    sandbox: Sandbox, table: SandboxBase, client
) -> None:
    (row_id,) = table.append_rows("T", [{"Name": "a"}])
    before = table.rows("T")[0]
    sandbox.clock.advance(2)
    client.gateway(
        "PUT",
        "/rows/",
        json={"table_name": "T", "updates": [{"row_id": row_id, "row": {"Name": "a"}}]},
    )
    after = table.rows("T")[0]
    assert after["_mtime"] > before["_mtime"]
    assert after["_ctime"] == before["_ctime"]
    assert after["_last_modifier"] != before["_last_modifier"]


def test_times_have_as_many_digits_as_they_need(sandbox: Sandbox, table: SandboxBase) -> None:
    sandbox.clock.milliseconds = lambda: 1_758_000_000_400  # type: ignore[method-assign]
    table.append_rows("T", [{"Name": "a"}])
    sandbox.clock.milliseconds = lambda: 1_758_000_000_000  # type: ignore[method-assign]
    table.append_rows("T", [{"Name": "b"}])
    assert [row["_mtime"] for row in table.rows("T")] == [
        "2025-09-16T07:20:00.4+02:00",
        "2025-09-16T07:20:00+02:00",
    ]


def test_list_rows_and_views(table: SandboxBase, client) -> None:
    ids = table.append_rows("T", [{"Name": str(n), "N": n} for n in range(5)])
    table.archive_rows("T", ids[:1])
    rows = client.gateway("GET", "/rows/?table_name=T&convert_keys=true&start=1&limit=2").json()
    assert [row["Name"] for row in rows["rows"]] == ["2", "3"]
    keyed = client.gateway("GET", f"/rows/{ids[0]}/?table_id=0000").json()
    assert (keyed["0000"], keyed["_archived"]) == ("0", True)
    missing = client.gateway("GET", "/rows/AAAAAAAAAAAAAAAAAAAAAA/?table_name=T")
    assert (missing.status_code, missing.json()) == (404, {"error_message": "row _id not exits"})
    number = table.metadata()["metadata"]["tables"][0]["columns"][1]["key"]
    client.gateway("POST", "/views/?table_name=T", json={"name": "a/b ü"})
    client.gateway(
        "PUT",
        "/views/a%2Fb%20%C3%BC/?table_name=T",
        json={
            "sorts": [{"column_key": number, "sort_type": "down"}],
            "filters": [{"column_key": number, "filter_predicate": "less", "filter_term": 4}],
        },
    )
    seen = client.gateway(
        "GET",
        "/rows/",
        params={"table_name": "T", "view_name": "a/b ü", "convert_keys": "true", "limit": 3},
    )
    assert [row["N"] for row in seen.json()["rows"]] == [3, 2, 1]


def test_times_stand_under_their_own_columns(table: SandboxBase, client) -> None:
    table.append_rows("T", [{"Name": "a"}])
    table.add_column("T", "Changed", "mtime")
    (row,) = client.gateway("GET", "/rows/?table_name=T&convert_keys=true").json()["rows"]
    assert "_mtime" not in row
    assert row["Changed"] == client.values("select max(_mtime) from T")[0]
    assert "_ctime" in row


def test_first_row_is_keyed_by_column_keys(table: SandboxBase, client) -> None:
    answer = append(client, "a", "b").json()
    assert answer["inserted_row_count"] == 2
    assert answer["first_row"]["0000"] == "a"
    assert answer["first_row"]["_mtime"].endswith("+00:00")
    assert [item["_id"] for item in answer["row_ids"]] == [r["_id"] for r in table.rows("T")]


# Limits ------------------------------------------------------------------------------------------


def test_limits_per_request(table: SandboxBase, client) -> None:
    answer = append(client, *["a"] * 1001)
    assert answer.json()["error_type"] == "batch_append_rows_exceeds_limit"
    updates = [{"row_id": "x", "row": {}}] * 1001
    answer = client.gateway("PUT", "/rows/", json={"table_name": "T", "updates": updates})
    assert answer.json()["error_type"] == "batch_update_rows_exceeds_limit"
    answer = client.gateway("DELETE", "/rows/", json={"table_name": "T", "row_ids": ["x"] * 10001})
    assert answer.json()["error_type"] == "batch_delete_rows_exceeds_limit"
    assert table.rows("T") == []


def test_limits_of_a_base(connect) -> None:
    with Sandbox(max_rows_per_base=3, max_tables=2, max_columns=2, max_cells=25) as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T", TABLE)
        client = connect(sandbox, base)
        assert append(client, "a", "b").status_code == 200
        assert append(client, "c", "d").json() == {
            "error_type": "exceed_rows_limit",
            "error_msg": "Exceed the rows limit",
        }
        assert append(client, "c").status_code == 200
        too_many = client.gateway("GET", "/rows/?table_name=T")
        assert "1 million" in too_many.json()["error_msg"]
        column = client.gateway(
            "POST", "/columns/", json={"table_name": "T", "column_name": "X", "column_type": "text"}
        )
        assert column.json()["error_type"] == "exceed_columns_limit"
        base.create_table("U", TABLE)
        made = client.gateway("POST", "/tables/", json={"table_name": "V", "columns": TABLE})
        assert made.json()["error_type"] == "exceed_tables_limit"


def test_the_rate_limit_has_no_body(connect) -> None:
    with Sandbox(requests_per_minute=3) as sandbox:
        base = sandbox.create_base("B")
        client = connect(sandbox, base)
        sandbox.clock.advance(60 - sandbox.clock.timestamp() % 60 + 1)
        remaining = [
            client.gateway("GET", "/metadata/").headers["x-ratelimit-remaining"] for _ in range(3)
        ]
        assert remaining == ["2", "1", "0"]
        refused = client.gateway("GET", "/metadata/")
        assert (refused.status_code, refused.content) == (429, b"")
        wait = int(refused.headers["x-ratelimit-reset"]) - sandbox.clock.timestamp()
        assert 0 < wait <= 60
        other = connect(sandbox, sandbox.create_base("Other"))
        assert other.gateway("GET", "/metadata/").status_code == 200
        sandbox.clock.advance(wait)
        assert client.gateway("GET", "/metadata/").status_code == 200


def test_of_two_limits_the_headers_tell_the_longer(connect) -> None:
    with Sandbox(requests_per_minute=2, requests_per_day=5) as sandbox:
        client = connect(sandbox, sandbox.create_base("B"))
        sandbox.clock.advance(86_400 - sandbox.clock.timestamp() % 86_400 + 1)
        sandbox.expire_tokens()
        client = connect(sandbox, sandbox.create_base("B"))
        answers = [client.gateway("GET", "/metadata/") for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[2].headers["x-ratelimit-remaining"] == "2"
        wait = int(answers[2].headers["x-ratelimit-reset"]) - sandbox.clock.timestamp()
        assert wait > 80_000
        sandbox.clock.advance(60)
        answers = [client.gateway("GET", "/metadata/") for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[2].headers["x-ratelimit-remaining"] == "0"


def test_the_web_endpoints_say_when(connect) -> None:
    with Sandbox(web_requests_per_minute=1) as sandbox:
        sandbox.clock.advance(60 - sandbox.clock.timestamp() % 60 + 1)
        client = connect(sandbox, sandbox.create_base("B"))
        refused = client.web("GET", "/api/v2.1/dtable/app-access-token/")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] in refused.json()["detail"]


def test_the_monthly_quota_ends_far_away(connect) -> None:
    with Sandbox(monthly_quota=1) as sandbox:
        client = connect(sandbox, sandbox.create_base("B"))
        assert client.gateway("GET", "/metadata/").status_code == 200
        refused = client.gateway("GET", "/metadata/")
        assert (refused.status_code, refused.content) == (429, b"")
        assert int(refused.headers["x-ratelimit-reset"]) > sandbox.clock.timestamp()
        sandbox.clock.advance(
            int(refused.headers["x-ratelimit-reset"]) - sandbox.clock.timestamp() + 1
        )
        sandbox.expire_tokens()
        assert (
            connect(sandbox, sandbox.create_base("B")).gateway("GET", "/metadata/").status_code
            == 200
        )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/rows/", {"table_name": "T"}),
        ("POST", "/rows/", {"table_name": "T", "rows": "x"}),
        ("POST", "/rows/", {"table_name": "T", "rows": [1]}),
        ("PUT", "/rows/", {"table_name": "T", "updates": ["x"]}),
        ("PUT", "/rows/", {"table_name": "T", "updates": [{"row_id": "x"}]}),
        ("DELETE", "/rows/", {"table_name": "T", "row_ids": "x"}),
        ("POST", "/sql", {"sql": 5}),
        ("POST", "/sql", {"sql": "select"}),
        ("POST", "/sql", {"sql": "select Name, from"}),
        ("POST", "/sql", {"sql": "select Name from T order by nothing"}),
        ("POST", "/sql", {"sql": "select Name from T limit -1"}),
        ("POST", "/sql", {"sql": "select Name from T where Name has any of"}),
        ("POST", "/sql", {"sql": "update T set"}),
        ("POST", "/sql", {"sql": "delete from"}),
        ("POST", "/columns/", {"table_name": "T", "column_name": "X"}),
        ("PUT", "/columns/", {"table_name": "T", "column": "No"}),
        ("POST", "/columns/", {"table_name": "T", "column_name": "X", "column_type": "link"}),
        ("POST", "/links/", {"table_name": "T", "other_table_name": "T", "link_id": "x"}),
        ("POST", "/tables/", {"table_name": ""}),
        ("POST", "/tables/", {"table_name": "U", "columns": ["x"]}),
        ("POST", "/column-options/", {"table_name": "T", "column": "Name", "options": [1]}),
    ],
    ids=repr,
)
def test_nonsense_is_refused(table: SandboxBase, client, method: str, path: str, body: Any) -> None:
    before = table.metadata()
    answer = client.gateway(method, path, json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()
    assert table.metadata() == before


# Faults ------------------------------------------------------------------------------------------


def test_status_and_html(sandbox: Sandbox, table: SandboxBase, client) -> None:
    sandbox.inject(
        Fault("status", path="/rows/$", method="POST", status=503, retry_after=7, after=1, times=2)
    )
    assert client.gateway("GET", "/rows/?table_name=T").status_code == 200
    assert append(client, "a").status_code == 200
    for _ in range(2):
        answer = append(client, "b")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
        assert "nginx" in answer.text
    assert append(client, "c").status_code == 200
    sandbox.inject(Fault("status", status=400, body={"error_msg": "x"}))
    assert append(client, "d").json() == {"error_msg": "x"}
    sandbox.inject(Fault("html"))
    page = append(client, "e")
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
def test_broken_connections(
    sandbox: Sandbox, table: SandboxBase, client, kind: str, applied: bool
) -> None:
    sandbox.inject(Fault(kind, path="/rows/", seconds=0.05))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        append(client, "a").json()
    assert bool(table.rows("T")) is applied
    assert sandbox.calls[-1].status == (200 if kind == "cut" else 0)
    assert append(client, "b").status_code == 200


def test_hang_after_outlasts_a_patient_client_only(
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
    assert append(client, "b").status_code == 200


def test_delayed_apply(sandbox: Sandbox, table: SandboxBase, client) -> None:
    sandbox.inject(Fault("delayed_apply", path="/rows/", seconds=0.2))
    with pytest.raises(requests.ConnectionError):
        append(client, "a")
    assert table.rows("T") == []
    deadline = time.monotonic() + 5
    while not table.rows("T"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_expire_strikes_once(sandbox: Sandbox, client) -> None:
    sandbox.inject(Fault("expire", path="/metadata/"))
    assert client.gateway("GET", "/metadata/").status_code == 403
    assert client.gateway("GET", "/metadata/").status_code == 200


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault 'earthquake'"):
        Fault("earthquake")


def test_the_log_of_calls(sandbox: Sandbox, table: SandboxBase, client) -> None:
    sandbox.calls.clear()
    append(client, "a")
    requests.get(sandbox.url + "/", timeout=5)
    table.append_rows("T", [{"Name": "b"}])
    assert sandbox.calls == [
        Call("POST", f"/api-gateway/api/v2/dtables/{client.uuid}/rows/", 200, "Shop")
    ]


def test_many_writers_at_once(table: SandboxBase, client) -> None:
    def write() -> None:
        for _ in range(10):
            answer = requests.post(
                f"{client.sandbox.url}/api-gateway/api/v2/dtables/{client.uuid}/rows/",
                timeout=10,
                headers={"Authorization": f"Token {client.base_token}"},
                json={"table_name": "T", "rows": [{"Name": "x"}] * 10},
            )
            assert answer.status_code == 200

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({row["_id"] for row in table.rows("T")}) == 400
    assert client.values("select count(_id) from T") == [400]


# Structure, logs, files --------------------------------------------------------------------------


def test_the_version_counts_operations(table: SandboxBase, client) -> None:
    def version() -> int:
        found: int = client.gateway("GET", "/metadata/").json()["metadata"]["version"]
        return found

    start = version()
    (row_id,) = (item["_id"] for item in append(client, "a").json()["row_ids"])
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


def test_the_operations_log_is_paged_and_forgets(
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


def test_options(table: SandboxBase, client) -> None:
    table.add_column("T", "S", "single-select", {"options": [{"name": "a"}, {"name": "b"}]})
    table.add_column("T", "M", "multiple-select", {"options": [{"name": "a"}, {"name": "b"}]})
    table.append_rows("T", [{"S": "a", "M": ["a", "b"]}, {"S": "b", "M": ["a"]}])
    before = [row["_mtime"] for row in table.rows("T")]
    column = table.metadata()["metadata"]["tables"][0]["columns"][2]
    answer = client.gateway(
        "PUT",
        "/column-options/",
        json={
            "table_name": "T",
            "column": "S",
            "return_options": True,
            "options": [{"id": column["data"]["options"][0]["id"], "name": "A"}],
        },
    )
    assert [option["name"] for option in answer.json()["options"]] == ["A", "b"]
    for name in ("S", "M"):
        assert client.gateway(
            "DELETE",
            "/column-options/",
            json={"table_name": "T", "column": name, "option_names": ["a", "A"]},
        ).ok
    rows = table.rows("T")
    assert [(row["S"], row["M"]) for row in rows] == [(None, ["b"]), ("b", None)]
    assert [row["_mtime"] for row in rows] == before


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("button", None),
        ("button", {"button_type": "jump", "button_name": "B", "button_color": "#FFFCB5"}),
        ("button", {"button_type": "", "button_name": "B", "button_color": "yellow"}),
        ("formula", {}),
        ("link-formula", {"formula": "sum_up", "link_column": "Self"}),
        ("link-formula", {"formula": "count_links", "link_column": "N"}),
        ("link-formula", {"formula": "lookup", "link_column": "Self"}),
        ("link-formula", {"formula": "rollup", "link_column": "Self", "summary_column": "N"}),
        ("link-formula", {"formula": "findmax", "link_column": "Self", "searched_column": "N"}),
    ],
    ids=repr,
)
def test_column_data_is_checked(table: SandboxBase, client, kind: str, data: Any) -> None:
    table.add_column("T", "Self", "link", {"table": "T", "other_table": "T"})
    asked = {"table_name": "T", "column_name": "New", "column_type": kind, "column_data": data}
    refused = client.gateway("POST", "/columns/", json=asked)
    assert refused.status_code == 400
    assert refused.json()["error_type"] == "column_data_error"
    names = [c["name"] for c in table.metadata()["metadata"]["tables"][0]["columns"]]
    assert "New" not in names


def test_columns(table: SandboxBase, client) -> None:
    def post(path: str, **body: Any) -> Any:
        return client.gateway("POST", path, json={"table_name": "T", **body})

    assert post("/columns/", column_name="N", column_type="text").status_code == 400
    assert post("/columns/", column_name="a.b", column_type="text").status_code == 400
    refused = post(
        "/columns/", column_name="D", column_type="date", column_data={"format": "DD/MM/YYYY HH:mm"}
    )
    assert refused.json()["error_type"] == "column_data_error"
    made = post(
        "/batch-append-columns/",
        columns=[
            {"column_name": "A", "column_type": "text"},
            {"column_name": "B", "column_type": "mtime"},
        ],
    )
    assert [c["key"] == "_mtime" for c in made.json()["columns"]] == [False, True]
    link = post("/batch-append-columns/", columns=[{"column_name": "L", "column_type": "link"}])
    assert link.status_code == 400
    first = table.metadata()["metadata"]["tables"][0]["columns"][0]
    assert (first["key"], "data" in first) == ("0000", False)


def test_a_failed_call_changes_nothing(table: SandboxBase, client) -> None:
    before = table.metadata()
    answer = client.gateway(
        "POST",
        "/batch-append-columns/",
        json={
            "table_name": "T",
            "columns": [
                {"column_name": "New", "column_type": "text"},
                {"column_name": "N", "column_type": "text"},
            ],
        },
    )
    assert answer.status_code == 400
    assert table.metadata() == before
    table.add_column("T", "New", "text")
    table.append_rows("T", [{"New": "x"}])
    assert table.rows("T")[0]["New"] == "x"


def test_tables(table: SandboxBase, client) -> None:
    table.append_rows("T", [{"Name": "a"}])
    assert client.gateway("DELETE", "/tables/", json={"table_name": "T"}).status_code == 400
    copy = client.gateway("POST", "/tables/duplicate-table/", json={"table_name": "T"}).json()
    assert [row["Name"] for row in table.rows(copy["name"])] == ["a"]
    wrong = client.gateway(
        "POST",
        "/tables/",
        json={"table_name": "U", "columns": [{"column_name": "A", "column_type": "file"}]},
    )
    assert wrong.status_code == 400
    # A table whose name looks like an id: clients that send both name it twice.
    table.create_table("Test", TABLE)
    both = client.gateway("GET", "/rows/?table_name=Test&table_id=Test")
    assert both.status_code == 404


def test_big_data(table: SandboxBase, client) -> None:
    table.append_rows("T", [{"Name": "a", "N": 1}, {"Name": "b", "N": 2}])
    before = {row["_id"]: row["_mtime"] for row in table.rows("T")}
    insert = {"table_name": "T", "rows": [{"Name": "c"}]}
    assert client.gateway("POST", "/add-archived-rows/", json=insert).status_code == 400
    table.enable_big_data()
    answer = client.gateway("POST", "/archive-view/", json={"table_name": "T", "where": "`N` = 1"})
    assert answer.json() == {"success": True, "error_message": ""}
    archived = [row["_id"] for row in table.rows("T") if row["_archived"]]
    assert len(archived) == 1
    assert {row["_id"]: row["_mtime"] for row in table.rows("T")} == before
    client.gateway("POST", "/unarchive/", json={"table_id": "0000", "row_ids": archived})
    assert not any(row["_archived"] for row in table.rows("T"))


def test_uploads(sandbox: Sandbox, base: SandboxBase, client) -> None:
    link = client.web("GET", "/api/v2.1/dtable/app-upload-link/").json()
    form = {"parent_dir": link["parent_path"], "relative_path": link["file_relative_path"]}

    def upload(content: bytes, **more: str) -> str:
        answer = requests.post(
            link["upload_link"] + "?ret-json=1",
            data={**form, **more},
            files={"file": ("a ü.txt", content)},
            timeout=5,
        )
        name: str = answer.json()[0]["name"]
        return name

    assert [upload(b"1"), upload(b"2"), upload(b"3", replace="1")] == [
        "a ü.txt",
        "a ü(1).txt",
        "a ü.txt",
    ]
    path = f"/{link['file_relative_path']}/a ü.txt"
    found = client.web("GET", "/api/v2.1/dtable/app-download-link/", params={"path": path}).json()
    assert requests.get(found["download_link"], timeout=5).content == b"3"
    missing = client.web("GET", "/api/v2.1/dtable/app-download-link/", params={"path": "/files/x"})
    assert (missing.status_code, missing.json()) == (404, {"error_msg": "path /files/x not found."})
    page = requests.get(
        f"{sandbox.url}/workspace/1/asset/{base.uuid}{path}",
        timeout=5,
        headers={"Authorization": f"Token {base.api_token}"},
    )
    assert "Log In" in page.text
    sandbox.clock.advance(24 * 3600)
    assert requests.get(found["download_link"], timeout=5).status_code == 403


# Demo, command and page --------------------------------------------------------------------------


def test_the_demo_shows_every_type(sandbox: Sandbox) -> None:
    from seatable_sandbox.columns.types import TYPES  # noqa: PLC0415

    base = make_demo(sandbox)
    assert (base.api_token, base.read_only_token) == (DEMO_TOKEN, DEMO_READ_ONLY_TOKEN)
    tables = base.metadata()["metadata"]["tables"]
    assert {c["type"] for table in tables for c in table["columns"]} == set(TYPES)
    full = base.rows("Every type")[0]
    assert [
        name
        for name, value in full.items()
        if value is None and name not in ("_locked", "_locked_by")
    ] == []
    assert make_demo(sandbox).rows("Orders") == base.rows("Orders")
    url = full["Image"][0]
    headers = {"Authorization": f"Token {DEMO_TOKEN}"}
    link = requests.get(
        f"{sandbox.url}/api/v2.1/dtable/app-download-link/",
        headers=headers,
        params={"path": url.split(base.uuid)[1]},
        timeout=5,
    ).json()
    assert requests.get(link["download_link"], timeout=5).content.startswith(b"\x89PNG")


def test_the_page_and_what_it_reads(sandbox: Sandbox) -> None:
    make_demo(sandbox)
    page = requests.get(sandbox.url, timeout=5).text
    assert "SeaTable sandbox" in page
    assert not re.search(r"(src|href)=[\"']https?:", page)
    (base,) = requests.get(f"{sandbox.url}/sandbox/bases", timeout=5).json()["bases"]
    orders = next(t for t in base["tables"] if t["name"] == "Orders")
    assert orders["rows"] == 24
    path = f"{sandbox.url}/sandbox/rows/{base['uuid']}/{orders['id']}?page=2&size=20"
    found = requests.get(path, timeout=5).json()
    assert (len(found["rows"]), found["start"]) == (4, 20)
    assert sandbox.calls == []


def test_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "wait", lambda _: None)
    token = "a" * 40
    result = CliRunner().invoke(
        cli.main,
        ["serve", "--demo", "--port", "0", "--base", f"Mine={token}"],
        env={"COLUMNS": "40"},
    )
    assert result.exit_code == 0, result.output
    assert re.search(r"http://127.0.0.1:\d+", result.output)
    assert DEMO_TOKEN in result.output
    assert token in result.output


def test_the_command_knows_its_zones() -> None:
    result = CliRunner().invoke(cli.main, ["serve", "--time-zone", "Nowhere/Else"])
    assert result.exit_code == 2
    assert "there is no time zone 'Nowhere/Else'" in result.output


def test_the_space_for_files_ends(connect) -> None:
    with Sandbox(asset_quota=10) as sandbox:
        client = connect(sandbox, sandbox.create_base("Shop"))
        link = client.web("GET", "/api/v2.1/dtable/app-upload-link/").json()
        for name, status in (("a.txt", 200), ("b.txt", 443)):
            answer = requests.post(
                link["upload_link"] + "?ret-json=1",
                data={"parent_dir": link["parent_path"], "relative_path": "files"},
                files={"file": (name, b"six...")},
                timeout=5,
            )
            assert answer.status_code == status
        assert answer.text == "Asset quota exceeded."
        path = f"/api/v2.1/dtable/app-download-link/?path=/files/{name}"
        assert client.web("GET", path).status_code == 404


def test_without_its_extra_the_command_names_it():
    """As the installed command begins, in a process that cannot import what the extra brings."""
    without = "import sys; sys.modules['flask'] = None"
    script = f"{without}; from seatable_sandbox.__main__ import main; main()"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    said = result.stderr.decode()
    assert result.returncode == 1
    assert "Traceback" not in said
    assert "needs flask" in said
    assert "pip install 'singer-seatable[sandbox]'" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--base", "A=one", "--base", "B=one"], "'one' is given to 'A' and to 'B'"),
        (["--base", "A", "--base", "A=one"], "'A' is given twice"),
        (["--demo", "--base", "Demo=one"], "--demo makes the base 'Demo' already"),
        (["--base", ""], "a base needs a name"),
        (["--base", " =one"], "a base needs a name"),
        (["--port", "-1"], "-1 is not in the range 0<=x<=65535"),
        (["--port", "99999"], "99999 is not in the range 0<=x<=65535"),
        (["--database", "/nope/x.db"], "'/nope/x.db' cannot be used as a database: unable to open"),
        (["--database", __file__], "cannot be used as a database: file is not a database"),
    ],
)
def test_what_the_command_cannot_do_it_says(
    monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
) -> None:
    monkeypatch.setattr(Sandbox, "wait", lambda _: None)
    result = CliRunner().invoke(cli.main, ["serve", "--port", "0", *given])
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.output.replace("│", "").split())
