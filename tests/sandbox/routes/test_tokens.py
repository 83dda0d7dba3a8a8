"""Tokens, logins and the account."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
import requests

from seatable_sandbox import Sandbox, SandboxBase


def test_a_base_token_expires_after_three_days(sandbox: Sandbox, client) -> None:
    payload = client.base_token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["exp"] - sandbox.clock.timestamp() == pytest.approx(3 * 86400, abs=2)
    assert (claims["permission"], claims["dtable_uuid"]) == ("rw", client.uuid)
    assert client.gateway("GET", "/metadata/").status_code == 200
    sandbox.clock.advance(3 * 86400)
    answer = client.gateway("GET", "/metadata/")
    assert (answer.status_code, answer.json()) == (403, {"error_message": "invalid token"})


def test_expired_revoked_and_foreign_tokens_are_refused(
    sandbox: Sandbox, base: SandboxBase, client
) -> None:
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


def test_a_read_only_token_cannot_write(sandbox: Sandbox, table: SandboxBase, connect) -> None:
    reader = connect(sandbox, table, table.read_only_token)
    assert reader.gateway("GET", "/rows/?table_name=T").status_code == 200
    assert reader.append("a").status_code == 403
    assert table.rows("T") == []


@pytest.mark.usefixtures("base")
def test_an_account_manages_tokens_and_bases(sandbox: Sandbox) -> None:
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
    created = call("POST", path, token, app_name="gmail", permission="r")
    assert created.status_code == 201
    assert call("PUT", path + "gmail/", token, permission="rw").json()["permission"] == "rw"
    tokens = call("GET", path, token).json()["api_tokens"]
    assert [item["app_name"] for item in tokens] == ["sandbox", "sandbox-read-only", "gmail"]
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


def test_a_login_with_two_factor_authentication_needs_the_code() -> None:
    login = {"username": "demo@example.com", "password": "demo"}
    with Sandbox(otp="123456") as sandbox:
        for code, status in ((None, 400), ("654321", 400), ("123456", 200)):
            headers = {"X-SEAFILE-OTP": code} if code else {}
            answer = requests.post(
                sandbox.url + "/api2/auth-token/", data=login, headers=headers, timeout=5
            )
            assert answer.status_code == status
            assert ("token" in answer.json()) is (status == 200)


def test_a_starred_base_is_listed_twice(sandbox: Sandbox, base: SandboxBase) -> None:
    base.star()
    answer = requests.get(
        sandbox.url + "/api/v2.1/workspaces/",
        headers={"Authorization": f"Token {sandbox.account_token}"},
        timeout=5,
    )
    spaces = {space["type"]: space["table_list"] for space in answer.json()["workspace_list"]}
    [starred], [own] = spaces["starred"], spaces["personal"]
    assert starred == own | {"starred": True}


def test_pings_and_server_info_need_no_token(sandbox: Sandbox) -> None:
    def get(path: str) -> Any:
        return requests.get(sandbox.url + path, timeout=5).json()

    assert get("/api2/ping/") == "pong"
    assert get("/api-gateway/api/v2/ping/") == {"ret": "pong"}
    assert set(get("/server-info/")) == {"version", "edition"}


def test_a_token_of_another_kind_or_of_other_signs_is_refused(
    sandbox: Sandbox, base: SandboxBase
) -> None:
    """A temporary API token is no base token, a base token no API token."""
    account = {"Authorization": f"Token {sandbox.account_token}"}
    place = f"{sandbox.url}/api/v2.1/workspace/{base.workspace_id}/dtable/{base.name}"
    temporary = requests.get(f"{place}/temp-api-token/", headers=account, timeout=10).json()
    own = requests.get(f"{place}/access-token/", headers=account, timeout=10).json()
    rows = f"{sandbox.url}/api-gateway/api/v2/dtables/{base.uuid}/metadata/"
    exchange = f"{sandbox.url}/api/v2.1/dtable/app-access-token/"
    for url, token, status in (
        (exchange, temporary["api_token"], 200),
        (rows, own["access_token"], 200),
        (rows, temporary["api_token"], 403),
        (exchange, own["access_token"], 403),
        (rows, "a.b.é", 403),
        (exchange, "a.b.é", 403),
    ):
        header = {"Authorization": f"Token {token}".encode("latin-1")}
        assert requests.get(url, headers=header, timeout=10).status_code == status, (url, token)
