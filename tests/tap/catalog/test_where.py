"""`where`: only rows that meet a condition are read, and a row that no longer does is deleted."""

from __future__ import annotations

import pytest

from seatable_client.errors import ErrorKind
from tap_seatable.config import TapConfig
from tests.seeds import SOAK
from tests.servers import WITH_SQL, others
from tests.tap.support import config_of, discover, make_table, read, select_only

DRAWN_TOO = SOAK

pytestmark = pytest.mark.only_on(*WITH_SQL)
"""A condition is SQL; what the others say to one is among the tests, too."""


def deleted(run, stream="Things"):
    return {record["_id"] for record in run.records(stream) if record["_deleted_at"]}


def live(run, stream="Things"):
    return {record["_id"] for record in run.records(stream) if not record["_deleted_at"]}


def test_only_rows_that_meet_the_condition_are_read(base, config):
    ids = make_table(base, rows=6)
    make_table(base, "Others", rows=2)
    run = read({**config, "where": {"Things": "Amount >= 4 OR `Amount` = 0"}})
    assert live(run) == {ids[0], ids[4], ids[5]}
    assert len(run.records("Others")) == 2


def test_a_row_that_an_edit_takes_out_is_a_deleted_row(base, config):
    ids = make_table(base, rows=6)
    config["where"] = {"Things": "Amount > 2"}
    first = read(config)
    base.update_rows("Things", {ids[5]: {"Amount": 0}})
    second = read(config, state=first.state)
    assert deleted(second) == {ids[5]}
    assert not live(second)


def test_one_that_leaves_and_one_that_enters_keep_the_number_of_rows(base, config, sandbox):
    ids = make_table(base, rows=6)
    config |= {"where": {"Things": "Amount > 2"}, "lookback_seconds": 0}
    first = read(config)
    sandbox.clock.advance(60)
    base.update_rows("Things", {ids[5]: {"Amount": 0}, ids[0]: {"Amount": 9}})
    second = read(config, state=first.state)
    assert deleted(second) == {ids[5]}
    assert live(second) == {ids[0]}
    sandbox.clock.advance(60)
    base.delete_rows("Things", [ids[0]])
    assert deleted(read(config, state=second.state)) == {ids[0]}


def test_another_condition_causes_a_comparison(base, config):
    ids = make_table(base, rows=6)
    first = read({**config, "where": {"Things": "Amount > 2"}})
    second = read({**config, "where": {"Things": "Amount < 4"}}, state=first.state)
    assert deleted(second) == {ids[4], ids[5]}
    assert {*ids[:3]} <= live(second)
    assert second.log_lines("full comparison", "settings that filter or map its rows changed")


@pytest.mark.parametrize("condition", ["Kind = 'a'", "Amount > 0"])
def test_another_meaning_of_the_same_condition_causes_a_comparison(base, config, condition):
    """A catalog keeps what names meant when it was made, and a new one has what they mean now."""
    options = {"options": [{"name": "a"}, {"name": "b"}]}
    base.create_table("Things", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Kind", "column_type": "single-select", "column_data": options},
        {"column_name": "Amount", "column_type": "number"},
        {"column_name": "Other", "column_type": "number"},
    ])  # fmt: skip
    one, two = base.append_rows(
        "Things", [{"Kind": "a", "Amount": 1, "Other": 0}, {"Kind": "b", "Amount": 0, "Other": 1}]
    )
    config["where"] = {"Things": condition}
    catalog = discover(config)
    select_only(catalog, "Things", "Name")
    first = read(config, catalog=catalog)
    for old, new in (("a", "x"), ("b", "a")):
        base.rename_option("Things", "Kind", old, new)
    for old, new in (("Amount", "x"), ("Other", "Amount")):
        base.rename_column("Things", old, new)
    second = read(config, catalog=catalog, state=first.state)
    assert (live(first), live(second), deleted(second)) == ({one}, set(), set())
    catalog = discover(config)
    select_only(catalog, "Things", "Name")
    third = read(config, catalog=catalog, state=second.state)
    assert (live(third), deleted(third)) == ({two}, {one})


def test_a_run_without_changes_costs_no_extra_call(base, config, sandbox):
    make_table(base, rows=6)
    config["where"] = {"Things": "Amount > 2"}
    first = read(config)
    sandbox.calls.clear()
    second = read(config, state=first.state)
    assert len(sandbox.calls) == 2
    assert not second.records("Things")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("Colour = 'red'", "no such column: Colour"),
        ("Amount >", "syntax"),
        ("Amount > 1) OR (1 = 1", "parentheses"),
        ("Amount > 1 -- more", "--"),
        ("Name = 'it", "'"),
        ("Amount > 1 LIMIT 2", "syntax"),
    ],
)
def test_an_invalid_condition_ends_the_run_before_it_begins(
    base, config, tap_in_process, condition, words
):
    make_table(base, rows=2)
    make_table(base, "Others", rows=2)
    ended = tap_in_process({**config, "where": {"Things": condition}})
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert b"RECORD" not in ended.output
    sentence = next(line for line in ended.log.splitlines() if "The setting where" in line)
    assert "'Things'" in sentence
    assert words in sentence


def test_a_condition_for_an_unknown_table_is_refused(base, config):
    make_table(base)
    assert "'Thing'" in read({**config, "where": {"Thing": "Amount > 1"}}).error


def test_quotes_and_backticks_hide_what_is_inside_them():
    condition = "Name = 'a) -- ;''' AND `B (now())` = 1"
    assert TapConfig.parse({"where": {"T": f" {condition} "}}).where == {"T": condition}


@pytest.mark.only_on(*others(WITH_SQL))
def test_servers_without_sql_refuse_conditions(base, config):
    make_table(base, rows=2)
    make_table(base, "Others", rows=2)
    run = read({**config, "where": {"Things": "Amount > 1"}})
    assert "takes SQL" in run.error
    assert "'Things'" in run.error
    assert run.messages_of("RECORD") == []


@pytest.mark.parametrize("condition", ["Due >= today()", "`Left` > 0", "Twice > 0"])
def test_a_condition_that_depends_on_the_day_is_compared_on_each_day(base, sandbox, condition):
    base.create_table("Things", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Due", "column_type": "date", "column_data": {"format": "YYYY-MM-DD"}},
    ])  # fmt: skip
    base.add_column("Things", "Left", "formula", {"formula": 'dateDif(today(), {Due}, "D") + 1'})
    base.add_column("Things", "Twice", "formula", {"formula": "{Left} * 2"})
    today = sandbox.clock.now().date()
    config = config_of(sandbox, base, where={"Things": condition})
    rows = base.append_rows("Things", [{"Due": f"{today}"}, {"Due": "2999-01-01"}])
    first = read(config)
    assert live(first) == {*rows}
    assert read(config, state=first.state).log_lines(
        "'Things': skipped, no changes since the last run"
    )
    sandbox.clock.advance(24 * 3600 - 1)
    second = read({**config, "full_compare_interval": 1000}, state=first.state)
    assert deleted(second) == {rows[0]}
    assert second.log_lines("'Things'", "depends on the day")


def test_a_condition_that_depends_on_the_time_is_compared_in_every_run(base, config):
    make_table(base, rows=2)
    config["where"] = {"Things": "_mtime <= now()"}
    first = read(config)
    assert read(config, state=first.state).log_lines("'Things'", "depends on the time")
