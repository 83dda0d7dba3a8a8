"""`--key COLUMN` and `--key TABLE=COLUMN`, in all commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.errors import ConfigError
from singer_seatable.settings import KeyOption

WORDS = st.text("ab =.", min_size=1, max_size=4).filter(lambda name: "=" not in name)
TABLES = st.lists(WORDS, min_size=1, max_size=4, unique=True)
KEYS = st.lists(WORDS, max_size=3, unique=True)


@given(tables=TABLES, common=KEYS, data=st.data())
def test_a_table_has_the_key_that_names_it_or_the_one_for_all(tables, common, data):
    own = {table: data.draw(KEYS) for table in tables}
    options = [*common, *(f"{table}={name}" for table in tables for name in own[table])]
    key = KeyOption(data.draw(st.permutations(options)))
    key.check(tables)
    for table in tables:
        assert sorted(key.columns(table)) == sorted(own[table] or common)


@given(tables=TABLES, other=WORDS, column=WORDS)
def test_a_table_that_there_is_none_of_ends_the_command(tables, other, column):
    key = KeyOption([f"{other}={column}"])
    if other in tables:
        key.check(tables)
        return
    with pytest.raises(ConfigError, match="which does not exist"):
        key.check(tables)


@pytest.mark.parametrize("option", ["", "people="])
def test_an_option_without_a_column_ends_the_command(option):
    with pytest.raises(ConfigError, match="names no column"):
        KeyOption([option]).check(["people"])


def test_names_of_tables_and_columns_may_have_an_equals_sign():
    key = KeyOption(["a=b=c=d"])
    key.check(["a=b"])
    assert key.columns("a=b") == ["c=d"]


def test_a_table_has_one_key_by_whichever_name_it_is_called():
    key = KeyOption(["id", "people=nr", "Guests=name"])
    assert key.columns("people", "people", "Guests") == ["nr", "name"]
