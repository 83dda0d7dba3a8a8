"""Where a run continues: bookmarks, what moves them, and what does not."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta

import pytest

from seatable_client.api import gateway
from seatable_client.errors import ConfigError
from seatable_sandbox import Fault, Sandbox
from tests.servers import SERVERS, WITH_LOG
from tests.tap.support import config_of, discover, make_table, metadata_of, read

by_time_of_change = pytest.mark.only_on(*WITH_LOG)
"""Servers of 2020 show no operation counter: all rows are compared there, and none comes again."""


def moment(value):
    return datetime.fromisoformat(value)


@pytest.fixture
def exact(config):
    """A configuration that repeats nothing on purpose."""
    return {**config, "lookback_seconds": 0}


@pytest.fixture
def later(sandbox):
    """Let time pass on the server."""
    return functools.partial(sandbox.clock.advance, 10)


def newest(run, stream):
    return max(record["_mtime"] for record in run.records(stream))


# The bookmark


def test_the_bookmark_is_the_newest_change_to_the_second(base, config, later):
    ids = make_table(base, "T", 5)
    later()
    base.update_rows("T", {ids[2]: {"Amount": 7}})
    later()
    run = read(config)
    assert run.bookmark("T") == newest(run, "T")[:19] + ".000+00:00"
    assert moment(run.bookmark("T")) <= moment(newest(run, "T"))


@pytest.mark.parametrize("server", SERVERS)
def test_the_bookmark_is_in_utc_whatever_the_servers_zone(server):
    with Sandbox(time_zone="America/New_York", **SERVERS[server]) as sandbox:
        base = sandbox.create_base("Far")
        make_table(base, "T", 1)
        run = read(config_of(sandbox, base))
        assert run.bookmark("T") == newest(run, "T")[:19] + ".000+00:00"


@pytest.mark.only_on("gateway")
def test_a_change_during_the_read_does_not_move_the_bookmark(base, exact, later, monkeypatch):
    """The change may be behind the reader, which has not seen it then."""
    ids = sorted(make_table(base, "T", 30))
    before = max(row["_mtime"] for row in base.rows("T"))
    pages = []
    query = gateway.Gateway.query

    def interrupted(self, statement, purpose):
        if "ORDER BY" in statement:
            pages.append(statement)
            if len(pages) == 2:
                later()
                base.update_rows("T", {ids[0]: {"Amount": -1}, ids[-1]: {"Amount": -1}})
        return query(self, statement, purpose)

    monkeypatch.setattr(gateway.Gateway, "query", interrupted)
    first = read({**exact, "page_size": 10})
    assert moment(first.bookmark("T")) <= moment(before.replace("Z", "+00:00"))
    changed = {r["_id"]: r["Amount"] for r in read(exact, state=first.state).records("T")}
    assert changed[ids[0]] == changed[ids[-1]] == -1


def test_an_empty_table_sets_no_bookmark_and_is_complete(base, config):
    make_table(base, "T")
    run = read(config)
    assert run.error == ""
    assert run.streams == ["T"]
    assert run.records("T") == []
    assert run.bookmark("T") is None
    made = base.append_rows("T", [{"Name": "first"}])
    assert read(config, state=run.state).ids("T") == made


def test_the_bookmark_does_not_go_back_when_rows_vanish(base, exact, later):
    ids = make_table(base, "T", 3)
    later()
    base.update_rows("T", {ids[0]: {"Amount": 9}})
    first = read(exact)
    base.delete_rows("T", ids[:1])
    second = read(exact, state=first.state)
    assert second.bookmark("T") == first.bookmark("T")


# What a second run brings


@pytest.fixture
def aged(base, later):
    """A table T of ten rows and a newer one; ids. A run repeats the newest second at most."""
    ids = make_table(base, "T", 10)
    later()
    ids += base.append_rows("T", [{"Name": "newest"}])
    return ids


@by_time_of_change
def test_a_second_run_brings_what_changed_since(base, exact, later, aged):
    first = read(exact)
    assert sorted(first.ids("T")) == sorted(aged)
    later()
    base.update_rows("T", {aged[3]: {"Amount": 33}})
    new = base.append_rows("T", [{"Name": "new"}])
    second = read(exact, state=first.state)
    assert sorted(second.ids("T")) == sorted([aged[3], aged[-1], *new])
    assert moment(second.bookmark("T")) > moment(first.bookmark("T"))
    third = read(exact, state=second.state)
    assert third.ids("T") == []
    assert third.bookmark("T") == second.bookmark("T")


@by_time_of_change
def test_the_lookback_repeats_what_may_have_become_visible_late(base, config, sandbox):
    old = make_table(base, "T", 2)
    sandbox.clock.advance(100)
    recent = base.append_rows("T", [{"Name": "recent"}])
    sandbox.clock.advance(20)
    new = base.append_rows("T", [{"Name": "newest"}])
    state = read(config).state
    sandbox.clock.advance(1000)
    new += base.append_rows("T", [{"Name": "of the second run"}])
    assert sorted(read({**config, "lookback_seconds": 0}, state=state).ids("T")) == sorted(new)
    assert sorted(read(config, state=state).ids("T")) == sorted(recent + new)
    everything = read({**config, "lookback_seconds": 1000}, state=state)
    assert sorted(everything.ids("T")) == sorted(old + recent + new)


def test_every_row_of_one_bulk_write_comes(base, config, later):
    """Thousands of rows can carry the very same time of change."""
    make_table(base, "T", 1)
    first = read(config)
    later()
    made = base.append_rows("T", [{"Amount": number} for number in range(3000)])
    assert len({row["_mtime"] for row in base.rows("T")}) == 2
    second = read({**config, "page_size": 700, "lookback_seconds": 0}, state=first.state)
    assert set(made) <= set(second.ids("T"))
    assert len(second.ids("T")) == len(set(second.ids("T")))


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("days", [-400, 400])
def test_this_machines_clock_does_not_matter(server, days):
    """The SDK would cap the bookmark at its own clock, or lift it there."""
    with Sandbox(**SERVERS[server]) as sandbox:
        sandbox.clock.advance(days * 86_400)
        base = sandbox.create_base("Elsewhen")
        config = config_of(sandbox, base, lookback_seconds=0)
        old = make_table(base, "T", 3)
        sandbox.clock.advance(10)
        [newest_] = base.append_rows("T", [{"Name": "newest"}])
        first = read(config)
        assert first.bookmark("T") == newest(first, "T")[:19] + ".000+00:00"
        sandbox.clock.advance(10)
        base.update_rows("T", {old[0]: {"Amount": 9}})
        second = read(config, state=first.state)
        # The second of the bookmark comes again, but for where all rows are compared.
        again = [newest_] if server in WITH_LOG else []
        assert sorted(second.ids("T")) == sorted([old[0], *again])
        assert second.bookmark("T") == newest(second, "T")[:19] + ".000+00:00"


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
        more = base.append_rows("T", [{"Name": "new"}])
        base.update_rows("T", {made[0]: {"Name": "edited"}})
        second = read(config, state=first.state)
        assert {made[0], *more} <= set(second.ids("T"))
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
    with pytest.raises(ConfigError, match=r"start_date .* is no date"):
        discover({**config, "start_date": wrong})


# The state


def test_the_state_of_other_streams_is_kept(base, config):
    make_table(base, "T", 1)
    other = {"replication_key": "_mtime", "replication_key_value": "2024-01-01T00:00:00.000+00:00"}
    run = read(config, state={"bookmarks": {"Elsewhere": other}})
    assert run.state["bookmarks"]["Elsewhere"] == other
    assert run.bookmark("T")


@pytest.mark.parametrize(
    "value",
    ["2024-01-01T00:00:00.000+00:00", "2999-01-01T00:00:00Z", "last tuesday", 1700000000, ["x"]],
)
def test_a_bookmark_without_what_was_remembered_with_it_is_not_trusted(base, config, value):
    """An older version's state, another tap's, one written by hand."""
    ids = make_table(base, "T", 2)
    state = {"bookmarks": {"T": {"replication_key": "_mtime", "replication_key_value": value}}}
    run = read(config, state=state)
    assert len(run.said("Stream 'T' is read whole again")) == 1
    assert sorted(run.ids("T")) == sorted(ids)
    assert run.bookmark("T") == newest(run, "T")[:19] + ".000+00:00"


def test_a_bookmark_of_null_is_none(base, config):
    """How a state is reset where states are merged: Meltano never removes a key."""
    ids = make_table(base, "T", 2)
    state = {"bookmarks": {"T": {"replication_key": None, "replication_key_value": None}}}
    assert sorted(read(config, state=state).ids("T")) == sorted(ids)


def states_of(run, stream):
    return [
        message["value"].get("bookmarks", {}).get(stream, {}).get("replication_key_value")
        for message in run.of("STATE")
    ]


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.only_on("gateway")
def test_a_stream_cut_off_in_the_middle_keeps_its_bookmark(sandbox, base, exact, later):
    ids = make_table(base, "T", 40)
    first = read(exact)
    later()
    base.update_rows("T", {key: {"Amount": 1} for key in ids})
    sandbox.inject(Fault("status", path="/sql/", after=2, times=100, status=502))
    second = read({**exact, "page_size": 10}, state=first.state)
    assert len(second.ids("T")) == 10
    assert second.said("Stream 'T' was not read", "not ready")
    assert set(states_of(second, "T")) == {first.bookmark("T")}
    sandbox.clear_faults()
    assert sorted(read(exact, state=second.state).ids("T")) == sorted(ids)


def test_state_comes_after_the_streams_last_record(base, config):
    make_table(base, "A", 12_000)
    make_table(base, "B", 3)
    run = read(config)
    last = {
        stream: max(
            place
            for place, message in enumerate(run.messages)
            if message["type"] == "RECORD" and message["stream"] == stream
        )
        for stream in ("A", "B")
    }
    for place, message in enumerate(run.messages):
        if message["type"] == "STATE":
            for stream, marks in message["value"].get("bookmarks", {}).items():
                assert place > last[stream] or "replication_key_value" not in marks


def test_state_holds_nothing_of_the_sdks_own_making(base, config):
    make_table(base, "T", 3)
    run = read(config, state=read(config).state)
    assert set(run.state["bookmarks"]["T"]) == {
        "replication_key",
        "replication_key_value",
        "seatable",
    }


# FULL_TABLE


def test_a_full_table_stream_is_read_whole_each_time(base, config):
    make_table(base, "T", 5)
    catalog = discover(config)
    metadata_of(catalog, "T")["forced-replication-method"] = "FULL_TABLE"
    entry = catalog["streams"][0]
    entry["replication_method"] = "FULL_TABLE"
    first = read({**config, "lookback_seconds": 0}, catalog=catalog)
    state = {"bookmarks": {"T": {
        "replication_key": "_mtime", "replication_key_value": "2999-01-01T00:00:00.000+00:00",
    }}}  # fmt: skip
    second = read({**config, "lookback_seconds": 0}, catalog=catalog, state=state)
    assert len(first.ids("T")) == len(second.ids("T")) == 5
    assert first.bookmark("T") is None
    assert second.bookmark("T") == "2999-01-01T00:00:00.000+00:00"


# What else was wanted last time


ANOTHER_MAP: list[dict] = [
    {"stream_maps": {"T": {"Twice": "Amount * 2"}}},
    {"stream_maps": {"T*": {"Twice": "Amount * 2"}}},
    {"stream_maps": {"More": {"__source__": "T"}}},
    {"stream_maps": {"T": {"__alias__": "Other"}}},
    {"stream_maps": {"T": {"__filter__": "Amount > 0"}}},
]


@pytest.mark.parametrize("mapped", ANOTHER_MAP)
def test_another_map_brings_all_rows_once_and_concerns_no_other_stream(base, exact, mapped):
    make_table(base, "T", 3)
    make_table(base, "U", 3)
    plain = read(exact)
    run = read({**exact, **mapped}, state=plain.state)
    fresh = read({**exact, **mapped})
    for stream in {message["stream"] for message in fresh.of("RECORD")} - {"U"}:
        assert run.records(stream) == fresh.records(stream)
    assert run.records("U") == []
    assert run.said("Stream 'T'", "settings that bound or shape its rows changed")
    assert read({**exact, **mapped}, state=run.state).of("RECORD") == []
    back = read(exact, state=run.state)
    assert back.records("T") == plain.records("T")
    assert back.records("U") == []


@pytest.mark.parametrize("left_out", [{"T": None}, {"T": "__NULL__"}, {"U": {}, "__else__": None}])
def test_rows_of_a_stream_that_a_map_left_out_come_once_it_does_not(base, exact, left_out):
    make_table(base, "T", 3)
    make_table(base, "U", 3)
    without = read({**exact, "stream_maps": dict(left_out)})
    assert without.records("T") == []
    assert len(read(exact, state=without.state).records("T")) == 3


@pytest.mark.parametrize(
    "changed", [{"flattening_max_depth": 2}, {"flattening_separator": "."}, {}], ids=str
)
def test_another_flattening_brings_all_rows(base, exact, changed):
    make_table(base, "T", 3)
    flat = {**exact, "flattening_enabled": True, "flattening_max_depth": 1}
    state = read(flat).state
    assert len(read({**flat, **changed}, state=state).records("T")) == (3 if changed else 0)


@pytest.mark.only_on(*WITH_LOG)
def test_what_happened_to_columns_is_told(base, exact):
    make_table(base, "T", 3)
    state = read(exact).state
    base.rename_column("T", "Amount", "Quantity")
    run = read(exact, state=state)
    assert run.said("Stream 'T': all rows compared", "its columns", "the log has rename_column")
    assert {record["Quantity"] for record in run.records("T")} == {0, 1, 2}
