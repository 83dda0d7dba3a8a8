"""How a deleted row arrives, one example each; `test_model` holds all of it together."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from unittest import mock

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from seatable_client.api.base import Base
from tap_seatable.state import bookmark
from tests.tap.support import discover, make_table, memory_of, metadata_of, read

DRAWN_TOO = True


@pytest.fixture
def table(sandbox, base):
    """A table of ten rows, made some time ago; its ids."""
    ids = make_table(base, "T", 10)
    sandbox.clock.advance(1000)
    return ids


@pytest.fixture
def later(sandbox):
    return functools.partial(sandbox.clock.advance, 1000)


def live(run):
    return [record["_id"] for record in run.records("T") if not record["_deleted_at"]]


def tombstones_of(run):
    return {r["_id"]: r for r in run.records("T") if r["_deleted_at"]}


def test_every_record_carries_the_streams_version(config, table):
    run = read(config)
    versions = {message["version"] for message in run.messages_of("RECORD", "T")}
    assert len(run.ids("T")) == len(table)
    assert len(versions) == 1
    assert [m["version"] for m in run.messages_of("ACTIVATE_VERSION", "T")] == list(versions)


@pytest.mark.usefixtures("table")
def test_a_version_is_activated_after_its_last_record_and_before_the_state(config):
    kinds = [message["type"] for message in read(config).messages]
    assert kinds.index("ACTIVATE_VERSION") > max(
        place for place, kind in enumerate(kinds) if kind == "RECORD"
    )
    assert "replication_key_value" in read(config).state["bookmarks"]["T"]
    assert kinds.index("STATE") > kinds.index("ACTIVATE_VERSION")


@pytest.mark.parametrize("count", [1, 3], ids=["one", "several"])
def test_a_deleted_row_is_a_tombstone(base, config, table, later, count):
    first = read(config)
    later()
    base.delete_rows("T", table[:count])
    later()  # lists of deleted rows, which the oldest servers have, tell the second
    second = read(config, state=first.state)
    assert set(tombstones_of(second)) == set(table[:count])
    assert live(second) == []
    assert not second.messages_of("ACTIVATE_VERSION")
    validator = Draft202012Validator(second.schema("T"), format_checker=FormatChecker())
    for record in tombstones_of(second).values():
        assert record["_deleted_at"] == record["_sdc_deleted_at"]
        assert {n for n, v in record.items() if v is not None} == {
            "_id",
            "_deleted_at",
            "_sdc_deleted_at",
        }
        validator.validate(record)
    assert read(config, state=second.state).records("T") == []


def test_versions_bring_the_table_whole_under_a_new_one(base, config, table, later):
    versions = {**config, "deletes": "versions"}
    first = read(versions)
    later()
    base.delete_rows("T", table[:2])
    second = read(versions, state=first.state)
    assert sorted(live(second)) == sorted(table[2:])
    assert tombstones_of(second) == {}
    [activated] = second.messages_of("ACTIVATE_VERSION", "T")
    assert {m["version"] for m in second.messages_of("RECORD", "T")} == {activated["version"]}
    after = second.messages[second.messages.index(activated) :]
    assert "RECORD" not in {message["type"] for message in after}
    assert activated["version"] > first.messages_of("ACTIVATE_VERSION")[-1]["version"]


def test_off_reports_no_deletes(base, config, table, later):
    off = {**config, "deletes": "off"}
    first = read(off)
    later()
    base.delete_rows("T", table[:2])
    second = read(off, state=first.state)
    assert second.records("T") == []
    assert not first.messages_of("ACTIVATE_VERSION")
    assert not second.messages_of("ACTIVATE_VERSION")


@pytest.mark.parametrize("then", ["tombstones", "versions"])
@pytest.mark.parametrize("before", [["off"], ["tombstones", "off"], ["versions", "off"]])
def test_rows_deleted_while_deletes_was_off_go_with_a_new_version(
    base, config, table, later, before, then
):
    state = None
    for deletes in before:
        state = read({**config, "deletes": deletes}, state=state).state
        later()
        base.delete_rows("T", [table.pop()])
    state = read({**config, "deletes": "off"}, state=state).state
    later()
    run = read({**config, "deletes": then}, state=state)
    assert run.log_lines("did not report deleted rows")
    assert sorted(run.ids("T")) == sorted(table)
    assert run.messages_of("ACTIVATE_VERSION", "T")
    assert not read({**config, "deletes": then}, state=run.state).ids("T")


def test_tombstones_only_send_no_activate_version(base, config, table, later):
    only = {**config, "deletes": "tombstones_only", "side_streams": ["_tables"]}
    run = read(only)
    assert sorted(live(run)) == sorted(table)
    runs = [run]
    later()
    base.delete_rows("T", table[:2])
    runs.append(read(only, state=runs[-1].state))
    assert set(tombstones_of(runs[-1])) == set(table[:2])
    assert live(runs[-1]) == []
    later()
    base.restore_rows("T", table[:1])
    runs.append(read(only, state=runs[-1].state))
    assert table[0] in live(runs[-1])
    assert table[1] not in live(runs[-1])
    runs.append(read({**only, "deletes": "off"}, state=runs[-1].state))
    runs.append(read(only, state=runs[-1].state))
    assert runs[-1].log_lines("as deletes was off", "the loader keeps those rows")
    for run in runs:
        assert run.error == ""
        assert not run.messages_of("ACTIVATE_VERSION")


@pytest.mark.only_on("gateway", "v1 with SQL")
def test_tombstones_only_beyond_the_sketch(base, config, later):
    only = {**config, "deletes": "tombstones_only", "sketch_capacity": 16}
    more = make_table(base, "Many", 181)
    later()
    first = read(only)
    later()
    base.delete_rows("Many", more[1:])
    with mock.patch.object(Base, "operations", return_value=[]):
        second = read(only, state=first.state)
    assert second.ids("Many") == more[:1]
    assert second.log_lines("the loader may keep up to")
    assert not second.messages_of("ACTIVATE_VERSION")


def test_a_table_that_was_emptied(base, config, table, later):
    first = read(config)
    later()
    base.delete_rows("T", table)
    later()
    second = read(config, state=first.state)
    assert set(tombstones_of(second)) == set(table)
    assert second.bookmark("T") == first.bookmark("T")
    assert read(config, state=second.state).records("T") == []


def test_a_restored_row_lives_again(base, exact, table, later):
    """Several restored at once keep their old time of change, older than what was read last."""
    later()
    base.append_rows("T", [{"Amount": 0}])
    state = read(exact).state
    later()
    base.delete_rows("T", table[:3])
    state = read(exact, state=state).state
    later()
    base.restore_rows("T", table[:3])
    run = read(exact, state=state)
    assert set(live(run)) >= set(table[:3])
    assert tombstones_of(run) == {}


def test_tombstones_keep_to_the_selection(base, config, table, later):
    catalog = discover(config)
    metadata_of(catalog, "T", "properties", "Name")["selected"] = False
    first = read(config, catalog=catalog)
    later()
    base.delete_rows("T", table[:1])
    [record] = read(config, catalog=catalog, state=first.state).records("T")
    assert "Name" not in record
    assert "Amount" in record


def test_tombstones_pass_filters_and_expressions_that_need_values(base, config, table, later):
    """A row that a stream map let through has to be removed, whatever the map says of nulls."""
    mapped = {**config, "stream_maps": {"T": {
        "__filter__": "record['Amount'] < 100",
        "Shout": "record['Name'].upper()",
    }}}  # fmt: skip
    first = read(mapped)
    assert {record["Shout"] for record in first.records("T")} >= {"ROW 1"}
    later()
    base.delete_rows("T", table[:1])
    second = read(mapped, state=first.state)
    assert set(tombstones_of(second)) == set(table[:1])


def test_a_flattened_tombstone(base, config, table, later):
    flat = {**config, "flattening_enabled": True, "flattening_max_depth": 2}
    first = read(flat)
    later()
    base.delete_rows("T", table[:1])
    assert set(tombstones_of(read(flat, state=first.state))) == set(table[:1])


def test_a_row_that_leaves_the_start_date_behind_is_a_deleted_row(base, config, sandbox, later):
    [old] = make_table(base, "T", 1)
    later()
    border = sandbox.clock.now().isoformat()
    [new] = base.append_rows("T", [{"Name": "new"}])
    first = read(config)
    assert sorted(live(first)) == sorted([old, new])
    base.update_rows("T", {new: {"Amount": 1}})
    second = read({**config, "start_date": border}, state=first.state)
    assert set(tombstones_of(second)) == {old}


class EarlierDatetime(datetime):
    """The clock of a machine that is an hour behind the others."""

    @classmethod
    def now(cls, tz=None):
        return super().now(tz) - timedelta(hours=1)


@pytest.mark.parametrize("why", ["an invalid bookmark", "a killed run", "deletes was off"])
def test_a_new_version_is_newer_whatever_this_machines_clock_says(base, config, monkeypatch, why):
    """Loaders take rows of an older version for gone, and those of a newer one for living."""
    ids = make_table(base, "U", 5)
    config = {**config, "deletes": "versions"}
    first = read(config)
    state = first.state
    monkeypatch.setattr(bookmark, "datetime", EarlierDatetime)
    base.delete_rows("U", ids[:2])
    if why == "an invalid bookmark":
        state["bookmarks"]["U"]["replication_key_value"] = "2020-01-01"
    elif why == "deletes was off":
        state = read({**config, "deletes": "off"}, state=state).state
    else:
        first = read(config, state=state)
        states = [message["value"] for message in first.messages_of("STATE")]
        state = next(value for value in states if value["bookmarks"]["U"]["seatable"] is None)
    before, now = (
        run.messages_of("ACTIVATE_VERSION", "U")[0]["version"]
        for run in (first, read(config, state=state))
    )
    assert now > before


def test_a_new_version_of_a_full_table_stream_is_newer_too(base, config, monkeypatch):
    make_table(base, "U", 5)
    catalog = discover(config)
    metadata_of(catalog, "U")["forced-replication-method"] = "FULL_TABLE"
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    first = read(config, catalog=catalog)
    monkeypatch.setattr(bookmark, "datetime", EarlierDatetime)
    second = read(config, catalog=catalog, state=first.state)
    before, now = (
        run.messages_of("ACTIVATE_VERSION", "U")[0]["version"] for run in (first, second)
    )
    assert now > before


@pytest.mark.usefixtures("table")
def test_the_first_record_of_the_next_run_has_a_newer_version_when_a_full_one_follows(config):
    first = read(config)
    state = first.state
    memory_of(state)["format"] = 0
    second = read(config, state=state)
    assert len(second.log_lines("Stream 'T': full sync, because")) == 1
    assert (
        second.messages_of("ACTIVATE_VERSION")[0]["version"]
        > first.messages_of("ACTIVATE_VERSION")[0]["version"]
    )


@pytest.mark.parametrize("deletes", ["tombstones", "tombstones_only", "off"])
def test_a_full_table_stream_without_versions_warns_that_deleted_rows_stay(base, config, deletes):
    make_table(base, "U", 1)
    catalog = discover(config)
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    run = read({**config, "deletes": deletes}, catalog=catalog)
    warned = run.log_lines("'U': the loader keeps deleted rows")
    assert len(warned) == (deletes == "tombstones_only")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("deletes", ["tombstones", "tombstones_only", "off"])
@pytest.mark.parametrize("is_killed", [True, False])
def test_a_run_after_one_without_a_bookmark_does_not_call_itself_the_first(
    base, config, later, deletes, is_killed
):
    catalog = discover(config)
    if is_killed:  # just when it has begun a new version
        config = {**config, "deletes": "versions"}
        state = read(config).state
        base.delete_rows("T", [base.rows("T")[0]["_id"]])
        later()
        states = [message["value"] for message in read(config, state=state).messages_of("STATE")]
        state = next(value for value in states if value["bookmarks"]["T"]["seatable"] is None)
    else:
        catalog["streams"][0]["replication_method"] = "FULL_TABLE"
        state = read(config, catalog=catalog).state
    base.delete_rows("T", [base.rows("T")[0]["_id"]])
    later()
    run = read({**config, "deletes": deletes}, state=state)
    reason = "the last run used FULL_TABLE or did not finish, and left no bookmark"
    assert run.log_lines(f"'T': full sync, because {reason}")
    assert not run.log_lines("first run")
    kept = run.log_lines("'T': full sync, because", "keeps the rows that were deleted meanwhile")
    assert len(kept) == (deletes == "tombstones_only")


@pytest.mark.usefixtures("table")
def test_a_full_table_stream_needs_no_bookmark(config):
    catalog = discover(config)
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    where = {**config, "where": {"T": "Amount > 0"}}
    state = read(where, catalog=catalog).state
    assert not read(where, catalog=catalog, state=state).log_lines("left no bookmark")
