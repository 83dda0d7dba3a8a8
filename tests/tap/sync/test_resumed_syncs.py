"""Full syncs that stopped and go on, with the same settings or others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tap_seatable.sync import table_sync
from tests.servers import WITH_SQL
from tests.tap.support import discover, make_table, memory_of, metadata_of, read
from tests.tap.warehouse import (
    Warehouse,
    assert_amounts_equal,
    run_into,
    with_log,
)

HOUR = 3600


# Resumed full reads

ORDERED = pytest.mark.only_on(*WITH_SQL)
"""Lists of rows have no order to continue in: there a killed read begins again."""


@pytest.fixture
def killed(sandbox, base, exact, monkeypatch):
    """A full read killed after most of a table, with a cursor in the state; ids by their order."""
    monkeypatch.setattr(table_sync, "CURSOR_ROWS", 10)
    made = make_table(base, "T", 49)
    sandbox.clock.advance(10)
    ids = sorted([*made, *base.append_rows("T", [{"Name": "newest"}])])
    exact["page_size"] = 10
    warehouse = Warehouse()
    messages = read(exact).messages
    states = [place for place, message in enumerate(messages) if message["type"] == "STATE"]
    warehouse.load(messages[: states[-3] + 4])
    assert memory_of(warehouse.state)["cursor"] == ids[29]
    return ids, warehouse


@ORDERED
@pytest.mark.parametrize("cursor_rows", [10, 25])
def test_no_state_is_ahead_of_the_rows_before_its_page(base, exact, monkeypatch, cursor_rows):
    """Every state, whichever a loader keeps: what is up to its cursor has gone out."""
    monkeypatch.setattr(table_sync, "CURSOR_ROWS", cursor_rows)
    ids = sorted(make_table(base, "T", 49))
    gone_out: set[str] = set()
    cursors = 0
    for message in read({**exact, "page_size": 10}).messages:
        if message["type"] == "RECORD":
            gone_out.add(message["record"]["_id"])
        elif message["type"] == "STATE" and message["value"]["bookmarks"]["T"]["seatable"]:
            cursor = memory_of(message["value"]).get("cursor")
            cursors += cursor is not None
            assert gone_out.issuperset(
                row_id for row_id in ids if cursor is None or row_id <= cursor
            )
    assert cursors >= 2


@ORDERED
def test_a_resumed_read_goes_on_behind_the_cursor(base, exact, killed):
    ids, warehouse = killed
    result = run_into(exact, warehouse)
    assert sorted(result.ids("T")) == ids[30:]
    assert_amounts_equal(base, warehouse)


@ORDERED
@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize("change", ["edit", "append", "delete", "emitted and deleted", "nothing"])
def test_what_changed_before_a_read_was_resumed_comes_with_it(
    sandbox, base, exact, killed, deletes, change
):
    ids, warehouse = killed
    sandbox.clock.advance(10)
    if change == "edit":
        base.update_rows("T", {ids[0]: {"Amount": -1}, ids[49]: {"Amount": -1}})
    elif change == "append":
        base.append_rows("T", [{"Amount": number} for number in range(100, 130)])
    elif change == "delete":
        base.delete_rows("T", [ids[0], ids[40]])
    elif change == "emitted and deleted":
        base.delete_rows("T", [ids[31]])
    result = run_into({**exact, "deletes": deletes}, warehouse)
    assert_amounts_equal(base, warehouse)
    if change == "nothing":
        assert sorted(result.ids("T")) == ids[30:]
    elif change in {"edit", "append"}:
        assert len(set(result.ids("T")).intersection(ids[1:30])) <= 1


@ORDERED
def test_a_resumed_read_with_other_columns_begins_anew(base, exact, killed):
    ids, warehouse = killed
    base.add_column("T", "More", "text")
    result = run_into(exact, warehouse)
    assert sorted(result.ids("T")) == ids
    assert {message["version"] for message in result.messages_of("RECORD")} == {
        message["version"] for message in result.messages_of("ACTIVATE_VERSION")
    }


@ORDERED
@pytest.mark.parametrize("loses_states", [False, True])
@pytest.mark.parametrize("cause", ["restored", "added within the second"])
def test_rows_that_came_before_the_cursor_meanwhile_are_no_missing_ones(
    sandbox, base, exact, monkeypatch, cause, loses_states
):
    """They count as rows of the horizon, and the resumed read cannot have seen them.

    Nor do they come under a new version, which a run from an older state would undo.
    """
    monkeypatch.setattr(table_sync, "CURSOR_ROWS", 10)
    # So the horizon is a whole second.
    profile = replace(sandbox.profile, date_header_ahead=0.0, sql_aggregates_by_second=True)
    for owner in (sandbox._context, sandbox._context.engine):
        monkeypatch.setattr(owner, "profile", profile)
    second = float(int(sandbox.clock.timestamp()) + 1)
    monkeypatch.setattr(sandbox.clock, "timestamp", lambda: second + 0.2)
    ids = sorted(make_table(base, "T", 60))
    if cause == "restored":
        base.delete_rows("T", ids[:5])
    warehouse = Warehouse()
    messages = read({**exact, "page_size": 10}).messages
    states = [place for place, message in enumerate(messages) if message["type"] == "STATE"]
    warehouse.load(messages[: states[-3] + 4])
    assert memory_of(warehouse.state)["cursor"]
    if cause == "restored":
        base.restore_rows("T", ids[:5])
    else:
        monkeypatch.setattr(sandbox.clock, "timestamp", lambda: second + 0.6)
        base.append_rows("T", [{"Amount": number} for number in range(100, 130)])
    if loses_states:  # of a run whose records are all stored; then the rows go again
        lost = read({**exact, "page_size": 10}, state=warehouse.state)
        assert lost.log_lines("counts more rows before the cursor")
        warehouse.load([message for message in lost.messages if message["type"] != "STATE"])
        base.delete_rows("T", [row["_id"] for row in base.rows("T") if row["_id"] not in ids[5:]])
    result = run_into({**exact, "page_size": 10}, warehouse)
    assert bool(result.log_lines("counts more rows before the cursor")) != loses_states
    assert_amounts_equal(base, warehouse)


# Settings that decide which rows count


@pytest.mark.parametrize("direction", ["earlier", "later"])
def test_another_start_date_counts_at_once(clock, direction):
    moved, base, config = clock
    make_table(base, "T", 3)
    moved.advance(24 * HOUR)
    between = (moved.now() - timedelta(hours=1)).isoformat()
    base.append_rows("T", [{"Amount": 50}])
    moved.advance(10)
    dates = ["2020-01-01", between] if direction == "later" else [between, "2020-01-01"]
    warehouse = Warehouse()
    for start_date in dates:
        run_into(config, warehouse, start_date=start_date)
        expected = [row["_id"] for row in base.rows("T")]
        wanted = expected[3:] if start_date == between else expected
        assert sorted(warehouse.rows("T")) == sorted(wanted)


@ORDERED
def test_a_resumed_read_with_another_start_date_begins_anew(base, exact, killed):
    ids, warehouse = killed
    run_into(exact, warehouse, start_date="2020-01-01")
    assert sorted(warehouse.rows("T")) == ids


def full_table(catalog):
    metadata_of(catalog, "T")["forced-replication-method"] = "FULL_TABLE"
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    return catalog


def test_a_full_table_run_in_between_leaves_nothing_behind(base, exact):
    """What such a run emitted is not remembered, so the memory before it is none any more."""
    make_table(base, "T", 3)
    warehouse = Warehouse()
    run_into(exact, warehouse)
    [new] = base.append_rows("T", [{"Amount": 50}])
    result = read(exact, catalog=full_table(discover(exact)), state=warehouse.state)
    warehouse.load(
        [message for message in result.messages if message["type"] != "ACTIVATE_VERSION"]
    )
    assert new in warehouse.rows("T")
    base.delete_rows("T", [new])
    with with_log(lambda _entries: []):
        run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse)
