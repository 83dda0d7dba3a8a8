"""Where a run continues: bookmarks, what moves them, and what does not."""

from __future__ import annotations

import itertools
from datetime import datetime

import pytest

from seatable_client.api import gateway
from seatable_sandbox import Fault, Sandbox
from tests.servers import SERVERS, WITH_LOG
from tests.tap.support import config_of, discover, make_table, metadata_of, read

by_time_of_change = pytest.mark.only_on(*WITH_LOG)
"""Servers of 2020 show no operation counter: all rows are compared there, and none comes again."""


def moment(value):
    return datetime.fromisoformat(value)


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
        sandbox.clock.advance(10)
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
def test_a_second_run_emits_what_changed_since(base, exact, later, aged):
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
        sandbox.clock.advance(10)
        first = read(config)
        assert first.bookmark("T") == newest(first, "T")[:19] + ".000+00:00"
        base.update_rows("T", {old[0]: {"Amount": 9}})
        sandbox.clock.advance(10)
        second = read(config, state=first.state)
        # The second of the bookmark comes again, but for where all rows are compared.
        again = [newest_] if server in WITH_LOG else []
        assert sorted(second.ids("T")) == sorted([old[0], *again])
        assert second.bookmark("T") == newest(second, "T")[:19] + ".000+00:00"


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
def test_a_bookmark_without_what_was_remembered_with_it_is_not_trusted(base, config, later, value):
    """An older version's state, another tap's, one written by hand."""
    ids = make_table(base, "T", 2)
    later()
    state = {"bookmarks": {"T": {"replication_key": "_mtime", "replication_key_value": value}}}
    run = read(config, state=state)
    assert len(run.log_lines("Stream 'T': full sync, because")) == 1
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
        for message in run.messages_of("STATE")
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
    assert second.log_lines("Stream 'T' was not read", "not ready")
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
    for run in (first, second):
        (message,) = [message for message in run.messages if message["type"] == "SCHEMA"]
        assert not message.get("bookmark_properties")
    assert first.bookmark("T") is None
    assert second.bookmark("T") is None  # no later run may continue from it


@by_time_of_change
def test_a_run_without_changes_writes_the_state_once_and_as_it_was(base, config):
    for name in ("T", "U", "V"):
        make_table(base, name, 3)
    first = read(config)
    run = read(config, state=first.state)
    assert [message["value"] for message in run.messages_of("STATE")] == [first.state]


@by_time_of_change
def test_a_comparison_that_finds_nothing_writes_the_state_once_for_each_table(base, config, later):
    for name in ("T", "U", "V"):
        make_table(base, name, 3)
    first = read(config)
    later()
    run = read({**config, "full_compare_interval": 0}, state=first.state)
    assert run.messages_of("RECORD") == []
    states = [message["value"] for message in run.messages_of("STATE")]
    assert len(states) == 1 + 3, "the SDK writes the one that it was given, too"
    assert all(state != former for former, state in itertools.pairwise(states))
