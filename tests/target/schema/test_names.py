"""From the names of a source to the names of a base."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.errors import ConfigError
from target_seatable.schema.names import RESERVED, clean_name, column_names
from tests.target.singer import record, schema

NAMES = st.text(st.sampled_from("abAB_.{}` -é"), min_size=0, max_size=6) | st.sampled_from(
    sorted(RESERVED)
)


@given(st.lists(NAMES, unique=True, max_size=6))
def test_columns_have_names_that_seatable_takes_and_sql_tells_apart(properties):
    try:
        named = column_names(properties, "s")
    except ConfigError:
        folded = [clean_name(name).casefold() for name in properties]
        assert len(set(folded)) < len(folded) or any(name in RESERVED for name in folded)
        return
    assert list(named) == properties
    assert not any(character in name for name in named.values() for character in ".{}`")
    folded = [name.casefold() for name in named.values()]
    assert len(set(folded)) == len(folded)
    assert RESERVED.isdisjoint(folded)


@given(NAMES)
def test_a_name_that_seatable_takes_stays_as_it_is(name):
    if name and not set(name) & set(".{}`"):
        assert clean_name(name) == name


def test_headers_of_a_csv_file_are_cleaned_and_announced(base, caplog):
    base.load(
        schema("sales.2024", {"Net. income": "number", "_id": "string"}),
        record("sales.2024", **{"Net. income": 1, "_id": "x"}),
    )
    assert base.rows("sales_2024") == [{"Net_ income": 1, "source_id": "x"}]
    assert "'Net. income' goes into column 'Net_ income'" in caplog.text
    assert "'_id' goes into column 'source_id'" in caplog.text
    assert "Stream 'sales.2024': it goes into table 'sales_2024'" in caplog.text


def test_what_describes_a_table_is_a_warning_in_runs_that_change_it(base, caplog):
    """One line of a stream. What skips a value is a warning in each run."""

    def lines(level):
        return [
            entry.getMessage() for entry in caplog.records
            if entry.levelno == level and entry.name.startswith("target_seatable.")
            and (" goes into " in entry.getMessage() or "skipped" in entry.getMessage())
        ]  # fmt: skip

    caplog.set_level(logging.INFO, "target_seatable")
    base.base.create_table("Users", [{"column_name": "Name", "column_type": "text"}])
    first = schema("users", {"name": "string", "a.b": "string"})
    second = schema("users", {"name": "string", "a_b": "string", "late": "string"})
    known = "it goes into the existing table 'Users'; 'name' goes into existing column 'Name'"
    base.load(first, record("users", name="Ann"))
    assert lines(logging.WARNING) == [f"Stream 'users': {known}; 'a.b' goes into column 'a_b'."]
    assert not lines(logging.INFO)
    for _ in range(2):
        caplog.clear()
        base.load(second, record("users", name="Ann", late="x"), add_columns=False)
        assert lines(logging.INFO) == [f"Stream 'users': {known}."]
        (skipped,) = lines(logging.WARNING)
        assert "skipped" in skipped
        assert "'late'" in skipped
    caplog.clear()
    base.load(second, record("users", name="Ann", late="x"))
    assert lines(logging.WARNING) == [f"Stream 'users': {known}."]


def test_a_schema_in_front_of_the_name_is_part_of_it(base):
    base.load(schema("public-users", {"id": "integer"}), record("public-users", id=1))
    assert base.rows("public-users") == [{"id": 1}]


def test_a_stream_goes_where_table_mapping_says(base):
    base.load(
        schema("public-users", {"id": "integer"}),
        record("public-users", id=1),
        table_mapping={"public-users": "Users"},
    )
    assert base.rows("Users") == [{"id": 1}]


def test_upper_and_lower_case_find_what_is_there(base, caplog):
    caplog.set_level(logging.INFO, "target_seatable")
    base.base.create_table("Users", [{"column_name": "Name", "column_type": "text"}])
    base.load(schema("users", {"name": "string"}), record("users", name="Ann"))
    assert base.rows("Users") == [{"Name": "Ann"}]
    assert "goes into the existing table 'Users'" in caplog.text
    assert "'name' goes into existing column 'Name'" in caplog.text


def test_two_tables_that_sql_takes_for_one_are_not_guessed_between(base):
    for name in ("USERS", "Users"):
        base.base.create_table(name, [{"column_name": "name", "column_type": "text"}])
    messages = [schema("users", {"name": "string"}), record("users", name="Ann")]
    with pytest.raises(ConfigError, match="Name the right one in table_mapping"):
        base.load(*messages)
    base.load(*messages, table_mapping={"users": "Users"})
    assert base.rows("Users") == [{"name": "Ann"}]
