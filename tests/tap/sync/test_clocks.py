"""Clocks that go back, and rows of the same millisecond."""

from __future__ import annotations

import pytest

from tests.tap.support import make_table
from tests.tap.warehouse import (
    Warehouse,
    assert_amounts_equal,
    outcome_in_log,
    run_into,
    with_log,
    without_row_ids,
)

HOUR = 3600


# Clocks


@pytest.mark.parametrize("log", [list, without_row_ids])
@pytest.mark.parametrize("seconds", [HOUR, 120])
def test_an_edit_after_the_servers_clock_went_back_is_found(clock, seconds, log):
    """By as little as two clocks may differ, too; then no comparison is due."""
    moved, base, config = clock
    config = {**config, "lookback_seconds": 0}
    ids = make_table(base, "T", 5)
    warehouse = Warehouse()
    run_into(config, warehouse)
    moved.advance(-seconds)
    base.update_rows("T", {ids[2]: {"Amount": -2}})
    with with_log(log):
        run_into(config, warehouse)
    assert_amounts_equal(base, warehouse)
    base.append_rows("T", [{"Amount": 99}])
    with with_log(log):
        run_into(config, warehouse)
    assert_amounts_equal(base, warehouse)


@pytest.mark.parametrize("then", ["a comparison", "a full read", "changes"])
def test_rows_edited_after_the_clock_went_back_are_not_taken_for_later_ones(clock, then):
    """They changed before they were made, as far as their times tell."""
    moved, base, config = clock
    ids = make_table(base, "T", 5)
    warehouse = Warehouse()
    if then != "a full read":
        run_into(config, warehouse)
    moved.advance(-HOUR)
    base.update_rows("T", {row_id: {"Amount": 100} for row_id in ids})
    if then == "a comparison":
        base.rename_column("T", "Name", "Title")
    result = run_into(config, warehouse)
    assert_amounts_equal(base, warehouse)
    assert [record for record in result.records("T") if record["_deleted_at"]] == []
    base.delete_rows("T", ids[:1])
    run_into(config, warehouse)
    assert_amounts_equal(base, warehouse)


def test_a_comparison_in_the_future_does_not_postpone_the_next_one(clock):
    """The clock was wrong by a year when the rows were compared, and is right again."""
    moved, base, config = clock
    ids = make_table(base, "T", 5)
    moved.advance(365 * 24 * HOUR)
    warehouse = Warehouse()
    run_into(config, warehouse)
    moved.advance(-365 * 24 * HOUR)
    assert "full_compare_interval" in outcome_in_log(run_into(config, warehouse))
    base.update_rows("T", {ids[0]: {"Amount": 1000}})
    run_into(config, warehouse)
    assert_amounts_equal(base, warehouse)


def test_a_small_difference_between_the_clocks_of_two_servers_is_tolerated(clock):
    moved, base, config = clock
    make_table(base, "T", 5)
    warehouse = Warehouse()
    run_into(config, warehouse)
    moved.advance(-2)
    result = run_into(config, warehouse)
    assert result.messages_of("RECORD") == []
    assert result.log_lines("full_compare_interval") == []
