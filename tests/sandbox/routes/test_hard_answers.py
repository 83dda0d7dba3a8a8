"""Where SeaTable is stricter, or stranger, than a client would wish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from seatable_sandbox import SandboxBase


def test_what_a_token_writes_is_signed_with_the_name_of_its_app(table: SandboxBase, client) -> None:
    client.gateway("POST", "/rows/", json={"table_name": "T", "rows": [{"Name": "a"}]})
    (row,) = client.gateway("GET", "/rows/?table_name=T&convert_keys=true").json()["rows"]
    assert (row["_creator"], row["_last_modifier"]) == ("sandbox", "sandbox")
    users = client.gateway("GET", "/related-users/").json()["user_list"]
    assert [user["name"] for user in users] == ["Demo Owner"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_links_to_another_table_than_the_links_are_refused(
    table: SandboxBase, client, method: str
) -> None:
    columns = [{"column_name": "Name", "column_type": "text"}]
    table.create_table("Other", columns)
    table.create_table("Third", columns)
    table.add_column("T", "Link", "link", {"table": "T", "other_table": "Other"})
    (row_id,) = table.append_rows("T", [{"Name": "a"}])
    (other_id,) = table.append_rows("Other", [{"Name": "b"}])
    table.link("T", "Link", {row_id: [other_id]})
    column = table.metadata()["metadata"]["tables"][0]["columns"][-1]
    answer = client.gateway(
        method,
        "/links/",
        json={
            "table_name": "T",
            "other_table_name": "Third",
            "link_id": column["data"]["link_id"],
            "other_rows_ids_map": {row_id: [other_id]},
        },
    )
    assert (answer.status_code, answer.json()["error_type"]) == (400, "link_not_exist")
    assert len(table.rows("T")[0]["Link"]) == 1


def test_a_gateway_always_shows_its_limit(table: SandboxBase, client) -> None:
    first = client.gateway("GET", "/metadata/").headers
    second = client.gateway("GET", "/rows/?table_name=T").headers
    left = [int(headers["x-ratelimit-remaining"]) for headers in (first, second)]
    assert left[0] - left[1] == 1
    assert int(first["x-ratelimit-limit"]) > left[0]


def test_formulas_of_a_new_table_have_no_type_and_those_of_new_columns_have(
    table: SandboxBase, client
) -> None:
    formula = {"formula": "1 + 1"}
    column = {"column_name": "F", "column_type": "formula", "column_data": formula}
    client.gateway(
        "POST",
        "/tables/",
        json={
            "table_name": "New",
            "columns": [{"column_name": "N", "column_type": "text"}, column],
        },
    )
    client.gateway("POST", "/columns/", json={"table_name": "New", **column, "column_name": "G"})
    found = client.gateway("GET", "/columns/?table_name=New").json()["columns"]
    data = {entry["name"]: entry["data"] for entry in found if entry["type"] == "formula"}
    assert data["F"] == formula
    assert data["G"] == {**formula, "operated_columns": [], "result_type": "number"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/lock-rows/", {"row_ids": [{}]}, 200),
        ("PUT", "/unlock-rows/", {"row_ids": [[], 5, None]}, 200),
        ("DELETE", "/rows/", {"row_ids": [{}]}, 200),
        ("PUT", "/rows/", {"updates": [{"row_id": {}, "row": {}}]}, 400),
        ("PUT", "/rows/", {"updates": [{"row_id": ["x"], "row": {"Name": "a"}}]}, 400),
    ],
)
def test_row_ids_that_are_no_texts_are_no_rows(
    table: SandboxBase, client, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    answer = client.gateway(method, path, json={"table_name": "T", **body})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("/tables/", {"table_name": "T"}, {"error_message": "table T exists."}),
        ("/views/?table_name=T", {"name": ""}, {"error_message": "name invalid."}),
    ],
)
def test_the_gateway_says_what_is_wrong_under_its_own_key(
    table: SandboxBase, client, path: str, body: dict[str, Any], answer: dict[str, Any]
) -> None:
    refused = client.gateway("POST", path, json=body)
    assert (refused.status_code, refused.json()) == (400, answer)
