"""Reading and writing rows by the gateway."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
import requests

from seatable_sandbox import Sandbox
from tests.sandbox.support import Client

if TYPE_CHECKING:
    from seatable_sandbox import SandboxBase


def test_writes_to_locked_rows_succeed_without_effect(table: SandboxBase, client) -> None:
    locked, unlocked = table.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    table.lock_rows("T", [locked])
    before = table.rows("T")
    answer = client.gateway(
        "PUT",
        "/rows/",
        json={
            "table_name": "T",
            "updates": [
                {"row_id": locked, "row": {"Name": "x"}},
                {"row_id": unlocked, "row": {"Name": "y"}},
            ],
        },
    )
    assert answer.json() == {"success": True}
    assert client.gateway(
        "DELETE", "/rows/", json={"table_name": "T", "row_ids": [locked]}
    ).json() == {"deleted_rows": 0}
    after = table.rows("T")
    assert after[0] == before[0]
    assert (after[0]["_locked"], after[1]["Name"]) == (True, "y")


def test_an_update_without_a_change_changes_mtime(
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


def test_times_have_no_trailing_zeros(sandbox: Sandbox, table: SandboxBase) -> None:
    sandbox.clock.milliseconds = lambda: 1_758_000_000_400  # type: ignore[method-assign]
    table.append_rows("T", [{"Name": "a"}])
    sandbox.clock.milliseconds = lambda: 1_758_000_000_000  # type: ignore[method-assign]
    table.append_rows("T", [{"Name": "b"}])
    assert [row["_mtime"] for row in table.rows("T")] == [
        "2025-09-16T07:20:00.4+02:00",
        "2025-09-16T07:20:00+02:00",
    ]


def test_rows_are_listed_by_page_and_by_view(table: SandboxBase, client) -> None:
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


def test_an_unknown_view_shows_all_rows_unless_the_profile_refuses_it(
    table: SandboxBase, client, connect
) -> None:
    table.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    asked = {"table_name": "T", "view_name": "Nope", "convert_keys": "true"}
    found = client.gateway("GET", "/rows/", params=asked).json()["rows"]
    assert [row["Name"] for row in found] == ["a", "b"]
    by_id = {"table_name": "T", "view_id": "nope", "convert_keys": "true"}
    assert client.gateway("GET", "/rows/", params=by_id).json()["rows"] == found
    with Sandbox(unknown_view_shows_all=False) as strict:
        base = strict.create_base("Shop")
        base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        answer = connect(strict, base).gateway("GET", "/rows/", params=asked)
    assert (answer.status_code, answer.json()) == (404, {"error_message": "view not found"})


def test_conditions_name_options_by_their_ids_and_groups_of_them_count(
    table: SandboxBase, client
) -> None:
    table.add_column("T", "Many", "multiple-select", {"options": [{"name": "x"}, {"name": "y"}]})
    table.append_rows("T", [{"Name": "a", "Many": ["x"]}, {"Name": "b", "Many": ["y"]}])
    columns = {c["name"]: c for c in table.metadata()["metadata"]["tables"][0]["columns"]}
    (x, _) = columns["Many"]["data"]["options"]
    rule = {"column_key": columns["Many"]["key"], "filter_predicate": "has_any_of"}
    table.add_view("T", "V")

    def names(*filters: dict[str, Any], conjunction: str = "And") -> str:
        table.change_view("T", "V", filters=list(filters), filter_conjunction=conjunction)
        asked = {"table_name": "T", "view_name": "V", "convert_keys": "true"}
        rows = client.gateway("GET", "/rows/", params=asked).json()["rows"]
        return "".join(row["Name"] for row in rows)

    assert names({**rule, "filter_term": [x["id"]]}) == "a"
    assert names({**rule, "filter_term": ["x"]}) == ""  # no option has this id
    assert names({**rule, "filter_term": []}) == "ab"  # incomplete
    text = {"column_key": "0000", "filter_predicate": "is", "filter_term": "b"}
    group = {"filters": [text, {**rule, "filter_term": [x["id"]]}], "filter_conjunction": "Or"}
    assert names(group) == "ab"
    assert names(group, text) == "b"
    assert names({**text, "column_key": "zzzz"}) == ""
    assert names({**text, "filter_predicate": "equal"}) == ""
    assert names({**text, "filter_term": "B"}) == ""


def test_spans_of_days_are_calendar_weeks_months_and_years(
    table: SandboxBase, client, sandbox: Sandbox
) -> None:
    wanted = datetime(2028, 2, 29, 12, tzinfo=timezone.utc).timestamp()
    table.add_column("T", "Day", "date")
    days = ("2027-12-31", "2028-01-31", "2028-02-20", "2028-02-27", "2028-02-29", "2028-03-01")
    table.append_rows("T", [{"Name": day, "Day": day} for day in days])
    key = table.metadata()["metadata"]["tables"][0]["columns"][2]["key"]
    table.add_view("T", "V")
    sandbox.clock.advance(wanted - sandbox.clock.timestamp())
    sandbox.expire_tokens()
    client = Client(sandbox, table)

    def found(predicate: str, modifier: str, term: Any = "") -> list[str]:
        rule = {
            "column_key": key,
            "filter_predicate": predicate,
            "filter_term_modifier": modifier,
            "filter_term": term,
        }
        table.change_view("T", "V", filters=[rule])
        asked = {"table_name": "T", "view_name": "V", "convert_keys": "true"}
        rows = client.gateway("GET", "/rows/", params=asked).json()["rows"]
        return [row["Name"] for row in rows]

    assert found("is_within", "the_past_week") == ["2028-02-27"]
    assert found("is_within", "this_week") == ["2028-02-29", "2028-03-01"]
    assert found("is_within", "the_past_month") == ["2028-01-31"]
    assert found("is_within", "the_past_year") == ["2027-12-31"]
    assert found("is_within", "the_next_month") == ["2028-03-01"]
    assert found("is_within", "the_past_numbers_of_days", 2) == ["2028-02-27", "2028-02-29"]
    assert found("is", "one_month_ago") == []
    assert found("is_before", "one_month_ago") == ["2027-12-31"]
    assert found("is", "number_of_days_from_now", "1") == ["2028-03-01"]
    assert found("is", "this_week") == []  # no moment


def test_times_are_shown_under_the_names_of_their_columns(table: SandboxBase, client) -> None:
    table.append_rows("T", [{"Name": "a"}])
    table.add_column("T", "Changed", "mtime")
    (row,) = client.gateway("GET", "/rows/?table_name=T&convert_keys=true").json()["rows"]
    assert "_mtime" not in row
    assert row["Changed"] == client.values("select _mtime from T")[0]
    assert "_ctime" in row


def test_first_row_is_keyed_by_column_keys(table: SandboxBase, client) -> None:
    answer = client.append("a", "b").json()
    assert answer["inserted_row_count"] == 2
    assert answer["first_row"]["0000"] == "a"
    assert answer["first_row"]["_mtime"].endswith("+00:00")
    assert [item["_id"] for item in answer["row_ids"]] == [r["_id"] for r in table.rows("T")]


def test_concurrent_writers_lose_no_row(table: SandboxBase, client) -> None:
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


def test_rows_are_moved_to_big_data_and_back(table: SandboxBase, client) -> None:
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
def test_an_invalid_request_changes_nothing(
    table: SandboxBase, client, method: str, path: str, body: Any
) -> None:
    before = table.metadata()
    answer = client.gateway(method, path, json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()
    assert table.metadata() == before
