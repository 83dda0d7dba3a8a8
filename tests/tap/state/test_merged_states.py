"""States that are laid over each other, as Meltano does with --full-refresh and when it merges."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xxhash import xxh3_64_hexdigest

from seatable_sandbox import Sandbox
from singer_seatable.contract import STATE_KEY
from tap_seatable.state import InvalidBookmark, TableBookmark, parse_bookmark
from tests.tap.support import config_of, discover, entry_of, make_table, memory_of, read
from tests.tap.warehouse import Warehouse, assert_amounts_equal, run_into


def merged(new, old):
    """What Meltano 4.4 makes of a new state and an old one (`meltano.core.utils.merge`)."""
    result = copy.deepcopy(old)

    def lay(source, over):
        for key, value in source.items():
            if isinstance(value, dict):
                lay(value, over.setdefault(key, {}))
            else:
                over[key] = value

    lay(copy.deepcopy(new), result)
    return result


@pytest.fixture(scope="module")
def states():
    """States of one table, as columns, rows and runs make them differ; the second is of before."""
    with Sandbox() as sandbox:
        base = sandbox.create_base("Merged")
        ids = make_table(base, "T", 5)
        config = config_of(sandbox, base, sketch_capacity=16)
        states = [read(config).state]
        old = copy.deepcopy(states[0])
        memory_of(old)  # the form of before, a dictionary
        states.append(old)
        base.rename_column("T", "Amount", "Quantity")
        base.add_column("T", "More", "text")
        states.append(read(config, state=states[0]).state)
        base.update_rows("T", {ids[0]: {"More": "x"}})
        states.append(read(config, state=states[2]).state)
        states.append(read(config).state)
        base.delete_rows("T", ids)
        states.append(read(config).state)
        reset = copy.deepcopy(states[0])
        reset["bookmarks"]["T"] |= {"replication_key_value": None, STATE_KEY: None}
        states.append(reset)
        catalog = discover(config)
        entry_of(catalog, "T")["replication_method"] = "FULL_TABLE"
        states += [read(config, catalog=catalog).state, {"bookmarks": {}}, {}]
    return states


def bookmark_of(state):
    """What a run takes from a state: a bookmark, "invalid" or None."""
    content = (state.get("bookmarks") or {}).get("T") or {}
    fields = parse_bookmark(content) or {}
    try:
        found = TableBookmark.load(
            content, base=fields.get("base", ""), table=fields.get("table", "")
        )
    except InvalidBookmark:
        return "invalid"
    return found and found.dump()


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_state_laid_over_others_means_what_it_meant_alone(states, data):
    known = st.integers(0, len(states) - 1)
    # A dictionary of before over what a later version left is an older version's run.
    first, *later = data.draw(st.lists(known, min_size=2, max_size=5))
    state = states[first]
    for index in later:
        if index == 1:
            continue
        new = states[index]
        before, state = state, merged(new, state)
        has_stream = "T" in (new.get("bookmarks") or {})
        assert bookmark_of(state) == bookmark_of(new if has_stream else before)
        assert bookmark_of(state) != "invalid"


def test_a_state_of_before_is_used(base, config):
    """It was a dictionary, its columns one by property, and it did not know of operations."""
    make_table(base, "T", 5)
    state = read(config).state
    fields = memory_of(state)
    columns = [column.split(" ", 2) for column in fields.pop("columns")]
    del fields["check"]
    fields.pop("operation_at", None)
    fields |= {
        "columns": {name: f"{key} {kind}" for key, kind, name in columns},
        "seen_at": "2026-11-29T10:00:00+00:00",
    }
    fields["check"] = xxh3_64_hexdigest(json.dumps(fields, sort_keys=True).encode())
    run = read(config, state=state)
    assert run.records("T") == []
    assert not run.log_lines("full sync, because")
    base.rename_column("T", "Amount", "Quantity")
    assert read(config, state=run.state).log_lines("column 'Amount' is now called 'Quantity'")


def test_no_dictionary_in_a_state_has_names_of_a_table_for_keys(states):
    """Where two states have other keys, a merge would hold those of both."""
    for state in states[2:6]:
        assert not [value for value in state["bookmarks"]["T"].values() if isinstance(value, dict)]


def test_a_full_refresh_after_a_column_was_renamed_is_followed_by_an_idle_run(base, config):
    make_table(base, "T", 5)
    first = read(config).state
    base.rename_column("T", "Amount", "Quantity")
    state = merged(read(config).state, first)
    run = read(config, state=state)
    assert run.records("T") == []
    assert not run.log_lines("full sync, because")


def test_a_full_table_run_ends_the_bookmark_that_it_is_laid_over(base, config):
    """Its rows go out under a later version, which that bookmark does not know."""
    ids = make_table(base, "T", 5)
    warehouse = Warehouse()
    run_into(config, warehouse)
    catalog = discover(config)
    entry_of(catalog, "T")["replication_method"] = "FULL_TABLE"
    base.update_rows("T", {ids[0]: {"Amount": 77}})
    refresh = read(config, catalog=catalog)
    warehouse.load(refresh.messages)
    base.update_rows("T", {ids[0]: {"Amount": 0}})
    state = merged(refresh.state, json.loads(json.dumps(warehouse.state)))
    warehouse.load(read(config, state=state).messages)
    assert_amounts_equal(base, warehouse)
