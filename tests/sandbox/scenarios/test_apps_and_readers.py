"""What SeaTable checks of its own servers: whose rows are whose, and what readers cannot do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.sandbox.support import Client

if TYPE_CHECKING:
    from seatable_sandbox import Sandbox

FIRST, SECOND = "shop import", "stock count"


class Team:
    """A base that an account made by the API, with a token for each of two apps and a reader."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        login = {"username": "demo@example.com", "password": "demo"}
        self.account = self.ask("POST", "/api2/auth-token/", data=login)["token"]
        spaces = self.ask("GET", "/api/v2.1/workspaces/")["workspace_list"]
        self.space = next(space["id"] for space in spaces if space["id"])  # not what is shared
        self.ask("POST", "/api/v2.1/dtables/", data={"name": "Stock"}, status=201)
        self.base = sandbox.create_base("Stock", self.space)  # the one that there is now
        assert len(sandbox.bases()) == 1
        self.base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
        self.apps = {FIRST: self.app(FIRST), SECOND: self.app(SECOND)}
        self.reader = self.app("page", "r")

    def ask(self, method: str, path: str, status: int = 200, **arguments: Any) -> Any:
        token = getattr(self, "account", None)
        headers = {"Authorization": f"Token {token}"} if token else {}
        url = self.sandbox.url + path
        answer = requests.request(method, url, headers=headers, timeout=10, **arguments)
        assert answer.status_code == status, answer.text
        return answer.json()

    def app(self, name: str, permission: str = "rw") -> Client:
        body = {"app_name": name, "permission": permission}
        path = f"/api/v2.1/workspace/{self.space}/dtable/Stock/api-tokens/"
        made = self.ask("POST", path, status=201, json=body)
        return Client(self.sandbox, self.base, made["api_token"])


@pytest.fixture
def team(sandbox: Sandbox) -> Team:
    return Team(sandbox)


def people(row: dict[str, Any]) -> tuple[str, str]:
    return row["_creator"], row["_last_modifier"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_row_is_of_the_app_that_adds_it_and_of_the_one_that_changes_it(
    team: Team, count: int
) -> None:
    first, second = team.apps[FIRST], team.apps[SECOND]
    new = [{"Name": f"box {number}"} for number in range(count)]
    answer = first.gateway("POST", "/rows/", json={"table_name": "Things", "rows": new}).json()
    assert people(answer["first_row"]) == (FIRST, FIRST)
    ids = [item["_id"] for item in answer["row_ids"]]
    updates = [{"row_id": row_id, "row": {"Name": "crate"}} for row_id in ids]
    body = {"table_name": "Things", "updates": updates}
    assert second.gateway("PUT", "/rows/", json=body).json() == {"success": True}
    for row_id in ids:
        row = second.gateway("GET", f"/rows/{row_id}/?table_name=Things&convert_keys=true").json()
        assert (row["Name"], people(row)) == ("crate", (FIRST, SECOND))
    rows = first.gateway("GET", "/rows/?table_name=Things&convert_keys=true").json()["rows"]
    assert [people(row) for row in rows] == [(FIRST, SECOND)] * count
    assert (
        first.sql("SELECT _creator, _last_modifier FROM Things")
        == [{"_creator": FIRST, "_last_modifier": SECOND}] * count
    )


def test_the_names_of_apps_are_no_users(team: Team) -> None:
    answer = team.apps[FIRST].gateway("GET", "/related-users/").json()
    emails = {user["email"] for user in answer["user_list"]}
    assert not emails & {FIRST, SECOND}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/rows/", {"rows": [{"Name": "new"}]}),
        ("PUT", "/rows/", {"updates": [{"row_id": "{row}", "row": {"Name": "new"}}]}),
        ("DELETE", "/rows/", {"row_ids": ["{row}"]}),
        ("PUT", "/lock-rows/", {"row_ids": ["{row}"]}),
        ("POST", "/columns/", {"column_name": "New", "column_type": "text"}),
        ("POST", "/sql", {"sql": "DELETE FROM Things"}),
        ("DELETE", "/tables/", {}),
        ("POST", "/views/?table_name=Things", {"name": "New"}),
    ],
)
def test_a_reader_sees_everything_and_changes_nothing(
    team: Team, method: str, path: str, body: dict[str, Any]
) -> None:
    (row_id,) = team.base.append_rows("Things", [{"Name": "box"}])
    sent = json.loads(json.dumps({"table_name": "Things", **body}).replace("{row}", row_id))
    before = (team.base.rows("Things"), team.base.metadata())
    for path_read in ("/rows/?table_name=Things", "/metadata/", "/views/?table_name=Things"):
        assert team.reader.gateway("GET", path_read).status_code == 200
    assert team.reader.values("SELECT Name FROM Things") == ["box"]
    assert team.reader.gateway(method, path, json=sent).status_code == 403
    assert (team.base.rows("Things"), team.base.metadata()) == before


def test_a_row_is_commented_on_and_the_comment_is_read(team: Team) -> None:
    (row_id,) = team.base.append_rows("Things", [{"Name": "box"}])
    table_id = team.base.metadata()["metadata"]["tables"][-1]["_id"]
    app = team.apps[FIRST]
    path = f"/api/v2.1/dtables/{app.uuid}/comments/"
    body = {"comment": "where is it?", "row_id": row_id, "table_id": table_id}
    assert app.request("POST", path, json=body).status_code == 200
    found = app.gateway("GET", f"/comments/?row_id={row_id}").json()
    assert [entry["comment"] for entry in found] == ["where is it?"]
    assert people(team.base.rows("Things")[0])[1] != FIRST
