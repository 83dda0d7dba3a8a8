"""How generations of servers differ: tokens, metadata, SQL, redirects."""

from __future__ import annotations

import pytest


def test_v1_takes_no_bearer_tokens(start) -> None:
    old = start()
    path = f"{old.sandbox.url}/dtable-server/api/v1/dtables/{old.client.uuid}/metadata/"
    session = old.client.session
    good = session.get(path, headers={"Authorization": f"Token {old.client.base_token}"})
    bad = session.get(path, headers={"Authorization": f"Bearer {old.client.base_token}"})
    assert (good.status_code, bad.status_code) == (200, 403)
    message = "You don't have permission to get data from the current table."
    assert bad.json() == {"error_msg": message}


def test_the_uuid_is_taken_as_issued(start) -> None:
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


def test_metadata_of_2020_has_no_version(start) -> None:
    assert set(start("v1-2020").get("/metadata/").json()["metadata"]) == {"tables"}
    assert "version" in start().get("/metadata/").json()["metadata"]


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
def test_paths_of_other_generations_are_answered_with_html(start, profile: str, path: str) -> None:
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
    assert followed.json()["rows"][0]["Name"] == "a"
    path = f"/dtable-db/api/v1/query/{old.client.uuid}/"
    assert old.client.request("POST", path, json={"sql": "select 1"}).status_code == 302
    appended = old.send("POST", "/batch-append-rows/", table_name="T", rows=[{"Name": "b"}])
    assert appended.json()["inserted_row_count"] == 1
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
def test_fields_beside_the_base_token_differ_by_generation(
    start, profile: str, present: set[str], absent: set[str]
) -> None:
    answer = start(profile).client.token_answer
    assert present <= set(answer)
    assert not absent & set(answer)


def test_dtable_db_answers_sql(start) -> None:
    old = start(dtable_db=True)
    old.base.append_rows("T", [{"Name": "a"}])
    path = f"/dtable-db/api/v1/query/{old.client.uuid}/"
    good = old.client.request("POST", path, json={"sql": "select Name from T"})
    assert good.json()["results"] == [{"0000": "a"}]
    bad = old.client.request("POST", path, json={"sql": "select X from T"})
    assert (bad.status_code, bad.json()["success"]) == (200, False)
    assert bad.json()["error_message"] == "no such column: X"


@pytest.mark.parametrize(
    ("profile", "by_sql", "listed"), [("gateway", 50, 50), ("cloud-5.0", 10, 50)]
)
def test_sql_showed_fewer_links_before_5_3(start, profile: str, by_sql: int, listed: int) -> None:
    old = start(profile)
    old.base.add_column("T", "Links", "link", {"table": "T", "other_table": "T"})
    row_id, *others = old.base.append_rows("T", [{"Name": str(number)} for number in range(60)])
    old.base.link("T", "Links", {row_id: others})
    [row] = old.client.sql(f"SELECT `Links` FROM `T` WHERE `_id` = '{row_id}'")
    assert len(row["Links"]) == by_sql
    rows = old.client.gateway("GET", "/rows/?table_name=T&convert_keys=true").json()["rows"]
    assert len(rows[0]["Links"]) == listed


def test_dtable_db_counts_rows_in_big_data_storage(start) -> None:
    old = start(dtable_db=True)
    old.base.enable_big_data()
    old.base.archive_rows("T", old.base.append_rows("T", [{"Name": "a"}, {"Name": "b"}])[:1])
    found = old.client.request("GET", f"/dtable-db/api/v1/base-info/{old.client.uuid}/").json()
    [table] = [table for table in found["tables"] if table["name"] == "T"]
    assert (found["id"], found["rows"], table["rows"], len(table["id"])) == (old.base.uuid, 1, 1, 4)
