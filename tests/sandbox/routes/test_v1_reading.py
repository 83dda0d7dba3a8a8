"""Reading rows with dtable-server v1."""

from __future__ import annotations

from typing import Any

import pytest


def test_rows_omit_empty_cells(start) -> None:
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


def test_servers_of_2020_show_empty_selects(start) -> None:
    old = start("v1-2020")
    old.base.append_rows("T", [{"Name": "b"}])
    (row,) = old.rows()
    assert (row["Kind"], row["Labels"]) == ("", [])
    assert "N" not in row


def test_old_servers_do_not_page(start) -> None:
    old = start()
    old.base.append_rows("T", [{"Name": str(n)} for n in range(1500)])
    assert len(old.rows("/rows/?table_name=T&start=10&limit=5")) == 1500


def test_later_servers_page_and_sort(start) -> None:
    old = start(v1_paging=True)
    old.base.append_rows("T", [{"Name": str(n), "N": -n} for n in range(1500)])
    assert len(old.rows()) == 1000
    assert [row["Name"] for row in old.rows("/rows/?table_name=T&start=10&limit=2")] == ["10", "11"]
    first = old.rows("/rows/?table_name=T&start=0&limit=1&order_by=N&direction=asc")
    assert first[0]["Name"] == "1499"
    assert old.rows("/rows/?table_name=T&start=1500&limit=10") == []


def test_without_a_view_the_first_view_applies(start) -> None:
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


def test_rows_are_grouped_by_the_view(start) -> None:
    old = start()
    old.base.append_rows(
        "T", [{"Name": n, "Kind": k} for n, k in (("a", "x"), ("b", "y"), ("c", "x"))]
    )
    column = next(
        c for c in old.base.metadata()["metadata"]["tables"][0]["columns"] if c["name"] == "Kind"
    )
    old.send("PUT", "/views/Default View/?table_name=T", groupbys=[{"column_key": column["key"]}])
    groups = old.get("/rows/?table_name=T&grouping=true").json()["groups"]
    assert [(g["cell_value"], [row["Name"] for row in g["rows"]]) for g in groups] == [
        ("x", ["a", "c"]),
        ("y", ["b"]),
    ]
    assert groups[0]["column_key"] == column["key"]


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (("Name", "contains", "E", ""), "Tea Bread"),
        (("Name", "is", "Tea", ""), "Tea"),
        (("Name", "is", "tea", ""), ""),
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
def test_rows_are_filtered_by_rules(start, rule: tuple[Any, ...], names: str) -> None:
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
    filter_rule = dict(zip(keys, rule, strict=True))
    found = old.rows("/filtered-rows/?table_name=T", json={"filters": [filter_rule]})
    assert [row["Name"] for row in found] == names.split()
    assert all("Changed" in row for row in found)


def test_filtering_a_large_base_is_refused(start) -> None:
    old = start(filtered_rows_limit=3)
    old.base.append_rows("T", [{"Name": "a"}] * 3)
    answer = old.get(
        "/filtered-rows/?table_name=T",
        json={"filters": [{"column_name": "Name", "filter_predicate": "is", "filter_term": "a"}]},
    )
    assert answer.status_code == 413
