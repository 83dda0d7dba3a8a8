"""Streams that only a state knows: one warning says what became of them."""

from __future__ import annotations

import pytest

from singer_seatable.contract import STATE_KEY
from tests.tap.support import discover, make_table, read


@pytest.fixture
def state(base, config):
    make_table(base, "T", 3)
    make_table(base, "U", 2)
    return read(config).state


def warnings(run):
    return run.log_lines("which the state knows")


def test_a_renamed_table_is_reported_with_its_new_name_and_gets_a_full_sync(base, config, state):
    base.rename_table("T", "Re-named")
    run = read(config, state=state)
    (line,) = warnings(run)
    assert "'T'" in line
    assert "is now called 'Re_named'" in line
    assert "naming set to id" in line
    assert len(run.ids("Re_named")) == 3
    assert run.error == ""
    again = read(config, state=run.state)
    assert warnings(again) == []
    assert again.messages_of("RECORD") == []


def test_a_deleted_table_is_reported(base, config, state):
    base.delete_table("T")
    run = read(config, state=state)
    (line,) = warnings(run)
    assert "'T'" in line
    assert "no longer has its table" in line
    assert run.error == ""
    assert run.state["bookmarks"]["T"][STATE_KEY] is None
    assert warnings(read(config, state=run.state)) == []


def test_a_table_whose_name_a_new_one_took(base, config, state):
    """What was renamed is warnings; that the other is another table, its own doubt tells."""
    base.rename_table("T", "V")
    make_table(base, "T", 1)
    run = read(config, state=state)
    assert run.log_lines("'T': full sync, because", "another table")
    assert len(run.ids("V")) == 3


@pytest.mark.parametrize(
    ("deletes", "is_warned"), [("tombstones_only", True), ("tombstones", False)]
)
def test_a_loader_without_versions_keeps_the_rows_of_the_table_before(
    base, config, state, deletes, is_warned
):
    base.rename_table("T", "V")
    make_table(base, "T", 1)
    run = read({**config, "deletes": deletes}, state=state)
    kept_rows = run.log_lines("'T': full sync, because", "the loader keeps rows that are gone")
    assert bool(kept_rows) is is_warned
    assert bool(run.messages_of("ACTIVATE_VERSION", "T")) is not is_warned


def test_an_excluded_table_is_not_missing(base, config, state):
    base.rename_table("T", "Renamed")
    run = read({**config, "tables": ["U"]}, state=state)
    assert warnings(run) == []
    assert run.state["bookmarks"]["T"][STATE_KEY]


def test_another_naming_is_a_renaming(base, config, state):
    ids = {table["name"]: table["_id"] for table in base.metadata()["metadata"]["tables"]}
    run = read({**config, "naming": "id"}, state=state)
    assert len(warnings(run)) == 2
    assert run.log_lines("'T'", f"is now called {ids['T']!r}")


def test_a_missing_stream_of_the_catalog_is_reported_once(base, config, state):
    catalog = discover(config)
    base.delete_table("T")
    run = read(config, catalog=catalog, state=state)
    assert warnings(run) == []
    assert run.log_lines("selects stream 'T'", "no such table")


def test_a_state_of_another_base_reports_nothing(sandbox, config, state):
    other = sandbox.create_base("Elsewhere of gone streams")
    make_table(other, "V", 1)
    run = read({**config, "api_token": other.api_token}, state=state)
    assert warnings(run) == []
    assert run.state["bookmarks"]["T"][STATE_KEY]


@pytest.mark.parametrize(
    "bookmark", [None, 7, "x", [1], {}, {"base": [1]}, {"base": {}, "table": 1}]
)
def test_an_invalid_bookmark_reports_nothing(config, state, bookmark):
    state["bookmarks"]["Gone"] = {STATE_KEY: bookmark}
    run = read(config, state=state)
    assert warnings(run) == []
    assert run.error == ""


def test_a_renamed_and_a_deleted_view(base, config):
    make_table(base, "T", 3)
    base.add_view("T", "Some")
    base.add_view("T", "Few")
    views = [{"table": "T", "view": "Some"}, {"table": "T", "view": "Few"}]
    state = read({**config, "views": views}, state={}).state
    base.change_view("T", "Some", name="Many")
    run = read({**config, "views": [{"table": "T", "view": "Many"}, views[1]]}, state=state)
    (line,) = warnings(run)
    assert "'T_Some'" in line
    assert "is now called 'T_Many'" in line
    assert len(run.ids("T_Many")) == 3
    assert warnings(read({**config, "views": views[1:]}, state=run.state)) == []
