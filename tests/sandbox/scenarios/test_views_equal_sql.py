"""What SeaTable checks of its filters: a view and a condition in SQL find the same rows."""

from __future__ import annotations

from typing import Any

import pytest

from seatable_sandbox import Sandbox
from tests.sandbox.support import Client

OPTIONS = [{"id": "11", "name": "red"}, {"id": "22", "name": "blue"}, {"id": "33", "name": "x"}]
COLUMNS: list[dict[str, Any]] = [
    {"column_name": "Text", "column_type": "text"},
    {"column_name": "N", "column_type": "number"},
    {"column_name": "One", "column_type": "single-select", "column_data": {"options": OPTIONS}},
    {"column_name": "Many", "column_type": "multiple-select", "column_data": {"options": OPTIONS}},
    {"column_name": "Day", "column_type": "date", "column_data": {"format": "YYYY-MM-DD"}},
    {"column_name": "Good", "column_type": "checkbox"},
    {"column_name": "Stars", "column_type": "rate"},
    {"column_name": "Mail", "column_type": "email"},
    {"column_name": "Hours", "column_type": "duration", "column_data": {"duration_format": "h:mm"}},
    {"column_name": "Twice", "column_type": "formula", "column_data": {"formula": "{N} * 2"}},
]
ROWS: list[dict[str, Any]] = [
    {"Text": "Tea", "N": 3, "One": "red", "Many": ["red", "blue"], "Day": "2024-06-05"},
    {"Text": "tea", "N": -1, "One": "blue", "Many": ["blue"], "Good": True, "Hours": 3600},
    {"Text": "Milk", "N": 0, "Stars": 4, "Mail": "a@example.com", "Day": "2024-06-06"},
    {"Text": "50% off", "N": 2.5, "Many": ["red"], "Good": True, "Stars": 1},
    {"Hours": 60},
]
CASES: list[tuple[str, str, Any, str]] = [
    ("Text", "contains", "tea", "Text ILIKE '%tea%'"),
    ("Text", "does_not_contain", "il", "NOT (Text ILIKE '%il%') OR Text IS NULL"),
    ("Text", "is", "Tea", "Text = 'Tea'"),
    ("Text", "is_empty", "", "Text IS NULL"),
    ("Text", "is_not_empty", "", "Text IS NOT NULL"),
    ("N", "equal", "3", "N = 3"),
    ("N", "less", "1", "N < 1"),
    ("N", "greater_or_equal", "0", "N >= 0"),
    ("N", "is_empty", "", "N IS NULL"),
    ("One", "is", "11", "One = 'red'"),
    ("One", "is_any_of", ["11", "22"], "One IN ('red', 'blue')"),
    ("One", "is_empty", "", "One IS NULL"),
    ("Many", "has_any_of", ["11"], "Many IN ('red')"),
    ("Many", "has_all_of", ["11", "22"], "Many HAS ALL OF ('red', 'blue')"),
    ("Many", "has_none_of", ["22"], "Many HAS NONE OF ('blue')"),
    ("Many", "is_exactly", ["22"], "Many IS EXACTLY ('blue')"),
    ("Day", "is_before", "2024-06-06", "Day < '2024-06-06'"),
    ("Day", "is_on_or_after", "2024-06-06", "Day >= '2024-06-06'"),
    ("Day", "is_empty", "", "Day IS NULL"),
    ("Good", "is", True, "Good = TRUE"),
    ("Stars", "greater", "1", "Stars > 1"),
    ("Mail", "contains", "@", "Mail LIKE '%@%'"),
    ("Hours", "equal", "3600", "Hours = 3600"),
    ("Twice", "greater", "4", "Twice > 4"),
]


@pytest.fixture(scope="module")
def filtered() -> Any:
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("Base")
        base.create_table("T", COLUMNS)
        base.append_rows("T", ROWS)
        yield base, Client(sandbox, base)


@pytest.mark.parametrize(("column", "predicate", "term", "condition"), CASES)
def test_a_view_has_the_rows_of_the_condition(
    filtered: Any, column: str, predicate: str, term: Any, condition: str
) -> None:
    base, client = filtered
    keys = {c["name"]: c["key"] for c in base.metadata()["metadata"]["tables"][0]["columns"]}
    rule = {"column_key": keys[column], "filter_predicate": predicate, "filter_term": term}
    if column == "Day" and term:
        rule["filter_term_modifier"] = "exact_date"
    name = f"{column} {predicate}"
    base.add_view("T", name, filters=[rule])
    viewed = client.gateway("GET", f"/rows/?table_name=T&view_name={name}").json()["rows"]
    found = client.sql(f"SELECT _id FROM T WHERE {condition}")
    assert {row["_id"] for row in viewed} == {row["_id"] for row in found}
    assert 0 < len(viewed) < len(ROWS)
