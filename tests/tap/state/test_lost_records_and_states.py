"""Rows of which a killed run emitted records without states, or states without records."""

from __future__ import annotations

import pytest

from tests.servers import WITH_LOG, WITH_SQL
from tests.tap.support import longest_list, make_table, read
from tests.tap.warehouse import (
    Warehouse,
    assert_amounts_equal,
    run_into,
    with_log,
)

# Rows that a killed run emitted, and whose deletion is all that the next one can know of


def lose_the_end(warehouse, result):
    """A run whose records were loaded and whose states were not."""
    warehouse.load([message for message in result.messages if message["type"] == "RECORD"])


# The list of deleted rows, which stands in for a log, leaves out rows as young as these.
@pytest.mark.only_on(*WITH_LOG)
@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize("interval", [24, 0], ids=["by the log", "when a comparison is due"])
def test_a_row_that_a_killed_run_emitted_and_that_is_deleted_then(base, exact, interval, deletes):
    """Loaders that store records before the state that came ahead of them."""
    exact = {**exact, "full_compare_interval": interval, "deletes": deletes}
    make_table(base, "T", 5)
    warehouse = Warehouse()
    run_into(exact, warehouse)
    new = base.append_rows("T", [{"Amount": 7}, {"Amount": 8}])
    lose_the_end(warehouse, read(exact, state=warehouse.state))
    assert set(new) <= set(warehouse.rows("T"))
    base.delete_rows("T", new[:1])
    run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse)


def lose_the_records(warehouse, result):
    """A run killed after a state and before the records that it announces."""
    last = max(
        place for place, message in enumerate(result.messages) if message["type"] == "RECORD"
    )
    cut = max(
        place
        for place, message in enumerate(result.messages)
        if message["type"] == "STATE" and place < last
    )
    warehouse.load(result.messages[: cut + 1])


@pytest.mark.parametrize("then", ["delete", "edit", "append", "link", "nothing", "delete it"])
def test_a_row_that_a_killed_run_announced_and_did_not_emit(kind, base, exact, then, later):
    ids = make_table(base, "T", 40)
    exact = {**exact, "sketch_capacity": 16}
    warehouse = Warehouse()
    run_into(exact, warehouse)
    later()
    new = base.append_rows("T", [{"Amount": number} for number in range(100, 230)])
    lose_the_records(warehouse, read(exact, state=warehouse.state))
    assert set(new).isdisjoint(warehouse.rows("T"))
    if then == "delete":
        base.delete_rows("T", ids[:1])
    elif then == "edit":
        base.update_rows("T", {ids[1]: {"Amount": -1}})
    elif then == "append":
        base.append_rows("T", [{"Amount": 7}])
    elif then == "link":
        base.rename_column("T", "Name", "Title")
    elif then == "delete it":
        base.delete_rows("T", new[:3])
    results = [run_into(exact, warehouse)]
    assert_amounts_equal(base, warehouse)
    run_into(exact, warehouse)
    base.delete_rows("T", new[5:20])
    results.append(run_into(exact, warehouse))
    assert_amounts_equal(base, warehouse)
    if kind in WITH_SQL:  # others do not tell when a row was made, and the sketch has no more room
        assert [result.messages_of("ACTIVATE_VERSION") for result in results] == [[], []]


def lose_the_last_states(warehouse, result):
    """A run killed after its last record and before the state that follows."""
    last = max(
        place for place, message in enumerate(result.messages) if message["type"] == "RECORD"
    )
    warehouse.load(result.messages[: last + 1])


@pytest.mark.parametrize("longest", [0, 100], ids=["sketches", "list"])
@pytest.mark.parametrize("interval", [0, 24], ids=["comparison", "incremental sync"])
def test_a_row_that_a_killed_run_emitted_and_that_no_log_says_is_deleted(
    base, exact, interval, longest, later
):
    """No log tells of it, so the state must: before the row went out."""
    exact = {**exact, "full_compare_interval": interval}
    make_table(base, "T", 5)
    later()
    warehouse = Warehouse()
    with longest_list(longest):
        run_into(exact, warehouse)
        _lose_and_delete_new_rows(base, exact, warehouse)


def _lose_and_delete_new_rows(base, exact, warehouse):
    new = base.append_rows("T", [{"Amount": 7}, {"Amount": 8}])
    lose_the_last_states(warehouse, read(exact, state=warehouse.state))
    assert set(new) <= set(warehouse.rows("T"))
    base.delete_rows("T", new[:1])
    with with_log(lambda _entries: []):
        run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse)


def test_what_a_killed_comparison_emitted_and_what_is_undone_then(base, exact):
    """A renamed option changes no time: only the record shows it, and here it is as before."""
    ids = make_table(base, "T", 5)
    base.add_column("T", "Choice", "single-select", {"options": [{"name": "a"}]})
    base.update_rows("T", {row_id: {"Choice": "a"} for row_id in ids[:2]})
    warehouse = Warehouse()
    run_into(exact, warehouse)
    base.rename_option("T", "Choice", "a", "b")
    lose_the_last_states(warehouse, read(exact, state=warehouse.state))
    assert [warehouse.rows("T")[row_id]["Choice"] for row_id in ids[:2]] == ["b", "b"]
    base.rename_option("T", "Choice", "b", "a")
    run_into(exact, warehouse)
    assert [warehouse.rows("T")[row_id]["Choice"] for row_id in ids[:2]] == ["a", "a"]


def test_a_row_that_was_made_and_deleted_between_two_runs_is_at_most_a_tombstone(base, exact):
    make_table(base, "T", 5)
    warehouse = Warehouse()
    run_into(exact, warehouse)
    [new] = base.append_rows("T", [{"Amount": 7}])
    base.delete_rows("T", [new])
    result = run_into(exact, warehouse)
    for record in result.records("T"):
        assert record["_id"] != new or record["_deleted_at"]
    assert_amounts_equal(base, warehouse)


@pytest.mark.parametrize("count", [2, 5])
def test_a_row_deleted_and_restored_is_not_deleted(base, exact, count):
    ids = make_table(base, "T", 5)
    warehouse = Warehouse()
    run_into(exact, warehouse)
    base.delete_rows("T", ids[:count])
    base.restore_rows("T", ids[:count])
    result = run_into(exact, warehouse)
    assert [record for record in result.records("T") if record["_deleted_at"]] == []
    assert_amounts_equal(base, warehouse)


@pytest.mark.only_on(*WITH_LOG)
def test_logged_deletes_of_rows_restored_do_not_hide_others_behind_an_overflow(base, exact):
    """More deletions than the sketch shows; the log's ids make room, but some are back."""
    ids = make_table(base, "T", 200)
    exact = {**exact, "sketch_capacity": 16}
    warehouse = Warehouse()
    run_into(exact, warehouse)
    base.delete_rows("T", ids[:100])
    base.restore_rows("T", ids[90:100])
    result = run_into(exact, warehouse)
    assert result.messages_of("ACTIVATE_VERSION") == []
    assert sorted(r["_id"] for r in result.records("T") if r["_deleted_at"]) == sorted(ids[:90])
    assert_amounts_equal(base, warehouse)


@pytest.mark.only_on(*WITH_LOG)
def test_deletions_in_the_log_are_reported_even_if_the_sketch_shows_nothing(base, exact):
    """The loader may not act on ACTIVATE_VERSION, which goes out then, too."""
    ids = make_table(base, "T", 200)
    exact = {**exact, "sketch_capacity": 16}
    state = read(exact).state
    base.update_rows("T", {row_id: {"Amount": -1} for row_id in ids[:100]})
    state = read(exact, state=state).state
    base.delete_rows("T", ids[150:152])
    base.append_rows("T", [{"Amount": number} for number in range(100)])
    result = read(exact, state=state)
    gone = {record["_id"] for record in result.records("T") if record["_deleted_at"]}
    assert gone == set(ids[150:152])
    for message in result.messages_of("ACTIVATE_VERSION"):
        assert {message["version"] for message in result.messages_of("RECORD", "T")} == {
            message["version"]
        }
