"""Metadata: what is needed is read, what is not is left alone, and nothing is no structure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError

from seatable_client.column_types import codec, registry
from seatable_client.column_types.readers import Reading
from seatable_client.errors import NotFound
from seatable_client.metadata import Column, Metadata, Table, View

FIRST = {"key": "0000", "name": "Name", "type": "text", "width": 200}
VIEW = {"_id": "0000", "name": "Default View", "filters": [], "hidden_columns": [], "rows": []}


def test_the_answer_of_today():
    answer = {
        "metadata": {
            "format_version": 9,
            "settings": {"date_settings": {"first_day_of_week": "Monday"}},
            "tables": [
                {
                    "_id": "0000",
                    "name": "Table1",
                    "columns": [
                        FIRST,
                        {"key": "a1B2", "name": "n", "type": "number", "data": {"format": "euro"}},
                        {"key": "s", "name": "s", "type": "single-select", "data": None},
                        {"key": "x", "name": "x", "type": "hologram", "data": {"a": [1]}},
                    ],
                    "views": [VIEW],
                    "is_header_locked": False,
                    "summary_configs": {},
                }
            ],
            "version": 482,
        }
    }
    metadata = Metadata.parse(answer)
    assert metadata.version == 482
    table = metadata.table("Table1")
    assert [column.type for column in table.columns] == [
        "text",
        "number",
        "single-select",
        "hologram",
    ]
    assert table.by_name["n"].data == {"format": "euro"}
    assert table.by_name["s"].options == ()
    assert table.by_name["Name"].data == {}
    assert table.views == (View("0000", "Default View"),)
    assert registry.type_of(table.by_name["x"]) is registry.UNKNOWN


def test_the_answer_of_2020_holds_only_tables():
    table = {"_id": "0000", "name": "T", "columns": [FIRST]}
    metadata = Metadata.parse({"metadata": {"tables": [table]}})
    assert metadata.version is None
    assert metadata.tables == (Table("0000", "T", (Column("0000", "Name", "text"),)),)


def test_a_table_that_is_not_there_names_those_that_are():
    tables = [{"_id": name, "name": name, "columns": []} for name in "AB"]
    metadata = Metadata.parse({"metadata": {"tables": tables}})
    with pytest.raises(NotFound, match="no table 'C'; its tables are: 'A', 'B'"):
        metadata.table("C")


TABLE = {"_id": "0000", "name": "T", "columns": [FIRST], "views": [VIEW]}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        None,
        {"metadata": None},
        {"metadata": {}},
        {"metadata": {"tables": None}},
        {"a": 1},
        *(
            {"metadata": {"tables": [table]}}
            for table in (
                None,
                {**TABLE, "_id": None},
                {**TABLE, "name": None},
                {**TABLE, "columns": None},
                {**TABLE, "columns": [None]},
                {**TABLE, "columns": [{**FIRST, "key": ""}]},
                {**TABLE, "columns": [{**FIRST, "name": None}]},
                {**TABLE, "columns": [{**FIRST, "data": {"options": [None]}}]},
                {**TABLE, "columns": [{**FIRST, "data": []}]},
                {**TABLE, "views": [None]},
                {**TABLE, "views": [{**VIEW, "filters": [None]}]},
                {**TABLE, "views": [{**VIEW, "hidden_columns": "0000"}]},
            )
        ),
    ],
)
def test_an_answer_without_tables_is_no_empty_base(answer):
    """An empty base is one whose streams are gone: no misread answer may look like it."""
    with pytest.raises(ValidationError):
        Metadata.parse(answer)


@pytest.mark.parametrize(
    ("attributes", "restricts"),
    [
        ({}, False),
        ({"sorts": [{"column_key": "0000"}], "groupbys": [{}], "colors": {}}, False),
        ({"filters": [{"column_key": "0000"}]}, True),
        ({"hidden_columns": ["0000"]}, True),
        ({"type": "archive"}, True),
        ({"type": "kanban", "filters": None, "hidden_columns": None}, False),
    ],
)
def test_a_view_that_can_hide_something_is_known(attributes, restricts):
    assert View.parse({**VIEW, **attributes}).restricts is restricts


@given(
    st.dictionaries(
        st.sampled_from(["type", "data", "description", "colorbys", "new"]),
        st.one_of(st.none(), st.text(max_size=5), st.just({}), st.just({"options": None})),
    )
)
def test_a_column_may_lack_all_but_its_name_and_have_anything(answer):
    if isinstance(answer.get("data"), str):
        answer.pop("data")
    if isinstance(answer.get("type"), dict):
        answer.pop("type")
    column = Column.parse({"key": "0000", "name": "Name", **answer})
    assert column.options == ()
    assert codec.schema(column)["type"][-1] == "null"
    assert codec.reader(column, Reading())(None) is None
    hash(column)
