"""Streams that only a state knows: what became of them is told once, whatever it was."""

from __future__ import annotations

import pytest

from tap_seatable.state.bookmark import STATE_KEY
from tests.tap.support import discover, make_table, metadata_of, read


@pytest.fixture
def state(base, config):
    make_table(base, "T", 3)
    make_table(base, "U", 2)
    return read(config).state


def told(run):
    return run.said("which the state knows")


def test_a_renamed_table_is_told_with_its_new_name_and_read_whole(base, config, state):
    base.rename_table("T", "Re-named")
    run = read(config, state=state)
    (line,) = told(run)
    assert "'T'" in line
    assert "is now called 'Re_named'" in line
    assert "naming set to id" in line
    assert len(run.ids("Re_named")) == 3
    assert run.error == ""
    again = read(config, state=run.state)
    assert told(again) == []
    assert again.of("RECORD") == []


def test_a_deleted_table_is_told(base, config, state):
    base.delete_table("T")
    run = read(config, state=state)
    (line,) = told(run)
    assert "'T'" in line
    assert "no longer has its table" in line
    assert run.error == ""
    assert run.state["bookmarks"]["T"][STATE_KEY] is None
    assert told(read(config, state=run.state)) == []


def test_a_table_whose_name_a_new_one_took(base, config, state):
    """What was renamed is told; that the other is another table, its own doubt tells."""
    base.rename_table("T", "V")
    make_table(base, "T", 1)
    run = read(config, state=state)
    assert run.said("'T' is read whole again", "another table")
    assert len(run.ids("V")) == 3


def test_what_the_settings_leave_out_is_not_gone(base, config, state):
    base.rename_table("T", "Renamed")
    run = read({**config, "tables": ["U"]}, state=state)
    assert told(run) == []
    assert run.state["bookmarks"]["T"][STATE_KEY]


def test_another_naming_is_a_renaming(base, config, state):
    ids = {one["name"]: one["_id"] for one in base.metadata()["metadata"]["tables"]}
    run = read({**config, "naming": "id"}, state=state)
    assert len(told(run)) == 2
    assert run.said("'T'", f"is now called {ids['T']!r}")


def test_what_the_catalog_tells_of_is_not_told_twice(base, config, state):
    catalog = discover(config)
    base.delete_table("T")
    run = read(config, catalog=catalog, state=state)
    assert told(run) == []
    assert run.said("selects stream 'T'", "no such table")


def test_a_state_of_another_base_tells_nothing(sandbox, config, state):
    other = sandbox.create_base("Elsewhere of gone streams")
    make_table(other, "V", 1)
    run = read({**config, "api_token": other.api_token}, state=state)
    assert told(run) == []
    assert run.state["bookmarks"]["T"][STATE_KEY]


@pytest.mark.parametrize("memory", [None, 7, "x", [1], {}, {"base": [1]}, {"base": {}, "table": 1}])
def test_what_is_no_memory_tells_nothing(config, state, memory):
    state["bookmarks"]["Gone"] = {STATE_KEY: memory}
    run = read(config, state=state)
    assert told(run) == []
    assert run.error == ""


def test_a_renamed_and_a_deleted_view(base, config):
    make_table(base, "T", 3)
    base.add_view("T", "Some")
    base.add_view("T", "Few")
    both = [{"table": "T", "view": "Some"}, {"table": "T", "view": "Few"}]
    state = read({**config, "views": both}, state={}).state
    base.change_view("T", "Some", name="Many")
    run = read({**config, "views": [{"table": "T", "view": "Many"}, both[1]]}, state=state)
    (line,) = told(run)
    assert "'T_Some'" in line
    assert "is now called 'T_Many'" in line
    assert len(run.ids("T_Many")) == 3
    assert told(read({**config, "views": both[1:]}, state=run.state)) == []


# Columns


def restructured(run):
    return run.said("is not what it was in the last run")


def test_columns_that_are_others_are_told_once(base, config, state):
    base.rename_column("T", "Name", "Title")
    base.change_column_type("T", "Amount", "text")
    run = read(config, state=state)
    (line,) = restructured(run)
    assert "Stream 'T'" in line
    assert "column 'Name' is now called 'Title'; column 'Amount' was of type number and" in line
    assert len(run.ids("T")) == 3
    assert restructured(read(config, state=run.state)) == []


def test_a_column_that_is_gone_is_told_and_a_new_one_is_no_trouble(base, config, state):
    base.delete_column("T", "Amount")
    base.add_column("T", "More", "text")
    (line,) = restructured(read(config, state=state))
    assert "column 'Amount' is gone" in line
    assert "More" not in line


def test_what_is_deselected_is_not_gone(config, state):
    catalog = discover(config)
    metadata_of(catalog, "T", "properties", "Amount")["selected"] = False
    assert restructured(read(config, catalog=catalog, state=state)) == []


def test_an_old_catalog_does_not_hide_what_became_of_a_column(base, config, state):
    catalog = discover(config)
    base.rename_column("T", "Amount", "Quantity")
    run = read(config, catalog=catalog, state=state)
    assert "column 'Amount' is now called 'Quantity'" in restructured(run)[0]
    assert run.said("no longer has 'Amount'")


def test_under_ids_a_renaming_is_nothing_and_another_type_is_told(base, config):
    make_table(base, "T", 3)
    config = {**config, "naming": "id"}
    state = read(config).state
    base.rename_column("T", "Amount", "Quantity")
    run = read(config, state=state)
    assert restructured(run) == []
    base.change_column_type("T", "Quantity", "text")
    assert "was of type number and is text" in restructured(read(config, state=run.state))[0]
