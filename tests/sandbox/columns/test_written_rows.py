"""What becomes of rows with values that the server coerces, ignores or refuses."""

from __future__ import annotations

from typing import Any

import pytest

from seatable_sandbox import Sandbox, SandboxBase
from seatable_sandbox.columns.types import TYPES


@pytest.mark.parametrize(
    "column_type", [name for name, entry in TYPES.items() if entry.coerce is None]
)
def test_computed_columns_ignore_writes(column_type: str, base: SandboxBase) -> None:
    extra = {
        "link": {"table": "T", "other_table": "T"},
        "formula": {"formula": "1"},
        "button": {"button_type": "", "button_name": "B", "button_color": "#FFFCB5"},
        "link-formula": {"formula": "count_links", "link_column": "Self"},
    }
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    if column_type == "link-formula":
        base.add_column("T", "Self", "link", extra["link"])
    base.add_column("T", "C", column_type, extra.get(column_type))
    base.append_rows("T", [{"Name": "a"}])
    before = base.rows("T")[0].get("C")
    (second,) = base.append_rows("T", [{"Name": "b", "C": "written"}])
    row = next(row for row in base.rows("T") if row["_id"] == second)
    assert row.get("C") != "written"
    assert type(row.get("C")) is type(before)


def test_the_api_coerces_and_drops_silently(base: SandboxBase, client) -> None:
    base.create_table(
        "T",
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "N", "column_type": "number"},
        ],
    )
    answer = client.gateway(
        "POST",
        "/rows/",
        json={
            "table_name": "T",
            "rows": [
                {"Name": 5, "N": "12abc", "Nowhere": 1},
                {"Nowhere": 1},
                {"0000": "by key"},
                {"N": ""},
            ],
        },
    )
    assert answer.json()["inserted_row_count"] == 2
    assert len(answer.json()["row_ids"]) == 2
    assert [(row["Name"], row["N"]) for row in base.rows("T")] == [("5", 12), (None, None)]


def test_a_throwing_value_is_a_500_and_nothing_is_stored(base: SandboxBase, client) -> None:
    base.create_table(
        "T",
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "S", "column_type": "single-select"},
            {"column_name": "N", "column_type": "number"},
        ],
    )
    answer = client.gateway(
        "POST",
        "/rows/",
        json={"table_name": "T", "rows": [{"Name": "a", "S": "new"}, {"Name": "b", "N": [1]}]},
    )
    assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
    assert base.rows("T") == []
    assert base.metadata()["metadata"]["tables"][0]["columns"][1]["data"] is None


def test_ids_have_the_formats_of_the_server(base: SandboxBase, client) -> None:
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    answer = client.gateway(
        "POST", "/rows/", json={"table_name": "T", "rows": [{"_id": "A" * 22, "Name": "a"}]}
    )
    row_id = answer.json()["row_ids"][0]["_id"]
    assert row_id != "A" * 22
    assert len(row_id) == 22


def test_auto_numbers(base: SandboxBase) -> None:
    base.create_table(
        "T",
        [
            {"column_name": "Name", "column_type": "text"},
            {
                "column_name": "No",
                "column_type": "auto-number",
                "column_data": {
                    "format": "Ex-000",
                    "digits": 3,
                    "prefix_type": "string",
                    "prefix": "Ex",
                },
            },
        ],
    )
    base.append_rows("T", [{"Name": "a"}, {"Name": "b", "No": "mine"}, {"Name": "c"}])
    assert [row["No"] for row in base.rows("T")] == ["Ex-001", "mine", "Ex-002"]
    base.add_column("T", "Later", "auto-number")
    assert [row["Later"] for row in base.rows("T")] == ["0001", "0002", "0003"]


def test_a_file_database_keeps_everything(tmp_path: Any) -> None:
    path = str(tmp_path / "bases.db")
    with Sandbox(database=path) as first:
        base = first.create_base("Kept")
        base.create_table("T", [{"column_name": "S", "column_type": "single-select"}])
        base.append_rows("T", [{"S": "x"}])
        before, token = base.rows("T"), base.api_token
    with Sandbox(database=path) as second:
        again = second.create_base("Kept")
        assert again.api_token == token
        assert again.rows("T") == before
