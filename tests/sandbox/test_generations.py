"""What old servers answer, in their own words, and what is missing where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seatable_sandbox import Sandbox, SandboxBase

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: list[dict[str, Any]] = [
    {"column_name": "Name", "column_type": "text"},
    {"column_name": "N", "column_type": "number"},
    {"column_name": "Day", "column_type": "date", "column_data": {"format": "DD.MM.YYYY HH:mm"}},
    {"column_name": "Kind", "column_type": "single-select"},
    {"column_name": "Labels", "column_type": "multiple-select"},
    {"column_name": "Good", "column_type": "checkbox"},
]


class Old:
    """One v1 server with a base, a table and a client."""

    def __init__(self, connect: Any, profile: str = "v1", **overrides: Any) -> None:
        self.sandbox = Sandbox(profile=profile, time_zone="Europe/Berlin", **overrides)
        self.sandbox.start()
        self.base: SandboxBase = self.sandbox.create_base("B")
        self.base.create_table("T", COLUMNS)
        self.client = connect(self.sandbox, self.base)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.v1("GET", path, **more)

    def send(self, method: str, path: str, **body: Any) -> Any:
        return self.client.v1(method, path, json=body)

    def rows(self, path: str = "/rows/?table_name=T", **more: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **more)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["rows"]
        return found


@pytest.fixture
def start(connect) -> Iterator[Any]:
    running: list[Old] = []

    def run(profile: str = "v1", **overrides: Any) -> Old:
        running.append(Old(connect, profile, **overrides))
        return running[-1]

    yield run
    for old in running:
        old.sandbox.stop()


def test_rows_omit_what_is_empty(start) -> None:
    old = start()
    old.base.append_rows(
        "T",
        [
            {
                "Name": "a",
                "N": 0,
                "Day": "2024-06-05 10:20",
                "Kind": "k",
                "Labels": ["x", "y"],
                "Good": False,
            },
            {"Name": "b"},
        ],
    )
    full, empty = old.rows()
    assert full.pop("_mtime").endswith("+00:00")
    assert len(full.pop("_id")) == 22
    assert full == {
        "Name": "a",
        "N": 0,
        "Day": "2024-06-05 10:20",
        "Kind": "k",
        "Labels": ["x", "y"],
        "Good": False,
    }
    assert set(empty) == {"_id", "_mtime", "Name"}


def test_in_2020_empty_selects_were_there(start) -> None:
    old = start("v1-2020")
    old.base.append_rows("T", [{"Name": "b"}])
    (row,) = old.rows()
    assert (row["Kind"], row["Labels"]) == ("", [])
    assert "N" not in row


def test_old_servers_do_not_page(start) -> None:
    old = start()
    old.base.append_rows("T", [{"Name": str(n)} for n in range(1500)])
    assert len(old.rows("/rows/?table_name=T&start=10&limit=5")) == 1500


def test_later_ones_do(start) -> None:
    old = start(v1_paging=True)
    old.base.append_rows("T", [{"Name": str(n), "N": -n} for n in range(1500)])
    assert len(old.rows()) == 1000
    assert [row["Name"] for row in old.rows("/rows/?table_name=T&start=10&limit=2")] == ["10", "11"]
    first = old.rows("/rows/?table_name=T&start=0&limit=1&order_by=N&direction=asc")
    assert first[0]["Name"] == "1499"
    assert old.rows("/rows/?table_name=T&start=1500&limit=10") == []


def test_without_a_view_the_first_one_applies(start) -> None:
    old = start()
    old.base.append_rows("T", [{"Name": "a", "N": 1}, {"Name": "b", "N": 2}])
    keys = {c["name"]: c["key"] for c in old.base.metadata()["metadata"]["tables"][0]["columns"]}
    changed = old.send(
        "PUT",
        "/views/Default View/?table_name=T",
        hidden_columns=[keys["N"]],
        filters=[
            {
                "column_key": keys["N"],
                "filter_predicate": "greater",
                "filter_term": "1",
                "filter_term_modifier": "",
            }
        ],
    )
    assert changed.status_code == 200
    assert [{k: v for k, v in row.items() if k[0] != "_"} for row in old.rows()] == [{"Name": "b"}]
    later = start(v1_default_view=False)
    later.base.append_rows("T", [{"Name": "a"}])
    assert len(later.rows()) == 1


def test_big_data_is_not_in_v1_rows(start) -> None:
    old = start()
    ids = old.base.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    old.base.archive_rows("T", ids[:1])
    assert [row["Name"] for row in old.rows()] == ["b"]


def test_only_the_token_scheme(start) -> None:
    old = start()
    path = f"{old.sandbox.url}/dtable-server/api/v1/dtables/{old.client.uuid}/metadata/"
    session = old.client.session
    good = session.get(path, headers={"Authorization": f"Token {old.client.base_token}"})
    bad = session.get(path, headers={"Authorization": f"Bearer {old.client.base_token}"})
    assert (good.status_code, bad.status_code) == (200, 403)
    message = "You don't have permission to get data from the current table."
    assert bad.json() == {"error_msg": message}


def test_the_uuid_is_taken_as_given(start) -> None:
    old = start("v1-2020")
    assert "-" not in old.client.uuid
    assert set(old.client.token_answer) == {
        "access_token",
        "dtable_uuid",
        "dtable_server",
        "dtable_socket",
    }
    assert old.get("/metadata/").status_code == 200
    import uuid  # noqa: PLC0415

    old.client.uuid = str(uuid.UUID(old.client.uuid))
    assert old.get("/metadata/").status_code == 403


def test_metadata_of_2020_has_tables_only(start) -> None:
    assert set(start("v1-2020").get("/metadata/").json()["metadata"]) == {"tables"}
    assert "version" in start().get("/metadata/").json()["metadata"]


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
def test_errors(start, method: str, path: str, body: Any, status: int, answer: Any) -> None:
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


def test_writing(start) -> None:
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


def test_the_oldest_update_row_by_row(start) -> None:
    answer = start("v1-2020").send("PUT", "/batch-update-rows/", table_name="T", updates=[])
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_grouped_rows(start) -> None:
    old = start()
    old.base.append_rows(
        "T", [{"Name": n, "Kind": k} for n, k in (("a", "x"), ("b", "y"), ("c", "x"))]
    )
    kind = next(
        c for c in old.base.metadata()["metadata"]["tables"][0]["columns"] if c["name"] == "Kind"
    )
    old.send("PUT", "/views/Default View/?table_name=T", groupbys=[{"column_key": kind["key"]}])
    groups = old.get("/rows/?table_name=T&grouping=true").json()["groups"]
    assert [(g["cell_value"], [row["Name"] for row in g["rows"]]) for g in groups] == [
        ("x", ["a", "c"]),
        ("y", ["b"]),
    ]
    assert groups[0]["column_key"] == kind["key"]


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (("Name", "contains", "E", ""), "Tea Bread"),
        (("Name", "is", "tea", ""), "Tea"),
        (("Name", "does_not_contain", "e", ""), "Milk"),
        (("N", "greater_or_equal", "2", ""), "Milk Bread"),
        (("N", "is_empty", "", ""), ""),
        (("Kind", "is", "x", ""), "Tea"),
        (("Kind", "is_not", "x", ""), "Milk Bread"),
        (("Labels", "has_any_of", ["a"], ""), "Tea Milk"),
        (("Labels", "has_none_of", ["a"], ""), "Bread"),
        (("Labels", "is_exactly", ["b", "a"], ""), "Milk"),
        (("Good", "is", "true", ""), "Tea"),
        (("Day", "is_after", "2024-06-05 09:00", "exact_date"), "Milk"),
        (("Day", "is_on_or_after", "2024-06-05 23:59", "exact_date"), "Tea Milk"),
        (("Day", "is", "", "exact_date"), "Tea Milk Bread"),
        (("Changed", "is", "", "today"), "Tea Milk Bread"),
        (("Changed", "is_before", "", "today"), ""),
        (("Changed", "is_within", "", "this_month"), "Tea Milk Bread"),
    ],
    ids=repr,
)
def test_filtered_rows(start, rule: tuple[Any, ...], names: str) -> None:
    old = start()
    old.base.add_column("T", "Changed", "mtime")
    old.base.append_rows(
        "T",
        [
            {
                "Name": "Tea",
                "N": 1,
                "Kind": "x",
                "Labels": ["a"],
                "Good": True,
                "Day": "2024-06-05 10:20",
            },
            {"Name": "Milk", "N": 2, "Kind": "y", "Labels": ["a", "b"], "Day": "2024-06-06 00:00"},
            {"Name": "Bread", "N": 3},
        ],
    )
    keys = ("column_name", "filter_predicate", "filter_term", "filter_term_modifier")
    wanted = dict(zip(keys, rule, strict=True))
    found = old.rows("/filtered-rows/?table_name=T", json={"filters": [wanted]})
    assert [row["Name"] for row in found] == names.split()
    assert all("Changed" in row for row in found)


def test_filtered_rows_of_a_bigger_base(start) -> None:
    old = start(filtered_rows_limit=3)
    old.base.append_rows("T", [{"Name": "a"}] * 3)
    answer = old.get(
        "/filtered-rows/?table_name=T",
        json={"filters": [{"column_name": "Name", "filter_predicate": "is", "filter_term": "a"}]},
    )
    assert answer.status_code == 413


# Deleted rows ------------------------------------------------------------------------------------


def deleted(old: Old, query: str = "") -> list[str]:
    return [row["row_id"] for row in old.get(f"/deleted-rows/{query}").json()["deleted_rows"]]


def test_deleted_rows_and_their_gaps(start) -> None:
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
    assert deleted(old) == [long, ids[4], other, ids[1]]
    assert deleted(old, "?page=2&per_page=3") == [ids[1]]
    (entry,) = old.get("/deleted-rows/?page=2&per_page=3").json()["deleted_rows"]
    assert entry["detail"]["row_name"] == "1"
    assert entry["detail"]["row_data"][0]["value"] == "1"
    assert entry["op_time"].endswith(".000Z")
    old.sandbox.clock.advance(9 * 86_400)
    old.client.__init__(old.sandbox, old.base)
    assert deleted(old) == []


def test_a_row_too_long_for_the_record_is_missing(start) -> None:
    old = start()
    old.base.add_column("T", "Long", "long-text")
    (long,) = old.base.append_rows("T", [{"Name": "x", "Long": "y" * 66_000}])
    old.sandbox.clock.advance(301)
    old.base.delete_rows("T", [long])
    assert deleted(old) == []


def test_in_2020_every_row_of_a_batch_was_listed(start) -> None:
    old = start("v1-2020")
    ids = old.base.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
    old.sandbox.clock.advance(301)
    old.base.delete_rows("T", ids)
    assert deleted(old) == ids[::-1]


def test_deleted_rows_words_its_refusal_differently(start) -> None:
    old = start()
    old.client.base_token = "x"
    assert old.get("/deleted-rows/").json() == {
        "error_msg": "You don't have permission to get deleted rows."
    }


# SQL and what is where ---------------------------------------------------------------------------


def test_sql_of_v1(start) -> None:
    old = start(dtable_db=True)
    old.base.append_rows("T", [{"Name": "a"}])
    path = f"/dtable-db/api/v1/query/{old.client.uuid}/"
    good = old.client.request("POST", path, json={"sql": "select Name from T"})
    assert good.json()["results"] == [{"0000": "a"}]
    bad = old.client.request("POST", path, json={"sql": "select X from T"})
    assert (bad.status_code, bad.json()["success"]) == (200, False)
    assert bad.json()["error_message"] == "no such column: X"


@pytest.mark.parametrize(
    ("profile", "path"),
    [
        ("gateway", "/dtable-server/api/v1/dtables/x/rows/"),
        ("gateway", "/dtable-server/ping/"),
        ("gateway", "/dtable-db/api/v1/query/x/"),
        ("v1", "/dtable-db/api/v1/query/x/"),
        ("v1", "/api-gateway/api/v2/dtables/x/metadata/"),
        ("v1-2020", "/api-gateway/api/v2/ping/"),
        ("gateway", "/api-gateway/api/v2/dtables/x/filtered-rows/"),
        ("gateway", "/nowhere"),
    ],
)
def test_another_generations_paths_are_html(start, profile: str, path: str) -> None:
    answer = start(profile).client.request("GET", path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html" in answer.text


def test_cloud_5_0_redirects_v1_reads(start) -> None:
    old = start("cloud-5.0")
    old.base.append_rows("T", [{"Name": "a"}])
    assert old.client.token_answer["use_api_gateway"] is True
    assert old.client.token_answer["dtable_db"].endswith("/dtable-db/")
    answer = old.get("/rows/?table_name=T")
    assert answer.status_code == 302
    assert "/api-gateway/api/v2/dtables/" in answer.headers["Location"]
    followed = old.client.session.get(
        answer.headers["Location"], headers={"Authorization": f"Token {old.client.base_token}"}
    )
    assert followed.json()["rows"][0]["0000"] == "a"
    path = f"/dtable-db/api/v1/query/{old.client.uuid}/"
    assert old.client.request("POST", path, json={"sql": "select 1"}).status_code == 302
    made = old.send("POST", "/batch-append-rows/", table_name="T", rows=[{"Name": "b"}])
    assert made.json()["inserted_row_count"] == 1
    assert old.client.sql("select count(*) c from T") == [{"c": 2}]


@pytest.mark.parametrize(
    ("profile", "present", "absent"),
    [
        (
            "gateway",
            {"use_api_gateway", "workspace_id", "dtable_name", "app_name"},
            {"dtable_db", "dtable_socket"},
        ),
        ("v1", {"dtable_socket", "dtable_name"}, {"use_api_gateway", "dtable_db"}),
    ],
)
def test_token_answers(start, profile: str, present: set[str], absent: set[str]) -> None:
    answer = start(profile).client.token_answer
    assert present <= set(answer)
    assert not absent & set(answer)


def test_v1_makes_columns_of_unknown_types(start) -> None:
    old = start()
    made = old.send("POST", "/columns/", table_name="T", column_name="X", column_type="nonsense")
    assert made.json()["type"] == ""
    newer = start("gateway")
    refused = newer.client.gateway(
        "POST", "/columns/", json={"table_name": "T", "column_name": "X", "column_type": "nonsense"}
    )
    assert refused.status_code == 400


def test_a_profile_takes_known_overrides_only() -> None:
    with pytest.raises(ValueError, match="unknown feature or limit: sql_max"):
        Sandbox(sql_max=3)
    with pytest.raises(ValueError, match="unknown profile 'v9'"):
        Sandbox(profile="v9")


def test_one_row_at_a_time_is_logged_as_one_row(start) -> None:
    old = start()
    old.send("POST", "/rows/", table_name="T", row={"Name": "a"})
    row_id = old.rows()[0]["_id"]
    old.send("PUT", "/rows/", table_name="T", row_id=row_id, row={"Name": "b"})
    old.send("DELETE", "/rows/", table_name="T", row_id=row_id)
    found = [json.loads(one["operation"]) for one in old.get("/operations/").json()["operations"]]
    assert [one["op_type"] for one in found[:3]] == ["delete_row", "modify_row", "insert_row"]
    assert [one["row_id"] for one in found[:3]] == [row_id, row_id, ""]
    assert found[0]["deleted_row"]["_id"] == found[2]["row_data"]["_id"] == row_id


@pytest.mark.parametrize(
    ("profile", "by_sql", "listed"), [("gateway", 50, 50), ("cloud-5.0", 10, 50)]
)
def test_sql_showed_fewer_links_before_5_3(start, profile: str, by_sql: int, listed: int) -> None:
    old = start(profile)
    old.base.add_column("T", "Links", "link", {"table": "T", "other_table": "T"})
    one, *others = old.base.append_rows("T", [{"Name": str(number)} for number in range(60)])
    old.base.link("T", "Links", {one: others})
    [row] = old.client.sql(f"SELECT `Links` FROM `T` WHERE `_id` = '{one}'")
    assert len(row["Links"]) == by_sql
    rows = old.client.gateway("GET", "/rows/?table_name=T&convert_keys=true").json()["rows"]
    assert len(rows[0]["Links"]) == listed


def test_dtable_db_tells_how_many_rows_are_in_big_data_storage(start) -> None:
    old = start(dtable_db=True)
    old.base.enable_big_data()
    old.base.archive_rows("T", old.base.append_rows("T", [{"Name": "a"}, {"Name": "b"}])[:1])
    found = old.client.request("GET", f"/dtable-db/api/v1/base-info/{old.client.uuid}/").json()
    [table] = [one for one in found["tables"] if one["name"] == "T"]
    assert (found["id"], found["rows"], table["rows"], len(table["id"])) == (old.base.uuid, 1, 1, 4)
