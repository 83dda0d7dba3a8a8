"""What SeaTable checks with its own client: many rows, views, columns, and options that depend."""

from __future__ import annotations

from typing import Any

import pytest
from seatable_api import Base
from seatable_api.constants import ColumnTypes

from seatable_sandbox import Sandbox

BATCHES, PER_BATCH = 3, 1000


@pytest.fixture(params=["gateway", "v1"])
def client(request: pytest.FixtureRequest) -> Any:
    options: dict[str, Any] = (
        {} if request.param == "gateway" else {"dtable_db": True, "v1_paging": True}
    )
    with Sandbox(request.param, **options) as sandbox:
        stored = sandbox.create_base("Base")
        stored.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        opened = Base(stored.api_token, sandbox.url)
        opened.auth()
        yield opened


def test_thousands_of_rows_are_added_changed_and_deleted_page_by_page(client: Any) -> None:
    for batch in range(BATCHES):
        client.batch_append_rows("T", [{"Name": f"{batch} {n}"} for n in range(PER_BATCH)])
    assert client.query("select count(*) as n from T") == [{"n": BATCHES * PER_BATCH}]
    page = client.list_rows("T", limit=PER_BATCH)
    updates = [{"row_id": row["_id"], "row": {"Name": "changed"}} for row in page]
    client.batch_update_rows("T", updates)
    found = client.query("select count(*) as n from T where Name = 'changed'")
    assert found == [{"n": PER_BATCH}]
    pages = 0
    while page := client.list_rows("T", limit=PER_BATCH):
        client.batch_delete_rows("T", [row["_id"] for row in page])
        pages += 1
    assert pages == BATCHES


def test_a_row_is_inserted_behind_another(client: Any) -> None:
    client.append_row("T", {"Name": "a"})
    client.append_row("T", {"Name": "c"})
    first = next(row for row in client.list_rows("T") if row["Name"] == "a")
    client.insert_row("T", {"Name": "b"}, first["_id"])
    assert sorted(row["Name"] for row in client.list_rows("T")) == ["a", "b", "c"]


def test_columns_stand_where_they_are_put(client: Any) -> None:
    for number in range(4):
        client.insert_column("T", f"C{number}", ColumnTypes.TEXT)
    client.insert_column("T", "Behind 1", ColumnTypes.TEXT, "C1")
    names = [column["name"] for column in client.list_columns("T")]
    assert names == ["Name", "C0", "C1", "Behind 1", "C2", "C3"]
    client.freeze_column("T", "Behind 1", True)
    assert client.get_column_by_name("T", "Behind 1")["frozen"] is True
    client.freeze_column("T", "Behind 1", False)
    client.move_column("T", "Behind 1", "C3")
    assert [column["name"] for column in client.list_columns("T")][-1] == "Behind 1"
    assert len(client.get_columns_by_type("T", ColumnTypes.TEXT)) == len(names)


def test_the_options_of_a_column_depend_on_those_of_another(client: Any) -> None:
    for name, options in (("Land", ["DE", "FR"]), ("City", ["Bonn", "Köln", "Lyon"])):
        client.insert_column("T", name, ColumnTypes.SINGLE_SELECT)
        colours = {"color": "#aaa", "textColor": "#000000"}
        client.add_column_options("T", name, [{"name": o, **colours} for o in options])
    cascade = {"DE": ["Bonn", "Köln", "nowhere"], "FR": ["Lyon"], "IT": ["Roma"]}
    assert client.add_column_cascade_settings("T", "City", "Land", cascade) == {"success": True}
    land, city = (client.get_column_by_name("T", name) for name in ("Land", "City"))
    ids = {o["name"]: o["id"] for column in (land, city) for o in column["data"]["options"]}
    assert city["data"]["cascade_column_key"] == land["key"]
    assert city["data"]["cascade_settings"] == {
        ids["DE"]: [ids["Bonn"], ids["Köln"]],
        ids["FR"]: [ids["Lyon"]],
    }
    with pytest.raises(ConnectionError):
        client.add_column_cascade_settings("T", "Name", "Land", cascade)
