"""Tables that one answer shows, and servers whose answers do not show all of a table."""

from __future__ import annotations

import itertools

import pytest

from seatable_client.connection import connect
from seatable_sandbox import Sandbox
from seatable_sandbox.model import ids
from tests.tap.support import calls_for_rows, config_of, make_table, read
from tests.tap.warehouse import (
    Warehouse,
    assert_amounts_equal,
    before_reading,
    run_into,
    with_log,
    without_row_ids,
)

DAY = 24 * 3600


@pytest.fixture
def odd():
    """A server whose caps and wrong counts a test may change, a base with table T, and its run."""
    caps: dict[str, int] = {}
    errors: dict[str, int] = {}
    with Sandbox(sql_max_rows_of=caps, sql_count_error_of=errors) as sandbox:
        base = sandbox.create_base("Base")
        warehouse = Warehouse()

        def run(**settings):
            sandbox.clock.advance(60)
            sandbox.calls.clear()
            run_into(config_of(sandbox, base, lookback_seconds=0, **settings), warehouse)
            assert_amounts_equal(base, warehouse)
            return calls_for_rows(sandbox)

        yield sandbox, base, run, caps, errors


@pytest.mark.parametrize("cap", [1, 3, 4, 5, 6])
def test_a_first_run_reads_all_rows_of_a_server_that_caps_pages(odd, cap):
    _, base, run, caps, errors = odd
    make_table(base, "T", 5)
    caps["T"], errors["T"] = cap, cap - 5
    run()


@pytest.mark.parametrize("cap", [1, 4, 5, 6])
@pytest.mark.parametrize("error", [0, -1, -5])
@pytest.mark.parametrize("change", ["append", "edit", "delete", "restore", "nothing", "all"])
def test_changes_are_found_though_a_server_began_to_cap_pages(odd, cap, error, change):
    """Often the page is as long as the table was, and has all the rows that it had."""
    sandbox, base, run, caps, errors = odd
    made = sorted(make_table(base, "T", 6))
    base.delete_rows("T", made[:1])
    run()
    caps["T"], errors["T"] = cap, error
    if change in {"append", "all"}:
        base.append_rows("T", [{"Amount": -1}, {"Amount": -2}])
    if change in {"restore", "all"}:
        base.restore_rows("T", made[:1])
    if change in {"edit", "all"}:
        base.update_rows("T", {row_id: {"Amount": 77} for row_id in made[4:]})
    if change in {"delete", "all"}:
        base.delete_rows("T", made[1:3])
    run()
    sandbox.clock.advance(DAY)
    run()


@pytest.mark.parametrize("cap", [4, 5])
@pytest.mark.parametrize("linked", [False, True])
def test_a_log_that_does_not_name_rows_proves_nothing(odd, cap, linked):
    """Neither where changed rows are read, nor where all are compared, as links lead there."""
    _, base, run, caps, errors = odd
    made = sorted(make_table(base, "T", 5))
    if linked:
        base.add_column("T", "Other", "link", {"table": "T", "other_table": "T"})
    run()
    caps["T"], errors["T"] = cap, cap - 7
    base.append_rows("T", [{"Amount": -1}, {"Amount": -2}])
    base.update_rows("T", {row_id: {"Amount": 9} for row_id in made})
    with with_log(without_row_ids):
        run()


@pytest.mark.parametrize("rows", [5, 25])
def test_rows_that_came_back_are_counted_where_the_log_names_none(odd, rows):
    """They have their old time, so that only the number of rows shows them."""
    sandbox, base, run, _, _ = odd
    made = sorted(make_table(base, "T", rows))
    base.delete_rows("T", made[:2])
    sandbox.clock.advance(60)
    base.append_rows("T", [{"Amount": -1}])
    run(page_size=10)
    base.restore_rows("T", made[:2])
    with with_log(without_row_ids):
        run(page_size=10)


@pytest.mark.parametrize("has_news", [False, True])
def test_rows_of_another_condition_prove_nothing(odd, has_news):
    """The state knows the rows that met the condition of the last run, and no others."""
    sandbox, base, _, caps, errors = odd
    made = sorted(make_table(base, "T", 8))
    base.update_rows("T", {row_id: {"Amount": -1} for row_id in made[:4]})
    warehouse = Warehouse()
    run_into(config_of(sandbox, base, where={"T": "Amount < 0"}), warehouse)
    assert set(warehouse.rows("T")) == set(made[:4])
    caps["T"], errors["T"] = 4, -4
    if has_news:
        base.update_rows("T", {made[0]: {"Amount": 5}})
    run_into(config_of(sandbox, base), warehouse)
    assert_amounts_equal(base, warehouse)


def test_calls_where_a_log_names_each_row(odd):
    sandbox, base, run, _, _ = odd
    made = make_table(base, "T", 20)
    assert run() == 2
    base.append_rows("T", [{"Amount": 1}, {"Amount": 2}])
    assert run() == 1
    base.update_rows("T", {made[0]: {"Amount": 5}})
    assert run() == 1
    base.delete_rows("T", made[:5])
    assert run() == 1
    base.restore_rows("T", made[:5])
    assert run() == 2, "the changed rows, and then all, as these came back with an old time"
    sandbox.clock.advance(DAY)
    assert run() == 1


@pytest.mark.parametrize(("rows", "calls"), [(7, 1 + 1), (25, 1 + 1 + 2)])
def test_rows_that_were_added_while_the_last_run_read_cost_little(odd, rows, calls):
    """The next log names them again, and they are not new: a small table is read, a large one not.

    Of a large one its rows are counted, and those that changed come with the end of them.
    """
    sandbox, base, run, _, _ = odd
    make_table(base, "T", rows)

    def add(_parameters):
        if len(base.rows("T")) == rows:
            base.append_rows("T", [{"Amount": -1}])

    with before_reading(add):
        run(page_size=10)
    sandbox.clock.advance(60)
    base.append_rows("T", [{"Amount": -2}])
    assert run(page_size=10) == calls


@pytest.mark.parametrize(("quiet_seconds", "calls"), [(61, 4), (30, 5)])
def test_a_full_page_is_kept_if_nothing_has_changed_since(odd, quiet_seconds, calls):
    """A page, the number of rows and two pages; and one more where a change may not show yet."""
    sandbox, base, _, _, _ = odd
    make_table(base, "T", 25)
    sandbox.clock.advance(quiet_seconds)
    result = read(config_of(sandbox, base, page_size=10, lookback_seconds=60))
    assert (len(result.records("T")), calls_for_rows(sandbox)) == (25, calls)


def test_rows_that_are_added_behind_a_full_page_are_read(odd):
    """Before its rows are counted: they count as known then, and do not come with the next run."""
    sandbox, base, run, _, _ = odd
    make_table(base, "T", 25)
    sandbox.clock.advance(3600)
    calls = itertools.count(1)

    def add(_parameters):
        if next(calls) == 2:
            base.append_rows("T", [{"Amount": -1}] * 30)

    with before_reading(add):
        run(page_size=10)


def test_where_a_row_has_come_that_nothing_names_more_may_follow(odd, monkeypatch):
    """Rows that are written past the base stand in no log; those that are known come first here."""
    sandbox, base, run, caps, errors = odd
    numbers = itertools.count()
    monkeypatch.setattr(ids, "row_id", lambda _source: f"{next(numbers):022}")
    make_table(base, "T", 3)
    base.enable_big_data()
    run()
    caps["T"], errors["T"] = 5, -4
    writer = connect(config_of(sandbox, base)).base
    writer.appends_to_big_data = True
    writer.append_rows("T", [{"Amount": 7}] * 6)
    sandbox.clock.advance(DAY)
    run()


def test_rows_that_nothing_says_are_gone_are_counted(odd):
    """Those in big data storage leave no trace in the log."""
    _, base, run, _, _ = odd
    made = make_table(base, "T", 20)
    base.archive_rows("T", made[:3])
    run()
    base.delete_rows("T", made[:2])
    assert run(full_compare_interval=0) == 4, "a page, the number of rows, a page and its end"


@pytest.mark.parametrize(("quiet_seconds", "calls"), [(60, 4), (0, 5)])
def test_calls_where_a_server_caps_pages(odd, monkeypatch, quiet_seconds, calls):
    """A page, a row behind it, the number of rows, and the other page or both."""
    sandbox, base, _, caps, _ = odd
    now = float(int(sandbox.clock.timestamp()) + 1)  # and no second later
    monkeypatch.setattr(sandbox.clock, "timestamp", lambda: now)
    for name in "TU":
        make_table(base, name, 8)
        caps[name] = 5
    monkeypatch.setattr(sandbox.clock, "timestamp", lambda: now + quiet_seconds)
    result = read(config_of(sandbox, base, lookback_seconds=0))
    assert [len(result.records(name)) for name in "TU"] == [8, 8]
    assert calls_for_rows(sandbox) == 2 * calls
