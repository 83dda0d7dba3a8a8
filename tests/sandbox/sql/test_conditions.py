"""Conditions of SeaTable's SQL, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from seatable_sandbox import SandboxBase


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Price = 3", "Tea"),
        ("Price > 1.5 and Price <= 3", "Tea Bread"),
        ("Price between 1.5 and 2", "Milk Bread"),
        ("Price in (3, 2)", "Tea Bread"),
        ("name = 'Tea'", "Tea"),
        ('NAME = "Tea"', "Tea"),
        ("Name like 'T%'", "Tea"),
        ("Name like 't%'", ""),
        ("Name ilike 't_A'", "Tea"),
        ("`Two words` = 'x'", "Tea"),
        ("Kind = 'drink'", "Tea Milk"),
        ("Kind in ('food', 'none')", "Bread"),
        ("Kind like 'dr%'", "Tea Milk"),
        ("Labels = 'a'", "Tea"),
        ("Labels like 'c%'", "Bread"),
        ("Labels has any of ('a', 'zzz')", "Tea Bread"),
        ("Labels has all of ('a', 'b')", "Tea"),
        ('Labels is exactly ("b")', "Milk"),
        ("Good is true", "Tea"),
        ("Good = true", "Tea"),
        ("Since > '2024-02-05'", "Bread"),
        ("Since >= '2024-02-05'", "Milk Bread"),
        ("Since = '2024-02-05 00:00'", "Milk"),
        ("Since = '2024-02-04T23:00:00Z'", "Milk"),
        ("Seen >= '2024-06-05 23:55'", "Milk"),
        ("Seen < '2024-06-05T10:00:00+00:00'", "Tea"),
        ("Double = 6", "Tea"),
        ("Double > 3 and Kind = 'food'", "Bread"),
        ("Price + 1 = 4", "Tea"),
        ("year(Since) = 2024 and month(Since) = 3", "Bread"),
        ("_locked is not null", ""),
        ("_archived = false", "Tea Milk Bread Nothing"),
        # An empty cell: every negation is true, every comparison is false.
        ("Price != 3", "Milk Bread Nothing"),
        ("Price <> 3", "Milk Bread Nothing"),
        ("Name not like 'T%'", "Milk Bread Nothing"),
        ("Two_ = 1 or `Two words` not like 'x%'", None),
        ("`Two words` not like 'x%'", "Milk Bread Nothing"),
        ("Price not in (3)", "Milk Bread Nothing"),
        ("Price not between 1.5 and 2", "Tea Nothing"),
        ("Labels has none of ('a')", "Milk Nothing"),
        ("Good is not true", "Milk Bread Nothing"),
        ("not Price = 3", "Milk Bread Nothing"),
        ("Price is null", "Nothing"),
        ("Labels is null", "Nothing"),
        ("Price is not null", "Tea Milk Bread"),
        ("Price < 100", "Tea Milk Bread"),
    ],
    ids=repr,
)
def test_a_condition_selects_rows(where: str, names: str | None, client) -> None:
    answer = client.sql_answer(f"select Name from Products where {where}")
    if names is None:
        assert answer.status_code == 400
    else:
        found = {row["Name"] for row in answer.json()["results"]}
        assert found == set(names.split())


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select * from Nowhere", "no such table: Nowhere"),
        ("select pi from Products", "no such column: pi"),
        ("select Price p from Products where p = 3", "no such column: p"),
        ("select frobnicate(Name) from Products", "no such function: frobnicate"),
        ("select Name from Products where Place is not null", "cannot be used in a condition"),
        ("select Name from Products order by Place", "cannot be sorted"),
        ("select Name from Products a join Products b on a.Name = b.Name", "JOIN is not supported"),
        ("select Name from Products where Name in (select Name from Products)", "syntax error"),
        ("select Name from (select Name from Products)", "syntax error"),
        ("select Name from Products union select Name from Products", "only SELECT"),
        ("select case when Price > 1 then 1 else 2 end from Products", "syntax error"),
        ("select Name from Products where", "syntax error"),
        ("select Name from Products; select Name from Products", "syntax error"),
        ("select Name from Products where _mtime > 'yesterday'", "invalid time constant"),
        ("drop table Products", "only SELECT"),
        ("update Products set Price = Price + 1", "a constant is expected"),
        ("update Products set _id = 'x'", "not writable"),
        ("update Products set Place = 'x'", "not writable"),
        ("insert into Products (Name) values ('x')", "insert on non-existent base"),
        ("select Name from Products where Price = ?", "not enough parameters"),
    ],
    ids=repr,
)
def test_an_invalid_statement_is_refused(sql: str, message: str, client) -> None:
    answer = client.sql_answer(sql)
    assert answer.status_code == 400
    assert message in answer.json()["error_message"]


def test_names_are_not_case_sensitive(base: SandboxBase, client) -> None:
    base.create_table(
        "T",
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "name", "column_type": "text"},
        ],
    )
    base.append_rows("T", [{"Name": "first", "name": "second"}])
    assert client.values("select name from t") == ["first"]
    assert base.rows("T")[0]["name"] == "second"


def test_formula_errors_count_as_empty(base: SandboxBase, client) -> None:
    base.create_table(
        "T",
        [
            {"column_name": "D", "column_type": "date"},
            {"column_name": "Y", "column_type": "formula", "column_data": {"formula": "year({D})"}},
        ],
    )
    base.append_rows("T", [{"D": "2024-01-01"}, {"D": ""}])
    assert client.sql("select Y from T where Y is null") == [{"Y": "#VALUE!"}]
    assert client.sql("select Y from T where Y = 2024") == [{"Y": 2024}]
