"""What the operations log shows, whatever it answers."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil

import pytest

from seatable_client.errors import RequestRejected, ServerUnavailable
from seatable_sandbox import Sandbox
from tests.servers import SERVERS, WITH_LOG, WITH_SQL
from tests.tap.support import config_of, make_table, read
from tests.tap.warehouse import (
    Warehouse,
    asks_for,
    assert_amounts_equal,
    before_reading,
    outcome_in_log,
    run_into,
    with_log,
)

# The operations log


@pytest.fixture
def put_back(tmp_path):
    """Lives of a base: one edit between two snapshots, which the first puts back, and a run each.

    A row that was edited is again what it was, with the old `_mtime`, and looks as it was emitted.
    A base that is used afterwards gets to, or past, the number of operations that it had.
    """

    def live(server, *, interval=24, used=0, pause=1000, day_later=False, idle_runs=0):
        database, snapshot, warehouse = tmp_path / "now.db", tmp_path / "then.db", Warehouse()
        clock = itertools.count()

        @contextlib.contextmanager
        def served(*, equal=True):
            with Sandbox(**SERVERS[server], database=str(database)) as sandbox:
                sandbox.clock.advance(next(clock) * pause)
                base = sandbox.create_base("Base", api_token="token")
                yield base
                config = config_of(
                    sandbox, base, lookback_seconds=0, full_compare_interval=interval
                )
                run_into(config, warehouse)
                for _ in range(idle_runs):
                    run_into(config, warehouse)
                if day_later:
                    sandbox.clock.advance(24 * 3600)
                    run_into(config, warehouse)
                if equal:
                    assert_amounts_equal(base, warehouse, "T")

        with served() as base:
            ids = make_table(base, "T", rows=5)
        shutil.copy(database, snapshot)
        with served() as base:
            base.update_rows("T", {ids[0]: {"Name": "edited"}})
            base.update_rows("T", {ids[1]: {"Amount": 99}})
        shutil.copy(snapshot, database)
        with served(equal=day_later or used != 2) as base:
            for number in range(used):
                base.update_rows("T", {ids[4]: {"Name": f"something else {number}"}})
        return warehouse

    return live


@pytest.mark.parametrize("server", WITH_SQL)
@pytest.mark.parametrize("interval", [0, 24])
@pytest.mark.parametrize("used", [0, 3])
def test_a_base_that_is_put_back_to_a_snapshot(put_back, server, interval, used):
    put_back(server, interval=interval, used=used)


@pytest.mark.parametrize("server", WITH_SQL)
@pytest.mark.parametrize("pause", [0, 1, 200])
@pytest.mark.parametrize("used", [0, 1, 3, 30, 80])
def test_a_base_that_is_put_back_within_minutes_of_the_last_run(put_back, server, pause, used):
    """Its counter passes the old number; only the time of the old operation is another one.

    With many operations the log is not worth reading, but for that one.
    """
    put_back(server, used=used, pause=pause, idle_runs=1)


@pytest.mark.parametrize("used", [2, 3])
def test_a_base_put_back_that_shows_the_old_number_is_right_after_the_next_comparison(
    put_back, used
):
    """A run without news makes no call for the log; a comparison does."""
    put_back("gateway", used=used, pause=1, day_later=True)


def edited(**changes):
    """A log in which entries say other things; None takes a key away."""

    def change(entries):
        result = []
        for entry in entries:
            operation = {**json.loads(entry["operation"]), **changes}
            operation = {key: value for key, value in operation.items() if value is not None}
            result.append({**entry, "operation": json.dumps(operation)})
        return result

    return change


@pytest.mark.parametrize("change", ["archive_view", "unarchive", "brand_new", "delete_rows", ""])
def test_an_operation_that_is_not_known_to_show_in_mtime_leads_to_a_comparison(base, exact, change):
    ids = make_table(base, "T", 5)
    state = read(exact).state
    base.update_rows("T", {ids[0]: {"Amount": 5}})
    with with_log(edited(op_type=change)):
        assert "full comparison" in outcome_in_log(read(exact, state=state))


@pytest.mark.only_on(*WITH_LOG)
@pytest.mark.parametrize("change", ["insert_view", "modify_view", "rename_view", "delete_view"])
def test_how_people_look_at_a_table_does_not_matter(base, exact, change):
    ids = make_table(base, "T", 5)
    state = read(exact).state
    base.update_rows("T", {ids[0]: {"Amount": 5}})
    with with_log(edited(op_type=change)):
        assert "skipped, no changes since the last run" in outcome_in_log(read(exact, state=state))


def linked_tables(base):
    """Table T links to table U, which need not be a stream."""
    base.create_table("U", [{"column_name": "Name", "column_type": "text"}])
    make_table(base, "T", 3)
    base.add_column("T", "Friends", "link", {"table": "T", "other_table": "U"})
    names = {"formula": "lookup", "link_column": "Friends", "level1_linked_column": "Name"}
    base.add_column("T", "Names", "link-formula", names)
    others = base.append_rows("U", [{"Name": "before"}])
    base.link("T", "Friends", {row["_id"]: others for row in base.rows("T")})
    return others


@pytest.mark.parametrize("tables", [None, ["T"]], ids=["all", "not the other"])
def test_a_change_in_a_table_that_is_no_stream_shows_through_links(base, exact, tables):
    [other] = linked_tables(base)
    exact = {**exact, "tables": tables} if tables else exact
    state = read(exact).state
    base.update_rows("U", {other: {"Name": "after"}})
    names = [record["Names"] for record in read(exact, state=state).records("T")]
    assert names == [["after"]] * 3


def test_an_operation_that_names_no_table_may_have_been_on_a_linked_one(base, exact):
    [other] = linked_tables(base)
    state = read(exact).state
    base.update_rows("U", {other: {"Name": "after"}})
    with with_log(edited(table_id=None)):
        run = read(exact, state=state)
    assert [record["Names"] for record in run.records("T")] == [["after"]] * 3


@pytest.mark.parametrize("gone", ["table", "column"])
def test_what_was_seen_through_a_link_that_is_gone(base, exact, gone):
    """The log names the table at its far end, to which nothing leads any more."""
    ids = {}
    for name in "TUV":
        base.create_table(name, [{"column_name": "Name", "column_type": "text"}])
        ids[name] = base.append_rows(name, [{"Name": "a"}])
    count = {"formula": "count_links", "link_column": "Link"}
    lookup = {"formula": "lookup", "link_column": "Link", "level1_linked_column": "Count"}
    for name, other, formula in (("U", "V", count), ("T", "U", lookup)):
        base.add_column(name, "Link", "link", {"table": name, "other_table": other})
        base.add_column(name, "Count", "link-formula", formula)
        base.link(name, "Link", {ids[name][0]: ids[other]})
    first = read(exact)
    if gone == "table":
        base.delete_table("V")
    else:
        base.delete_column("V", "U")
    [before], [after] = first.records("T"), read(exact, state=first.state).records("T")
    assert before["Count"]
    assert after["Count"] is None


def late(entries):
    return entries[1:]


def gap(entries):
    return entries[:1] + entries[2:]


def shifted(entries):
    return [{**entry, "op_id": entry["op_id"] - 1} for entry in entries]


def in_seconds(entries):
    return [{**entry, "op_time": entry["op_time"] // 1000} for entry in entries]


def far_future(entries):
    return [{**entry, "op_time": 10**18} for entry in entries]


def beyond_numbers(entries):
    return [{**entry, "op_time": 10**300} for entry in entries]


def no_text(entries):
    return [{**entry, "operation": None} for entry in entries]


def lists(entries):
    return [{**entry, "operation": "[]"} for entry in entries]


def nothing(entries):
    del entries
    return []


def not_objects(entries):
    return [str(entry) for entry in entries]


def refused(entries):
    del entries
    raise RequestRejected("no", status=400, server_message="no")


def broken(entries):
    del entries
    raise ServerUnavailable("no log today")


@pytest.mark.parametrize(
    "change",
    [late, gap, shifted, in_seconds, far_future, beyond_numbers, no_text, lists, nothing,
     not_objects, refused, broken],
)  # fmt: skip
def test_changes_are_found_whatever_the_log_answers(base, exact, change):
    ids = make_table(base, "T", 8)
    warehouse = Warehouse()
    run_into(exact, warehouse)
    base.update_rows("T", {ids[0]: {"Amount": 100}})
    base.append_rows("T", [{"Amount": 101}])
    base.delete_rows("T", ids[3:5])
    with with_log(change):
        run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse)


@pytest.mark.only_on(*WITH_LOG)
def test_one_table_left_behind_does_not_make_the_others_be_compared(base, exact):
    """A table that failed for long needs more of the log than the others together are worth."""
    ids = make_table(base, "A", 3)
    behind = make_table(base, "B", 3)
    warehouse = Warehouse()
    run_into(exact, warehouse)
    base.update_rows("B", {behind[0]: {"Amount": 77}})

    def fail(asked):
        if asks_for("B", asked):
            raise RequestRejected("no", status=400, server_message="no")

    with before_reading(fail):
        for amount in range(400):
            base.update_rows("A", {ids[0]: {"Amount": amount}})
        warehouse.load(read(exact, state=warehouse.state).messages)
        base.update_rows("A", {ids[0]: {"Amount": -1}})
        run = read(exact, state=warehouse.state)
    assert "incremental sync (rows were added or edited)" in outcome_in_log(run, "A")
    warehouse.load(run.messages)
    run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse, "A", "B")


@pytest.mark.parametrize("server", WITH_LOG)
@pytest.mark.parametrize("days", [1, 15, 400])
def test_a_log_that_no_longer_reaches_back_to_the_last_run_is_not_believed(server, days):
    """Servers forget operations after 14 days; the regular comparisons are switched off here."""
    with Sandbox(**SERVERS[server]) as sandbox:
        base = sandbox.create_base("Base")
        ids = make_table(base, "T", rows=6)
        other = make_table(base, "Other", rows=2)
        config = config_of(sandbox, base, lookback_seconds=0, full_compare_interval=100_000)
        warehouse = Warehouse()
        run_into(config, warehouse)
        sandbox.clock.advance(1000)
        base.delete_rows("T", ids[1:3])
        sandbox.clock.advance(days * 24 * 3600)
        base.update_rows("T", {ids[0]: {"Amount": 70}})
        base.update_rows("Other", {other[0]: {"Amount": 80}})
        run = run_into(config, warehouse)
        assert_amounts_equal(base, warehouse, "T", "Other")
        assert ("rows were deleted" in outcome_in_log(run)) is (days == 1)
