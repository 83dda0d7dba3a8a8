"""Servers without the gateway: the same base gives the same records, changes and deletes arrive."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import pytest

from seatable_sandbox import Sandbox
from tests.tap.support import config_of, make_table, read
from tests.tap.warehouse import Warehouse
from tests.tap.zoo import CASES, add_zoo

SERVERS: dict[str, dict[str, Any]] = {
    "with SQL": {"profile": "v1", "dtable_db": True},
    "without SQL": {"profile": "v1", "version": "2.3.0"},
    "SQL expected": {"profile": "v1", "version": "3.4.8"},
    "2020": {"profile": "v1-2020"},
    "paging": {"profile": "v1", "version": "2.3.0", "v1_paging": True},
}

_numbers = itertools.count()


@pytest.fixture(scope="module", params=SERVERS)
def old(request):
    """An old server, and its kind."""
    with Sandbox(**SERVERS[request.param]) as sandbox:
        # Time that passes in a test stays before the time in the answers' Date headers.
        sandbox.clock.advance(-100_000)
        yield sandbox


@pytest.fixture
def place(old):
    """A base of it and the configuration; time may pass on the server."""
    base = old.create_base(f"Old {next(_numbers)}")
    old.calls.clear()
    return base, config_of(old, base, lookback_seconds=0), functools.partial(old.clock.advance, 400)


def endpoints(sandbox):
    return {call.path.rstrip("/").rpartition("/")[2] for call in sandbox.calls}


def test_every_row_comes_once(place):
    base, config, _ = place
    made = make_table(base, "T", 2500)
    run = read(config)
    assert run.error == ""
    assert sorted(run.ids("T")) == sorted(made)
    assert run.bookmark("T")


# Formulas come as display text there, and not all of it can be turned back.
PLAIN = [case.name for case in CASES if case.full is not None]


def test_the_same_rows_give_the_same_values_as_on_the_gateway(old, config, base):
    old_base = old.create_base(f"Zoo {next(_numbers)}")
    values = []
    for zoo_base, settings in ((old_base, config_of(old, old_base)), (base, config)):
        ids = add_zoo(zoo_base)
        run = read(settings)
        assert run.error == ""
        records = {record["_id"]: record for record in run.records("Zoo")}
        values.append([{name: records[key][name] for name in PLAIN} for key in ids])
    assert values[0] == values[1]


def test_changes_arrive_and_nothing_else_does(place):
    base, config, later = place
    ids = make_table(base, "T", 20)
    later()
    [newest] = base.append_rows("T", [{"Name": "newest"}])
    first = read(config)
    later()
    base.update_rows("T", {ids[3]: {"Amount": 33}})
    new = base.append_rows("T", [{"Name": "new"}])
    second = read(config, state=first.state)
    # The second of the bookmark may come again.
    assert {ids[3], *new} <= set(second.ids("T")) <= {ids[3], newest, *new}
    assert (second.bookmark("T") or "") > (first.bookmark("T") or "")
    later()
    assert read(config, state=second.state).ids("T") == []


def test_deleted_rows_arrive_as_tombstones(place):
    base, config, later = place
    ids = make_table(base, "T", 20)
    first = read(config)
    later()
    base.delete_rows("T", ids[4:5])
    base.delete_rows("T", ids[7:9])
    second = read(config, state=first.state)
    tombstones = {record["_id"]: record for record in second.records("T") if record["_deleted_at"]}
    assert set(tombstones) == {ids[4], ids[7], ids[8]}
    for record in tombstones.values():
        assert record["_sdc_deleted_at"] == record["_deleted_at"]
        assert record["Name"] is None
    assert len(second.records("T")) == 3


def test_a_row_deleted_and_restored_between_two_runs_is_not_deleted(place):
    base, config, later = place
    ids = make_table(base, "T", 5)
    first = read(config)
    later()
    base.delete_rows("T", ids[:1])
    base.restore_rows("T", ids[:1])
    second = read(config, state=first.state)
    assert not [record for record in second.records("T") if record["_deleted_at"]]


@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
def test_a_row_that_a_killed_run_emitted_and_that_is_deleted_then(place, deletes):
    """The loader stored records and lost every state; a log or a list of deleted rows tells."""
    base, config, later = place
    config = {**config, "deletes": deletes}
    make_table(base, "T", 5)
    warehouse = Warehouse()
    warehouse.load(read(config).messages)
    later()
    new = base.append_rows("T", [{"Amount": 7}, {"Amount": 8}])
    killed = read(config, state=warehouse.state)
    warehouse.load([message for message in killed.messages if message["type"] == "RECORD"])
    assert set(new) <= set(warehouse.rows("T"))
    later()
    base.delete_rows("T", new[:1])
    warehouse.load(read(config, state=warehouse.state).messages)
    assert set(warehouse.rows("T")) == {row["_id"] for row in base.rows("T")}


def test_rows_deleted_in_one_table_are_not_deleted_in_another(place):
    base, config, later = place
    ids = make_table(base, "T", 3)
    make_table(base, "U", 3)
    first = read(config)
    later()
    base.delete_rows("T", ids[:1])
    second = read(config, state=first.state)
    assert second.ids("T") == ids[:1]
    assert second.ids("U") == []


def test_an_empty_table(place):
    base, config, _ = place
    make_table(base, "T")
    run = read(config)
    assert run.error == ""
    assert run.records("T") == []


def test_without_sql_tables_are_listed(old, place):
    base, config, _ = place
    make_table(base, "T", 5)
    read(config)
    if old.profile.dtable_db:
        assert "rows" not in endpoints(old)
    else:
        assert "rows" in endpoints(old)


@pytest.mark.parametrize("with_column", [True, False], ids=["mtime column", "no mtime column"])
def test_changed_rows_are_asked_for_by_filtered_rows_where_a_column_shows_the_time(
    old, place, with_column
):
    profile = old.profile
    base, config, later = place
    ids = make_table(base, "T", 5)
    if with_column:
        base.add_column("T", "Changed", "mtime")
    first = read(config)
    later()
    base.update_rows("T", {ids[0]: {"Amount": 7}})
    old.calls.clear()
    assert ids[0] in read(config, state=first.state).ids("T")
    # Without an operation counter all rows are compared, for which filtered-rows is of no use.
    asked = with_column and not profile.dtable_db and profile.v1_metadata_version
    assert ("filtered-rows" in endpoints(old)) is asked
