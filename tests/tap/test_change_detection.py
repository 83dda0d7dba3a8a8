"""What tries to get past the detection of changes: clocks, logs, kills, settings, restored rows."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
from datetime import datetime, timedelta, timezone
from unittest import mock

import pytest

from seatable_client.api.base import Base
from seatable_client.connection import connect
from seatable_client.errors import RequestRejected, ServerUnavailable
from seatable_sandbox import Sandbox
from tap_seatable.records.encoder import RecordEncoder
from tap_seatable.sync import table_sync
from tests.servers import SERVERS, WITH_LOG, WITH_SQL
from tests.tap.support import config_of, discover, make_table, metadata_of, read
from tests.tap.test_model import Warehouse, asks_for, before_reading

HOUR = 3600


@pytest.fixture
def exact(config):
    """A configuration that repeats nothing on purpose."""
    return {**config, "lookback_seconds": 0}


@pytest.fixture(params=SERVERS)
def clock(request):
    """A sandbox whose clock may go anywhere, a base in it and a configuration."""
    with Sandbox(**SERVERS[request.param]) as sandbox:
        base = sandbox.create_base("Clock")
        yield sandbox.clock, base, config_of(sandbox, base)


@contextlib.contextmanager
def operations_as(change):
    """Let the operations log answer what `change` makes of its entries."""
    real = Base.operations
    with mock.patch.object(Base, "operations", lambda base, page: change(real(base, page))):
        yield


@contextlib.contextmanager
def between_calls(at, action):
    """Do something just before a run's n-th call for rows."""
    calls = itertools.count(1)
    with before_reading(lambda _asked: action() if next(calls) == at else None):
        yield


def runs(config, warehouse, **settings):
    """Run the tap from the warehouse's state, into the warehouse."""
    result = read({**config, **settings}, state=warehouse.state)
    assert result.error == ""
    warehouse.load(result.messages)
    return result


def assert_equal(base, warehouse, *tables):
    for table in tables or ("T",):
        expected = {row["_id"]: row.get("Amount") for row in base.rows(table)}
        held = {key: row.get("Amount") for key, row in warehouse.rows(table).items()}
        assert held == expected, table


def said_what(run, stream="T"):
    (line,) = run.said(f"Stream {stream!r}: ", ", because ")
    return line


# Rows that a killed run emitted, and whose deletion is all that the next one can know of


def lose_the_end(warehouse, result):
    """A run whose records were loaded and whose states were not."""
    warehouse.load([one for one in result.messages if one["type"] == "RECORD"])


# The list of deleted rows, which stands in for a log, leaves out rows as young as these.
@pytest.mark.only_on(*WITH_LOG)
@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize("interval", [24, 0], ids=["by the log", "when a comparison is due"])
def test_a_row_that_a_killed_run_brought_and_that_is_deleted_then(base, exact, interval, deletes):
    """Loaders that store records before the state that came ahead of them."""
    exact = {**exact, "full_compare_interval": interval, "deletes": deletes}
    make_table(base, "T", 5)
    warehouse = Warehouse()
    runs(exact, warehouse)
    new = base.append_rows("T", [{"Amount": 7}, {"Amount": 8}])
    lose_the_end(warehouse, read(exact, state=warehouse.state))
    assert set(new) <= set(warehouse.rows("T"))
    base.delete_rows("T", new[:1])
    runs(exact, warehouse)
    assert_equal(base, warehouse)


def lose_the_records(warehouse, result):
    """A run killed after a state and before the records that it announces."""
    last = max(place for place, one in enumerate(result.messages) if one["type"] == "RECORD")
    cut = max(
        place
        for place, one in enumerate(result.messages)
        if one["type"] == "STATE" and place < last
    )
    warehouse.load(result.messages[: cut + 1])


@pytest.mark.parametrize("then", ["delete", "edit", "append", "link", "nothing", "delete it"])
def test_a_row_that_a_killed_run_announced_and_did_not_bring(kind, base, exact, then):
    ids = make_table(base, "T", 40)
    exact = {**exact, "sketch_capacity": 16}
    warehouse = Warehouse()
    runs(exact, warehouse)
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
    results = [runs(exact, warehouse)]
    assert_equal(base, warehouse)
    runs(exact, warehouse)
    base.delete_rows("T", new[5:20])
    results.append(runs(exact, warehouse))
    assert_equal(base, warehouse)
    if kind in WITH_SQL:  # others do not tell when a row was made, and the sketch has no more room
        assert [result.of("ACTIVATE_VERSION") for result in results] == [[], []]


def test_a_row_that_was_made_and_deleted_between_two_runs_is_at_most_a_tombstone(base, exact):
    make_table(base, "T", 5)
    warehouse = Warehouse()
    runs(exact, warehouse)
    [new] = base.append_rows("T", [{"Amount": 7}])
    base.delete_rows("T", [new])
    result = runs(exact, warehouse)
    for record in result.records("T"):
        assert record["_id"] != new or record["_deleted_at"]
    assert_equal(base, warehouse)


def test_a_row_deleted_and_restored_is_not_deleted(base, exact):
    ids = make_table(base, "T", 5)
    warehouse = Warehouse()
    runs(exact, warehouse)
    base.delete_rows("T", ids[:2])
    base.restore_rows("T", ids[:2])
    result = runs(exact, warehouse)
    assert [record for record in result.records("T") if record["_deleted_at"]] == []
    assert_equal(base, warehouse)


@pytest.mark.only_on(*WITH_LOG)
def test_logged_deletes_of_rows_restored_do_not_hide_others_behind_an_overflow(base, exact):
    """More deletions than the sketch shows; the log's ids make room, but some are back."""
    ids = make_table(base, "T", 200)
    exact = {**exact, "sketch_capacity": 16}
    warehouse = Warehouse()
    runs(exact, warehouse)
    base.delete_rows("T", ids[:100])
    base.restore_rows("T", ids[90:100])
    result = runs(exact, warehouse)
    assert result.of("ACTIVATE_VERSION") == []
    assert sorted(r["_id"] for r in result.records("T") if r["_deleted_at"]) == sorted(ids[:90])
    assert_equal(base, warehouse)


@pytest.mark.only_on(*WITH_LOG)
def test_deletions_that_the_log_names_are_told_even_if_the_sketch_shows_nothing(base, exact):
    """The loader may not act on ACTIVATE_VERSION, which goes out then, too."""
    ids = make_table(base, "T", 200)
    exact = {**exact, "sketch_capacity": 16}
    state = read(exact).state
    base.update_rows("T", {row_id: {"Amount": -1} for row_id in ids[:100]})
    state = read(exact, state=state).state
    base.delete_rows("T", ids[150:152])
    base.append_rows("T", [{"Amount": number} for number in range(100)])
    result = read(exact, state=state)
    gone = {one["_id"] for one in result.records("T") if one["_deleted_at"]}
    assert gone == set(ids[150:152])
    for message in result.of("ACTIVATE_VERSION"):
        assert {one["version"] for one in result.of("RECORD", "T")} == {message["version"]}


# Clocks


def test_an_edit_after_the_servers_clock_went_back_is_found(clock):
    moved, base, config = clock
    ids = make_table(base, "T", 5)
    warehouse = Warehouse()
    runs(config, warehouse)
    moved.advance(-HOUR)
    base.update_rows("T", {ids[2]: {"Amount": -2}})
    runs(config, warehouse)
    assert_equal(base, warehouse)
    base.append_rows("T", [{"Amount": 99}])
    runs(config, warehouse)
    assert_equal(base, warehouse)


@pytest.mark.parametrize("then", ["a comparison", "a full read", "changes"])
def test_rows_edited_after_the_clock_went_back_are_not_taken_for_later_ones(clock, then):
    """They changed before they were made, as far as their times tell."""
    moved, base, config = clock
    ids = make_table(base, "T", 5)
    warehouse = Warehouse()
    if then != "a full read":
        runs(config, warehouse)
    moved.advance(-HOUR)
    base.update_rows("T", {row_id: {"Amount": 100} for row_id in ids})
    if then == "a comparison":
        base.rename_column("T", "Name", "Title")
    result = runs(config, warehouse)
    assert_equal(base, warehouse)
    assert [one for one in result.records("T") if one["_deleted_at"]] == []
    base.delete_rows("T", ids[:1])
    runs(config, warehouse)
    assert_equal(base, warehouse)


def test_a_comparison_in_the_future_does_not_postpone_the_next_one(clock):
    """The clock was wrong by a year when the rows were compared, and is right again."""
    moved, base, config = clock
    ids = make_table(base, "T", 5)
    moved.advance(365 * 24 * HOUR)
    warehouse = Warehouse()
    runs(config, warehouse)
    moved.advance(-365 * 24 * HOUR)
    assert "full_compare_interval" in said_what(runs(config, warehouse))
    base.update_rows("T", {ids[0]: {"Amount": 1000}})
    runs(config, warehouse)
    assert_equal(base, warehouse)


def test_a_small_difference_between_the_clocks_of_two_servers_is_no_doubt(clock):
    moved, base, config = clock
    make_table(base, "T", 5)
    warehouse = Warehouse()
    runs(config, warehouse)
    moved.advance(-2)
    result = runs(config, warehouse)
    assert result.of("RECORD") == []
    assert result.said("full_compare_interval") == []


# The operations log


@pytest.mark.parametrize("server", WITH_SQL)
@pytest.mark.parametrize("interval", [0, 24])
@pytest.mark.parametrize("used", [0, 3])
def test_a_base_that_is_put_back_to_a_snapshot(tmp_path, server, interval, used):
    """An edited row is again what it was, with the old `_mtime`, and looks as it was emitted.

    A base that is used afterwards gets past the number of operations that it had.
    """
    database, snapshot, warehouse = tmp_path / "now.db", tmp_path / "then.db", Warehouse()

    @contextlib.contextmanager
    def served(later):
        with Sandbox(**SERVERS[server], database=str(database)) as sandbox:
            sandbox.clock.advance(later)
            base = sandbox.create_base("Base", api_token="token")
            yield base
            config = config_of(sandbox, base, lookback_seconds=0, full_compare_interval=interval)
            runs(config, warehouse)
            assert_equal(base, warehouse, "T")

    with served(0) as base:
        ids = make_table(base, "T", rows=5)
    shutil.copy(database, snapshot)
    with served(1000) as base:
        base.update_rows("T", {ids[0]: {"Name": "edited"}})
        base.update_rows("T", {ids[1]: {"Amount": 99}})
    shutil.copy(snapshot, database)
    with served(2000) as base:
        for _ in range(used):
            base.update_rows("T", {ids[4]: {"Name": "something else"}})


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


@pytest.mark.parametrize("what", ["archive_view", "unarchive", "brand_new", "delete_rows", ""])
def test_an_operation_that_is_not_known_to_show_in_mtime_leads_to_a_comparison(base, exact, what):
    ids = make_table(base, "T", 5)
    state = read(exact).state
    base.update_rows("T", {ids[0]: {"Amount": 5}})
    with operations_as(edited(op_type=what)):
        assert "all rows compared" in said_what(read(exact, state=state))


@pytest.mark.only_on(*WITH_LOG)
@pytest.mark.parametrize("what", ["insert_view", "modify_view", "rename_view", "delete_view"])
def test_how_people_look_at_a_table_does_not_matter(base, exact, what):
    ids = make_table(base, "T", 5)
    state = read(exact).state
    base.update_rows("T", {ids[0]: {"Amount": 5}})
    with operations_as(edited(op_type=what)):
        assert "nothing has changed" in said_what(read(exact, state=state))


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
    with operations_as(edited(table_id=None)):
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


# What moves no time of change


@pytest.mark.parametrize("naming", ["name", "id"])
def test_a_column_whose_type_changes(base, exact, naming):
    make_table(base, "T", 12)
    exact = {**exact, "naming": naming}
    warehouse = Warehouse()
    for kind in ("text", "checkbox", "number"):
        stream = runs(exact, warehouse).streams[0]
        base.change_column_type("T", "Amount", kind)
        result = runs(exact, warehouse)
        fresh = Warehouse()
        runs(exact, fresh)
        assert warehouse.rows(stream) == fresh.rows(stream)
        assert len(result.records(stream)) == 12
        assert [one for one in result.records(stream) if one["_deleted_at"]] == []


def test_a_column_that_comes_back_under_its_old_name(base, exact):
    """It is another one, and what the old one held is not in it."""
    make_table(base, "T", 5)
    warehouse = Warehouse()
    runs(exact, warehouse)
    base.delete_column("T", "Amount")
    base.add_column("T", "Amount", "number")
    runs(exact, warehouse)
    assert {row["Amount"] for row in warehouse.rows("T").values()} == {None}


@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
def test_rows_that_are_moved_to_big_data_and_back(kind, base, exact, deletes):
    """Lists of old servers do not hold them, so they are deleted there, and come back."""
    ids = make_table(base, "T", 8)
    exact = {**exact, "deletes": deletes}
    warehouse = Warehouse()
    runs(exact, warehouse)
    base.archive_rows("T", ids[:3])
    runs(exact, warehouse)
    assert warehouse.rows("T").keys() == {*(ids if kind in WITH_SQL else ids[3:])}
    base.unarchive_rows("T", ids[:3])
    runs(exact, warehouse)
    assert_equal(base, warehouse)


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize(
    ("hours", "wanted", "found"),
    [
        (23, {}, False),
        (25, {}, True),
        (25, {"full_compare_interval": 168}, False),
        (0, {"full_compare_interval": 0}, True),
    ],
)
def test_rows_that_are_written_past_the_base(sandbox, base, exact, hours, wanted, found):
    """They raise no counter: docs/incremental.md says when they are found."""
    make_table(base, "T", 3)
    base.enable_big_data()
    state = read(exact).state
    writer = connect(exact).base
    writer.appends_to_big_data = True
    writer.append_rows("T", [{"Amount": 7}])
    sandbox.clock.advance(hours * HOUR)
    records = read({**exact, **wanted}, state=state).records("T")
    assert [record["Amount"] for record in records] == [7] * found


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
def test_whatever_the_log_answers_the_changes_come(base, exact, change):
    ids = make_table(base, "T", 8)
    warehouse = Warehouse()
    runs(exact, warehouse)
    base.update_rows("T", {ids[0]: {"Amount": 100}})
    base.append_rows("T", [{"Amount": 101}])
    base.delete_rows("T", ids[3:5])
    with operations_as(change):
        runs(exact, warehouse)
    assert_equal(base, warehouse)


@pytest.mark.only_on(*WITH_LOG)
def test_one_table_left_behind_does_not_make_the_others_be_compared(base, exact):
    """A table that failed for long needs more of the log than the others together are worth."""
    ids = make_table(base, "A", 3)
    make_table(base, "B", 3)
    warehouse = Warehouse()
    runs(exact, warehouse)

    def fail(asked):
        if asks_for("B", asked):
            raise RequestRejected("no", status=400, server_message="no")

    with before_reading(fail):
        for amount in range(400):
            base.update_rows("A", {ids[0]: {"Amount": amount}})
        warehouse.load(read(exact, state=warehouse.state).messages)
        base.update_rows("A", {ids[0]: {"Amount": -1}})
        run = read(exact, state=warehouse.state)
    assert "rows changed since the last run" in said_what(run, "A")


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
    states = [place for place, one in enumerate(messages) if one["type"] == "STATE"]
    warehouse.load(messages[: states[-3] + 4])
    assert warehouse.state["bookmarks"]["T"]["seatable"]["cursor"] == ids[29]
    return ids, warehouse


@ORDERED
def test_a_resumed_read_goes_on_behind_the_cursor(base, exact, killed):
    ids, warehouse = killed
    result = runs(exact, warehouse)
    assert result.ids("T") == ids[30:]
    assert_equal(base, warehouse)


@ORDERED
@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize("what", ["edit", "append", "delete", "emitted and deleted", "nothing"])
def test_what_changed_before_a_read_was_resumed_comes_with_it(
    sandbox, base, exact, killed, deletes, what
):
    ids, warehouse = killed
    sandbox.clock.advance(10)
    if what == "edit":
        base.update_rows("T", {ids[0]: {"Amount": -1}, ids[49]: {"Amount": -1}})
    elif what == "append":
        base.append_rows("T", [{"Amount": number} for number in range(100, 130)])
    elif what == "delete":
        base.delete_rows("T", [ids[0], ids[40]])
    elif what == "emitted and deleted":
        base.delete_rows("T", [ids[31]])
    result = runs({**exact, "deletes": deletes}, warehouse)
    assert_equal(base, warehouse)
    if what == "nothing":
        assert result.ids("T") == ids[30:]
    elif what in {"edit", "append"}:
        assert len(set(result.ids("T")).intersection(ids[1:30])) <= 1


@ORDERED
def test_a_resumed_read_with_other_columns_begins_anew(base, exact, killed):
    ids, warehouse = killed
    base.add_column("T", "More", "text")
    result = runs(exact, warehouse)
    assert result.ids("T") == ids
    assert {message["version"] for message in result.of("RECORD")} == {
        message["version"] for message in result.of("ACTIVATE_VERSION")
    }


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
        runs(config, warehouse, start_date=start_date)
        expected = [row["_id"] for row in base.rows("T")]
        wanted = expected[3:] if start_date == between else expected
        assert sorted(warehouse.rows("T")) == sorted(wanted)


@ORDERED
def test_a_resumed_read_with_another_start_date_begins_anew(base, exact, killed):
    ids, warehouse = killed
    runs(exact, warehouse, start_date="2020-01-01")
    assert sorted(warehouse.rows("T")) == ids


def full_table(catalog):
    metadata_of(catalog, "T")["forced-replication-method"] = "FULL_TABLE"
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    return catalog


def test_a_full_table_run_in_between_leaves_nothing_behind(base, exact):
    """What such a run emitted is not remembered, so the memory before it is none any more."""
    make_table(base, "T", 3)
    warehouse = Warehouse()
    runs(exact, warehouse)
    [new] = base.append_rows("T", [{"Amount": 50}])
    result = read(exact, catalog=full_table(discover(exact)), state=warehouse.state)
    warehouse.load([one for one in result.messages if one["type"] != "ACTIVATE_VERSION"])
    assert new in warehouse.rows("T")
    base.delete_rows("T", [new])
    with operations_as(nothing):
        runs(exact, warehouse)
    assert_equal(base, warehouse)


# Ids


def test_an_id_that_is_none_of_seatables_is_a_sentence(base, exact, monkeypatch):
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
    assert run.said("Stream 'T' was not read", "row id")
    assert len(run.ids("U")) == 2


# Rows that come and go while a table is read


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("what", ["insert", "delete", "restore", "edit"])
def test_rows_that_come_and_go_during_a_read_are_right_one_run_later(sandbox, exact, at, what):
    base = sandbox.create_base(f"Race {at} {what}")
    exact = {**exact, **config_of(sandbox, base), "page_size": 10}
    ids = sorted(make_table(base, "T", 30))
    warehouse = Warehouse()
    runs(exact, warehouse)
    gone = [ids[0], ids[15], ids[29]]
    if what == "restore":
        base.delete_rows("T", gone)
    base.update_rows("T", {ids[5]: {"Amount": 55}})
    base.delete_rows("T", [ids[7]])

    def act():
        if what == "insert":
            base.append_rows("T", [{"Amount": 500 + number} for number in range(7)])
        elif what == "delete":
            base.delete_rows("T", gone)
        elif what == "restore":
            base.restore_rows("T", gone)
        else:
            base.update_rows("T", {row_id: {"Amount": -3} for row_id in gone})

    with between_calls(at, act):
        runs(exact, warehouse)
    runs(exact, warehouse)
    assert_equal(base, warehouse)


def test_the_same_millisecond_before_and_after_the_count(base, exact, monkeypatch):
    """Rows of one moment, some counted and some not, behind the cursor and ahead of it."""
    frozen = int(datetime.now(timezone.utc).timestamp() * 1000)
    monkeypatch.setattr(type(base._engine.clock), "milliseconds", lambda _clock: frozen)
    make_table(base, "T", 30)
    warehouse = Warehouse()
    exact = {**exact, "page_size": 10}
    for at in (2, 3, 4):
        with between_calls(at, lambda: base.append_rows("T", [{"Amount": 1}] * 5)):
            runs(exact, warehouse)
    runs(exact, warehouse)
    assert_equal(base, warehouse)
