"""`start_date`: only rows changed since then count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatable_client.errors import ConfigError
from seatable_sandbox import Sandbox
from tests.servers import WITH_LOG
from tests.tap.support import config_of, discover, make_table, read

by_time_of_change = pytest.mark.only_on(*WITH_LOG)
"""Servers of 2020 show no operation counter: all rows are compared there, and none comes again."""


# start_date


@pytest.fixture
def three_days(sandbox, base):
    """A base with one row of each of three days, and the time of the second."""
    made = make_table(base, "T", 1)
    times = []
    for _ in range(2):
        sandbox.clock.advance(86_400)
        times.append(sandbox.clock.now() - timedelta(seconds=1))
        made += base.append_rows("T", [{"Name": "later"}])
    return base, made, times[0]


@pytest.mark.parametrize("server", [{}, {"profile": "v1", "dtable_db": True}], ids=str)
def test_rows_of_the_newest_second_come_where_aggregates_are_cut_to_seconds(server):
    """Taken at its word, MAX(_mtime) is before them all, and so they would not be there yet."""
    with Sandbox(**server, sql_aggregates_by_second=True) as sandbox:
        base = sandbox.create_base("B")
        made = make_table(base, "T", 5)
        config = {**config_of(sandbox, base), "lookback_seconds": 0}
        first = read(config)
        assert sorted(first.ids("T")) == sorted(made)
        assert read(config, state=first.state).ids("T") == []
        added = base.append_rows("T", [{"Name": "new"}])
        base.update_rows("T", {made[0]: {"Name": "edited"}})
        second = read(config, state=first.state)
        assert {made[0], *added} <= set(second.ids("T"))
        sandbox.clock.advance(2)
        base.delete_rows("T", made[1:])
        third = read(config, state=second.state)
        assert {row["_id"] for row in third.records("T") if row.get("_sdc_deleted_at")} == set(
            made[1:]
        )


def test_start_date_leaves_out_what_did_not_change_since(sandbox, three_days):
    base, made, second_day = three_days
    config = config_of(sandbox, base, start_date=second_day.isoformat())
    assert sorted(read(config).ids("T")) == sorted(made[1:])


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00"])
def test_start_date_may_be_written_in_several_forms(sandbox, three_days, form):
    base, made, second_day = three_days
    tomorrow = second_day + timedelta(days=1)
    found = read(config_of(sandbox, base, start_date=tomorrow.strftime(form)))
    assert found.error == ""
    assert set(made[2:]) <= set(found.ids("T")) <= set(made[1:])


@by_time_of_change
def test_a_bookmark_goes_before_an_older_start_date(sandbox, three_days):
    base, made, second_day = three_days
    config = config_of(sandbox, base, start_date=second_day.isoformat())
    state = read(config).state
    sandbox.clock.advance(1)  # what comes within the newest second is read twice
    made += base.append_rows("T", [{"Name": "new"}])
    assert sorted(read(config, state=state).ids("T")) == sorted(made[2:])


def test_a_newer_start_date_goes_before_the_bookmark(sandbox, three_days):
    base, made, second_day = three_days
    state = read(config_of(sandbox, base, start_date="2024-01-01")).state
    base.update_rows("T", {made[2]: {"Name": "edited"}})
    moved = config_of(sandbox, base, start_date=(second_day + timedelta(days=1)).isoformat())
    changed = read({**moved, "lookback_seconds": 10**9, "deletes": "off"}, state=state)
    assert set(changed.ids("T")) == set(made[2:])


@pytest.mark.parametrize("wrong", ["yesterday", "2024-13-01", "P1D", "2024-01-01/2024-02-01"])
def test_a_start_date_that_is_none_is_a_mistake(base, config, wrong):
    make_table(base, "T", 1)
    with pytest.raises(ConfigError, match=r"start_date .* is not a date"):
        discover({**config, "start_date": wrong})
