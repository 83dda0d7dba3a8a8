"""Views with new names under a catalog kept from before."""

from __future__ import annotations

import pytest

from tests.tap.support import discover, make_table, read


@pytest.fixture
def viewed(base, config):
    """A base with a view that shows one of two rows, and its catalog."""
    make_table(base, "T", 2)
    config |= {"views": [{"table": "T", "view": "One"}], "lookback_seconds": 0}
    base.add_view("T", "One", filters=[_amount(base, 1)])
    return discover(config)


def _amount(base, number):
    [table] = [table for table in base.metadata()["metadata"]["tables"] if table["name"] == "T"]
    [key] = [column["key"] for column in table["columns"] if column["name"] == "Amount"]
    return {"column_key": key, "filter_predicate": "equal", "filter_term": number}


@pytest.mark.parametrize("table", ["T", "Things"])
def test_a_renamed_view_goes_on_filling_its_stream(base, config, viewed, table):
    first = read(config, catalog=viewed)
    [row] = first.records("T_One")
    base.change_view("T", "One", name="Only")
    base.rename_table("T", table)
    for view, state in (("One", None), ("Only", None), ("One", first.state)):
        run = read({**config, "views": [{"table": "T", "view": view}]}, catalog=viewed, state=state)
        assert run.error == ""
        assert run.records("T_One") == ([] if state else [row])
        [line] = run.log_lines("Stream 'T_One'", "its view, formerly 'One', is now called 'Only'")
        assert "--refresh-catalog" in line
        assert "setting views" in line


def test_views_that_swap_their_names(base, config, viewed):
    base.add_view("T", "Other", filters=[_amount(base, 0)])
    config["views"].append({"table": "T", "view": "Other"})
    catalog = discover(config)
    first = read(config, catalog=catalog)
    for before, after in (("One", "x"), ("Other", "One"), ("x", "Other")):
        base.change_view("T", before, name=after)
    run = read(config, catalog=catalog)
    for stream in ("T_One", "T_Other"):
        assert run.ids(stream) == first.ids(stream) != []


def test_without_a_catalog_a_renamed_view_ends_the_run(base, config, viewed):
    state = read(config).state
    base.change_view("T", "One", name="Only")
    run = read(config, state=state)
    assert "names view 'One' of table 'T', but the table has no such view" in run.error
    assert not run.records("T")
