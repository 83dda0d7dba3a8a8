"""Columns that were renamed, removed or got another type: one warning says so."""

from __future__ import annotations

import pytest

from tests.tap.support import discover, make_table, metadata_of, read


@pytest.fixture
def state(base, config):
    make_table(base, "T", 3)
    make_table(base, "U", 2)
    return read(config).state


# Columns


def warnings(run):
    return run.log_lines("columns changed since the last run")


def test_changed_columns_are_reported_once(base, config, state):
    base.rename_column("T", "Name", "Title")
    base.change_column_type("T", "Amount", "text")
    run = read(config, state=state)
    (line,) = warnings(run)
    assert "Stream 'T'" in line
    assert "column 'Name' is now called 'Title'; column 'Amount' was of type number and" in line
    assert len(run.ids("T")) == 3
    assert warnings(read(config, state=run.state)) == []


def test_a_removed_column_is_reported_and_a_new_one_is_not(base, config, state):
    base.delete_column("T", "Amount")
    base.add_column("T", "More", "text")
    (line,) = warnings(read(config, state=state))
    assert "column 'Amount' is gone" in line
    assert "More" not in line


def test_a_deselected_column_is_not_reported(config, state):
    catalog = discover(config)
    metadata_of(catalog, "T", "properties", "Amount")["selected"] = False
    assert warnings(read(config, catalog=catalog, state=state)) == []


def test_a_column_that_keeps_its_property_is_not_reported_here(base, config, state):
    """Under the catalog that is kept nothing changes for a warehouse."""
    catalog = discover(config)
    base.rename_column("T", "Amount", "Quantity")
    run = read(config, catalog=catalog, state=state)
    assert warnings(run) == []
    assert run.log_lines("columns were renamed: 'Amount' is now called 'Quantity'")


def test_under_ids_only_another_type_is_reported(base, config):
    make_table(base, "T", 3)
    config = {**config, "naming": "id"}
    state = read(config).state
    base.rename_column("T", "Amount", "Quantity")
    run = read(config, state=state)
    assert warnings(run) == []
    base.change_column_type("T", "Quantity", "text")
    assert "was of type number and is text" in warnings(read(config, state=run.state))[0]
