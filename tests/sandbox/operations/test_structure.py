"""Tables, columns and options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.sandbox.support import TABLE

if TYPE_CHECKING:
    from seatable_sandbox import SandboxBase


def test_changing_options_changes_no_mtime(table: SandboxBase, client) -> None:
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
    ("column_type", "data"),
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
def test_column_data_is_checked(table: SandboxBase, client, column_type: str, data: Any) -> None:
    table.add_column("T", "Self", "link", {"table": "T", "other_table": "T"})
    column = {
        "table_name": "T",
        "column_name": "New",
        "column_type": column_type,
        "column_data": data,
    }
    refused = client.gateway("POST", "/columns/", json=column)
    assert refused.status_code == 400
    assert refused.json()["error_type"] == "column_data_error"
    names = [c["name"] for c in table.metadata()["metadata"]["tables"][0]["columns"]]
    assert "New" not in names


def test_columns_are_checked_and_created(table: SandboxBase, client) -> None:
    def post(path: str, **body: Any) -> Any:
        return client.gateway("POST", path, json={"table_name": "T", **body})

    assert post("/columns/", column_name="N", column_type="text").status_code == 400
    assert post("/columns/", column_name="a.b", column_type="text").status_code == 400
    refused = post(
        "/columns/", column_name="D", column_type="date", column_data={"format": "DD/MM/YYYY HH:mm"}
    )
    assert refused.json()["error_type"] == "column_data_error"
    created = post(
        "/batch-append-columns/",
        columns=[
            {"column_name": "A", "column_type": "text"},
            {"column_name": "B", "column_type": "mtime"},
        ],
    )
    assert [c["key"] == "_mtime" for c in created.json()["columns"]] == [False, True]
    link = post("/batch-append-columns/", columns=[{"column_name": "L", "column_type": "link"}])
    assert link.status_code == 400
    first = table.metadata()["metadata"]["tables"][0]["columns"][0]
    assert (first["key"], "data" in first) == ("0000", False)


def test_a_failed_call_rolls_back(table: SandboxBase, client) -> None:
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


def test_tables_are_copied_and_deleted(table: SandboxBase, client) -> None:
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
    answer = client.gateway("GET", "/rows/?table_name=Test&table_id=Test")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("column_type", "sent", "stored"),
    [
        ("rate", {"rate_max_number": 3}, {"rate_max_number": 3}),
        ("auto-number", {"digits": 2}, {"digits": 2, "max_used_auto_number": 1}),
        (
            "auto-number",
            {"prefix_type": "string", "prefix": "A", "digits": 3},
            {"prefix_type": "string", "prefix": "A", "digits": 3, "max_used_auto_number": 1},
        ),
    ],
    ids=repr,
)
def test_column_data_is_stored_as_it_is_sent(
    table: SandboxBase, client: Any, column_type: str, sent: Any, stored: Any
) -> None:
    column = {"table_name": "T", "column_name": "New", "column_type": column_type}
    client.gateway("POST", "/columns/", json={**column, "column_data": sent})
    table.append_rows("T", [{"Name": "a"}])
    assert table.metadata()["metadata"]["tables"][0]["columns"][2]["data"] == stored


def test_only_the_first_column_of_a_new_base_lacks_attributes(sandbox: Any, connect: Any) -> None:
    requests.post(
        f"{sandbox.url}/api/v2.1/dtables/",
        data={"name": "New"},
        headers={"Authorization": f"Token {sandbox.account_token}"},
        timeout=10,
    ).raise_for_status()
    base = sandbox.create_base("New")  # the one that there is now
    made = connect(sandbox, base).gateway("POST", "/tables/", json={"table_name": "Made"}).json()
    assert made["view_structure"] == {"folders": [], "view_ids": [made["views"][0]["_id"]]}
    bare, whole = (t["columns"][0] for t in base.metadata()["metadata"]["tables"])
    assert whole == made["columns"][0]
    assert whole.keys() - bare.keys() == {
        *("draggable", "permission_type", "permitted_users", "permitted_group", "data"),
        *("edit_metadata_permission_type", "edit_metadata_permitted_users"),
        *("edit_metadata_permitted_group", "description", "colorbys"),
    }


@pytest.mark.parametrize("column_type", ["creator", "ctime", "last-modifier", "mtime"])
def test_a_column_of_the_rows_own_fields_keeps_its_type(
    table: SandboxBase, client, column_type: str
) -> None:
    """It has no cells of its own that could be converted."""
    table.add_column("T", "Own", column_type)
    table.append_rows("T", [{}])
    shown = table.rows("T")
    change = {
        "table_name": "T",
        "column": "Own",
        "op_type": "modify_column_type",
        "new_column_type": "date",
    }
    assert client.gateway("PUT", "/columns/", json=change).status_code == 400
    assert table.rows("T") == shown
