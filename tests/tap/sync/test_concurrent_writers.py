"""Rows that come and go while a table is read."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tap_seatable.records.encoder import RecordEncoder
from tests.servers import WITH_SQL
from tests.tap.support import config_of, make_table, read
from tests.tap.warehouse import (
    Warehouse,
    assert_amounts_equal,
    before_call,
    run_into,
)

# Ids


def test_a_row_id_that_is_too_long_is_an_error(base, exact, monkeypatch):
    ids = make_table(base, "T", 2)
    make_table(base, "U", 2)
    shape = RecordEncoder.__call__

    def longer(shaper, rows):
        """The rows of T, which come first, with ids as they are not."""
        long = [{**row, "_id": row["_id"] + "xyz"} for row in rows if row["_id"] in ids]
        return shape(shaper, long or rows)

    monkeypatch.setattr(RecordEncoder, "__call__", longer)
    run = read(exact)
    assert "'T'" in run.error
    assert run.log_lines("Stream 'T' was not read", "row id")
    assert len(run.ids("U")) == 2


# Rows that come and go while a table is read


@pytest.mark.parametrize("call", range(1, 8))
@pytest.mark.parametrize("change", ["insert", "delete", "restore", "edit"])
def test_rows_that_come_and_go_during_a_read_are_right_one_run_later(sandbox, exact, call, change):
    base = sandbox.create_base(f"Race {call} {change}")
    exact = {**exact, **config_of(sandbox, base), "page_size": 10}
    ids = sorted(make_table(base, "T", 30))
    warehouse = Warehouse()
    run_into(exact, warehouse)
    gone = [ids[0], ids[15], ids[29]]
    if change == "restore":
        base.delete_rows("T", gone)
    base.update_rows("T", {ids[5]: {"Amount": 55}})
    base.delete_rows("T", [ids[7]])

    def act():
        if change == "insert":
            base.append_rows("T", [{"Amount": 500 + number} for number in range(7)])
        elif change == "delete":
            base.delete_rows("T", gone)
        elif change == "restore":
            base.restore_rows("T", gone)
        else:
            base.update_rows("T", {row_id: {"Amount": -3} for row_id in gone})

    with before_call(call, act):
        run_into(exact, warehouse)
    run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse)


@pytest.mark.only_on(*WITH_SQL)  # others do not tell when a row was made
def test_rows_that_are_added_during_a_read_are_new_in_the_next(base, exact, later):
    """They are left to it, so that it counts them once and compares nothing."""
    ids = make_table(base, "T", 30)
    warehouse = Warehouse()
    exact = {**exact, "page_size": 10}

    def add():
        later()
        base.append_rows("T", [{"Amount": 1}] * 7)

    with before_call(3, add):
        first = run_into(exact, warehouse)
    assert sorted(first.ids("T")) == sorted(ids)
    second = run_into(exact, warehouse)
    assert set(second.ids("T")) >= {row["_id"] for row in base.rows("T")} - set(ids)
    assert second.log_lines("full comparison") == []
    assert_amounts_equal(base, warehouse)


def test_the_same_millisecond_before_and_after_the_count(base, exact, monkeypatch):
    """Rows of one moment, some counted and some not, behind the cursor and ahead of it."""
    frozen = int(datetime.now(timezone.utc).timestamp() * 1000)
    monkeypatch.setattr(type(base._engine.clock), "milliseconds", lambda _clock: frozen)
    make_table(base, "T", 30)
    warehouse = Warehouse()
    exact = {**exact, "page_size": 10}
    for call in (2, 3, 4):
        with before_call(call, lambda: base.append_rows("T", [{"Amount": 1}] * 5)):
            run_into(exact, warehouse)
    run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse)
