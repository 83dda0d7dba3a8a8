"""SeaTable's own Python client drives the sandbox, on the gateway and on v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from seatable_api import Account, Base
from seatable_api.constants import ColumnTypes

from seatable_sandbox import Sandbox, SandboxBase

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVERS: dict[str, dict[str, Any]] = {
    "gateway": {"profile": "gateway"},
    "v1": {"profile": "v1", "dtable_db": True, "v1_paging": True, "batch_append_returns_ids": True},
}


@pytest.fixture(params=SERVERS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(time_zone="Europe/Berlin", **SERVERS[request.param]) as running:
        running.generation = request.param  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def stored(sandbox: Sandbox) -> SandboxBase:
    base = sandbox.create_base("Shop")
    base.create_table(
        "Products",
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "Price", "column_type": "number"},
            {"column_name": "Since", "column_type": "date"},
            {"column_name": "Kind", "column_type": "single-select"},
        ],
    )
    base.create_table("Orders", [{"column_name": "Number", "column_type": "text"}])
    base.add_column("Orders", "Items", "link", {"table": "Orders", "other_table": "Products"})
    return base


@pytest.fixture
def client(sandbox: Sandbox, stored: SandboxBase) -> Base:
    base = Base(stored.api_token, sandbox.url)
    base.auth()
    return base


def test_the_client_reads_and_writes_rows(client: Base, stored: SandboxBase) -> None:
    first = client.append_row("Products", {"Name": "Tea", "Price": 3})
    assert first["0000"] == "Tea"
    row_id = first["_id"]
    answer = client.batch_append_rows(
        "Products", [{"Name": "Milk", "Kind": "drink"}, {"Name": "Bread"}, {"Nobody": 1}]
    )
    assert answer["inserted_row_count"] == 2
    assert len(answer["row_ids"]) == 2
    assert client.update_row("Products", row_id, {"Price": 4.5}) == {"success": True}
    ids = [item["_id"] for item in answer["row_ids"]]
    assert client.batch_update_rows(
        "Products", [{"row_id": ids[1], "row": {"Since": "2024-06-05"}}]
    ) == {"success": True}
    found = {row["Name"]: row for row in client.list_rows("Products")}
    assert found["Tea"]["Price"] == 4.5
    assert found["Milk"]["Kind"] == "drink"
    assert found["Bread"]["Since"].startswith("2024-06-05")
    assert client.get_row("Products", row_id)["Name"] == "Tea"
    client.delete_row("Products", row_id)
    client.batch_delete_rows("Products", ids)
    assert client.list_rows("Products") == []
    assert stored.rows("Products") == []


def test_the_client_pages_through_rows(client: Base, stored: SandboxBase) -> None:
    stored.append_rows("Products", [{"Name": str(n)} for n in range(25)])
    names = []
    for start in range(0, 30, 10):
        names += [row["Name"] for row in client.list_rows("Products", start=start, limit=10)]
    assert names == [str(n) for n in range(25)]


def test_a_missing_table_is_refused(client: Base) -> None:
    with pytest.raises(ConnectionError) as caught:
        client.list_rows("Nothing")
    assert caught.value.args[0] == 404


def test_a_row_id_that_is_missing_fails_the_whole_update(client: Base, stored: SandboxBase) -> None:
    (row_id,) = stored.append_rows("Products", [{"Name": "Tea"}])
    with pytest.raises(ConnectionError, match="modified_rows_do_not_exist"):
        client.batch_update_rows(
            "Products",
            [
                {"row_id": row_id, "row": {"Name": "changed"}},
                {"row_id": "A" * 22, "row": {"Name": "changed"}},
            ],
        )
    assert stored.rows("Products")[0]["Name"] == "Tea"


def test_the_client_changes_columns(client: Base) -> None:
    created = client.insert_column(
        "Products", "Rating", ColumnTypes.RATE, column_data={"rate_max_number": 10}
    )
    assert (created["name"], created["data"]["rate_max_number"]) == ("Rating", 10)
    assert client.get_column_by_name("Products", "Rating")["key"] == created["key"]
    client.rename_column("Products", created["key"], "Stars")
    client.resize_column("Products", created["key"], 99)
    client.move_column("Products", created["key"], "0000")
    columns = client.list_columns("Products")
    assert [c["name"] for c in columns][:2] == ["Name", "Stars"]
    assert columns[1]["width"] == 99
    client.add_column_options(
        "Products", "Kind", [{"name": "food", "color": "#aaa", "textColor": "#000"}]
    )
    assert client.get_column_by_name("Products", "Kind")["data"]["options"][0]["name"] == "food"
    client.delete_column("Products", created["key"])
    assert client.get_column_by_name("Products", "Stars") is None
    with pytest.raises(ConnectionError) as caught:
        client.insert_column("Products", "Price", ColumnTypes.TEXT)
    assert caught.value.args[0] == 400


def test_a_changed_column_type_converts_the_cells(client: Base, stored: SandboxBase) -> None:
    stored.append_rows("Products", [{"Name": "a", "Price": 3.5}, {"Name": "b"}])
    key = client.get_column_by_name("Products", "Price")["key"]
    client.modify_column_type("Products", key, ColumnTypes.TEXT)
    assert [row["Price"] for row in stored.rows("Products")] == ["3.5", None]


def test_the_client_changes_tables(client: Base) -> None:
    created = client.add_table("Made", columns=[{"column_name": "N", "column_type": "number"}])
    assert created["columns"][0]["key"] == "0000"
    client.rename_table("Made", "Renamed")
    assert client.get_table_by_name("Renamed")["_id"] == created["_id"]
    client.delete_table("Renamed")
    assert client.get_table_by_name("Renamed") is None
    with pytest.raises(ConnectionError):
        client.add_table("Products")


def test_the_client_changes_views(client: Base) -> None:
    created = client.add_view("Products", "Mine")
    assert created["name"] == "Mine"
    client.rename_view("Products", "Mine", "Ours")
    assert client.get_view_by_name("Products", "Ours")["_id"] == created["_id"]
    client.delete_view("Products", "Ours")
    assert len(client.list_views("Products")["views"]) == 1


def test_the_client_changes_links(client: Base, stored: SandboxBase) -> None:
    tea, milk = stored.append_rows("Products", [{"Name": "Tea"}, {"Name": "Milk"}])
    (order,) = stored.append_rows("Orders", [{"Number": "1"}])
    before = {row["_id"]: row["_mtime"] for row in stored.rows("Orders")}
    link_id = client.get_column_link_id("Orders", "Items")
    client.add_link(link_id, "Orders", "Products", order, tea)
    with pytest.raises(ConnectionError, match="link_inserted_exist"):
        client.add_link(link_id, "Orders", "Products", order, tea)
    client.update_link(link_id, "Orders", "Products", order, [milk, tea])
    assert [item["display_value"] for item in stored.rows("Orders")[0]["Items"]] == ["Milk", "Tea"]
    client.remove_link(link_id, "Orders", "Products", order, tea)
    client.batch_update_links(link_id, "Products", "Orders", [tea], {tea: [order]})
    assert stored.rows("Products")[0]["Orders"] == [{"row_id": order, "display_value": "1"}]
    column = client.get_column_by_name("Orders", "Items")
    table_id = client.get_table_by_name("Orders")["_id"]
    found = client.get_linked_records(table_id, column["key"], [{"row_id": order, "limit": 100}])
    assert [item["display_value"] for item in found[order]] == ["Tea", "Milk"]
    assert {row["_id"]: row["_mtime"] for row in stored.rows("Orders")} == before


def test_the_client_runs_sql(client: Base, stored: SandboxBase) -> None:
    stored.append_rows(
        "Products",
        [
            {"Name": name, "Price": price, "Kind": kind}
            for name, price, kind in (
                ("Tea", 3, "drink"),
                ("Milk", 1, "drink"),
                ("Bread", 2, "food"),
            )
        ],
    )
    found = client.query("select Name, Price from Products where Kind = 'drink' order by Price")
    assert found == [{"Name": "Milk", "Price": 1}, {"Name": "Tea", "Price": 3}]
    grouped = client.query("select Kind, sum(Price) from Products group by Kind order by Kind")
    assert grouped == [{"Kind": "drink", "SUM(Price)": 4}, {"Kind": "food", "SUM(Price)": 2}]
    client.query("update Products set Price = 9 where Name = 'Tea'")
    client.query("delete from Products where Name = 'Milk'")
    assert sorted(row["Price"] for row in stored.rows("Products")) == [2, 9]


def test_the_client_runs_sql_with_parameters(
    client: Base, stored: SandboxBase, sandbox: Sandbox
) -> None:
    stored.append_rows("Products", [{"Name": "it's"}, {"Name": "no"}])
    if sandbox.generation == "v1":  # type: ignore[attr-defined]
        found = client.query("select Name from Products where Name = 'it''s'")
    else:
        found = client.query("select Name from Products where Name = ?", parameters=["it's"])
    assert found == [{"Name": "it's"}]


def test_the_client_archives_rows(client: Base, stored: SandboxBase) -> None:
    stored.enable_big_data()
    assert client.big_data_insert_rows("Products", [{"Name": "old"}]) == {"inserted_row_count": 1}
    assert stored.rows("Products")[0]["_archived"] is True
    assert [row["_archived"] for row in client.query("select * from Products")] == [True]


def test_the_client_uploads_and_downloads_files(client: Base, stored: SandboxBase) -> None:
    info = client.upload_bytes_file("note.txt", b"hello", file_type="file", replace=True)
    assert info["size"] == 5
    stored.add_column("Products", "Paper", "file")
    client.append_row("Products", {"Name": "x", "Paper": [info]})
    url = stored.rows("Products")[0]["Paper"][0]["url"]
    path = url.split("/asset/" + client.dtable_uuid)[1]
    link = client.get_file_download_link(path)
    assert requests.get(link, timeout=5).content == b"hello"


def test_the_client_reads_users_and_metadata(client: Base) -> None:
    assert all(user["email"].endswith("@auth.local") for user in client.get_related_users())
    metadata = client.get_metadata()
    assert [table["name"] for table in metadata["tables"]] == ["Products", "Orders"]
    assert isinstance(metadata["version"], int)


def test_an_account_opens_a_base_with_a_token_for_an_hour(
    sandbox: Sandbox, stored: SandboxBase
) -> None:
    account = Account("demo@example.com", "demo", sandbox.url)
    account.auth()
    base = account.get_base(stored.workspace_id, "Shop")
    base.append_row("Products", {"Name": "Tea"})
    assert [row["Name"] for row in stored.rows("Products")] == ["Tea"]
    assert stored.rows("Products")[0]["_creator"].endswith("@auth.local")
    sandbox.clock.advance(3601)
    with pytest.raises(ConnectionError, match="403"):
        base.auth()
