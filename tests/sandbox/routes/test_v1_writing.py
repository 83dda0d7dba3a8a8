"""Writing rows with dtable-server v1, and its errors."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "answer"),
    [
        ("GET", "/rows/", {}, 400, {"error_msg": "params invalid"}),
        ("GET", "/rows/?table_name=X", {}, 404, {"error_msg": "table not found"}),
        ("GET", "/rows/?table_name=T&view_name=X", {}, 404, {"error_msg": "view not found"}),
        (
            "GET",
            "/rows/?table_name=T&grouping=true",
            {},
            400,
            {"error_msg": "table not support group"},
        ),
        ("GET", "/rows/AAAA/?table_name=T", {}, 404, {"error_msg": "row not found"}),
        (
            "POST",
            "/rows/",
            {"table_name": "X", "row": {"Name": "a"}},
            400,
            {"error_type": "table_not_exist", "error_message": "table X not found"},
        ),
        (
            "POST",
            "/batch-append-rows/",
            {"table_name": "X", "rows": [{"Name": "a"}]},
            404,
            {"error_msg": "table X not found"},
        ),
        (
            "PUT",
            "/rows/",
            {"table_name": "T", "row_id": "A", "row": {}},
            400,
            {"error_type": "row_not_exist", "error_message": "Row does not exist."},
        ),
        (
            "POST",
            "/links/",
            {"table_name": "X", "other_table_name": "T", "link_id": "1"},
            400,
            {"error_type": "table_not_exist", "error_message": "table X or T not found"},
        ),
        (
            "GET",
            "/filtered-rows/?table_name=T",
            {"filters": []},
            404,
            {"error_msg": "filters required."},
        ),
        (
            "GET",
            "/filtered-rows/?table_name=T",
            {"filters": [{"column_name": "Name"}], "filter_conjunction": "Xor"},
            400,
            {"error_msg": "filter_conjunction invalid"},
        ),
        (
            "GET",
            "/filtered-rows/?table_name=T",
            {"filters": [{"column_name": "_mtime", "filter_predicate": "is_after"}]},
            400,
            {"error_msg": "column _mtime not found"},
        ),
    ],
    ids=repr,
)
def test_invalid_requests_are_refused_in_the_words_of_v1(
    start, method: str, path: str, body: Any, status: int, answer: Any
) -> None:
    found = start().client.v1(method, path, json=body or None)
    assert (found.status_code, found.json()) == (status, answer)


@pytest.mark.parametrize("path", ["/rows/", "/batch-delete-rows/"])
def test_deleting_a_missing_row_crashes_the_old_server(start, path: str) -> None:
    old = start()
    (row_id,) = old.base.append_rows("T", [{"Name": "a"}])
    body = {"row_id": "A" * 22} if path == "/rows/" else {"row_ids": [row_id, "A" * 22]}
    answer = old.send("DELETE", path, table_name="T", **body)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
    assert len(old.base.rows("T")) == 1


def test_rows_are_appended_updated_and_deleted(start) -> None:
    old = start()
    first = old.send("POST", "/rows/", table_name="T", row={"Name": "a"}).json()
    assert set(first) == {"0000", "_id", "_creator", "_last_modifier"}
    above = old.send(
        "POST",
        "/rows/",
        table_name="T",
        row={"Name": "z"},
        anchor_row_id=first["_id"],
        row_insert_position="insert_above",
    ).json()
    empty = old.send("POST", "/rows/", table_name="T", row={"Nowhere": 1}).json()
    many = old.send(
        "POST", "/batch-append-rows/", table_name="T", rows=[{"Name": "b"}, {"Nowhere": 1}]
    ).json()
    assert many == {"inserted_row_count": 1}
    assert [row.get("Name") for row in old.rows()] == ["z", "a", None, "b"]
    assert old.send(
        "PUT", "/rows/", table_name="T", row_id=first["_id"], row={"Name": "c"}
    ).json() == {"success": True}
    assert old.send(
        "DELETE", "/batch-delete-rows/", table_name="T", row_ids=[above["_id"], empty["_id"]]
    ).json() == {"success": True}
    assert [row.get("Name") for row in old.rows()] == ["c", "b"]
    raw = old.get(f"/rows/{first['_id']}/?table_id=0000&convert=false").json()
    assert (raw["0000"], "_participants" in raw) == ("c", True)


def test_servers_of_2020_have_no_batch_update(start) -> None:
    answer = start("v1-2020").send("PUT", "/batch-update-rows/", table_name="T", updates=[])
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_v1_creates_columns_of_unknown_types(start) -> None:
    old = start()
    created = old.send("POST", "/columns/", table_name="T", column_name="X", column_type="nonsense")
    assert created.json()["type"] == ""
    newer = start("gateway")
    refused = newer.client.gateway(
        "POST", "/columns/", json={"table_name": "T", "column_name": "X", "column_type": "nonsense"}
    )
    assert refused.status_code == 400
