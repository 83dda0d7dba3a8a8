"""Bases, servers and clocks as they should not be, and what comes all the same."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from seatable_sandbox import Sandbox
from tests.servers import SERVERS
from tests.tap.support import config_of, make_table, read
from tests.tap.warehouse import Warehouse

HOUR = 3600


def amounts(rows):
    return {row["_id"]: row.get("Amount") for row in rows}


def live_through(sandbox, base, config):
    """A first run, edits, deletions and new rows, and a run after each: always what the base is."""
    warehouse = Warehouse()

    def run():
        result = read(config, state=warehouse.state)
        assert result.error == ""
        warehouse.load(result.messages)
        assert amounts(warehouse.rows("T").values()) == amounts(base.rows("T"))
        return result

    run()
    ids = [row["_id"] for row in base.rows("T")]
    sandbox.clock.advance(HOUR)
    base.update_rows("T", {row_id: {"Amount": -1} for row_id in ids[:3]})
    run()
    base.delete_rows("T", ids[3:5])
    run()
    sandbox.clock.advance(HOUR)
    base.append_rows("T", [{"Amount": 1000}])
    return run()


# Clocks and zones


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("days", [0, -400, 400])
def test_the_servers_zone_and_clock_do_not_matter(server, zone, days):
    with Sandbox(time_zone=zone, **SERVERS[server]) as sandbox:
        sandbox.clock.advance(days * 24 * HOUR)
        base = sandbox.create_base("Zone")
        make_table(base, "T", 8)
        base.add_column("T", "Changed", "mtime")  # without SQL it finds changed rows, by the day
        live_through(sandbox, base, config_of(sandbox, base))


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("moment", ["2026-10-25T00:30:00", "2026-03-29T00:30:00"])
def test_when_the_clocks_change_in_berlin(server, moment):
    """An hour that happens twice, and one that does not happen."""
    with Sandbox(time_zone="Europe/Berlin", **SERVERS[server]) as sandbox:
        start = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc)
        sandbox.clock.advance((start - sandbox.clock.now()).total_seconds() - HOUR)
        base = sandbox.create_base("Summer")
        make_table(base, "T", 8)
        run = live_through(sandbox, base, config_of(sandbox, base))
        newest = max(row["_mtime"] for row in base.rows("T"))
        # A bookmark does not pass the time that the `Date` header shows.
        behind = max(0.0, -sandbox.profile.date_header_ahead)
        assert datetime.fromisoformat(newest).timestamp() - 1 - behind <= (
            datetime.fromisoformat(run.bookmark("T")).timestamp()
        )


# Servers


@pytest.mark.parametrize("most", [1, 7, 500, 100_000])
def test_a_server_that_caps_pages_elsewhere(most):
    with Sandbox(sql_max_rows=most) as sandbox:
        base = sandbox.create_base("Cap")
        make_table(base, "T", 1_203 if most > 7 else 30)
        live_through(sandbox, base, config_of(sandbox, base))


def test_thousands_of_rows_with_the_same_time_of_change(base, sandbox, config):
    make_table(base, "T", 5_000)
    assert len({row["_mtime"] for row in base.rows("T")}) == 1
    live_through(sandbox, base, {**config, "page_size": 999, "lookback_seconds": 0})


# Names and structures


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("it's", "it's"),
        ('say "so"', 'say "so"'),
        ("🦁 lion", "🦁"),
        ("a-b", "a-b"),
        ("Test", "0000"),
        ("0000", "select"),
        ("T; --", "Größe (cm)"),
    ],
)
def test_names_of_all_kinds(base, config, table, column):
    base.create_table(table, [{"column_name": column, "column_type": "number"}])
    base.append_rows(table, [{column: number} for number in range(3)])
    run = read(config)
    assert run.error == ""
    [stream] = run.streams
    assert stream == table.replace("-", "_")
    assert sorted(record[column] for record in run.records(stream)) == [0, 1, 2]
    again = read(config, state=run.state)
    assert again.records(stream) == []


@pytest.mark.parametrize("name", ["a.b", "a{b}", "a`b"])
def test_names_that_only_older_servers_let_pass(base, config, name):
    """SQL can name no column with a backtick, and no such table, which test_failures.py has."""
    ids = make_table(base, "T", 3)
    table = base._base.table("T")
    table.column("Amount").name = name
    table.name = name.replace("`", "'")
    first = read(config)
    assert first.error == ""
    [stream] = first.streams
    assert stream == table.name
    assert sorted(record[name] for record in first.records(stream)) == [0, 1, 2]
    base.update_rows(table.name, {ids[0]: {name: 7}})
    second = read({**config, "lookback_seconds": 0}, state=first.state)
    assert {record["_id"]: record[name] for record in second.records(stream)}[ids[0]] == 7


def test_an_empty_table_that_fills_and_empties(base, sandbox, config):
    make_table(base, "T", 0)
    warehouse = Warehouse()
    for rows in (0, 3, 0):
        present = [row["_id"] for row in base.rows("T")]
        base.delete_rows("T", present)
        base.append_rows("T", [{"Amount": number} for number in range(rows)])
        sandbox.clock.advance(HOUR)
        result = read(config, state=warehouse.state)
        assert result.error == ""
        warehouse.load(result.messages)
        assert amounts(warehouse.rows("T").values()) == amounts(base.rows("T"))


def test_a_table_without_columns(base, config):
    ids = make_table(base, "T", 3)
    base._base.table("T").columns.clear()
    first = read(config)
    assert first.error == ""
    assert sorted(first.ids("T")) == sorted(ids)
    base.delete_rows("T", ids[:1])
    second = read(config, state=first.state)
    assert second.error == ""
    assert {record["_id"] for record in second.records("T") if record["_deleted_at"]} == {ids[0]}


def test_options_that_the_column_does_not_have(base, config):
    """Imported bases have cells with ids that stand in no metadata."""
    options = {"options": [{"name": "a"}, {"name": "b"}]}
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    for name, kind in (("One", "single-select"), ("Many", "multiple-select")):
        base.add_column("T", name, kind, options)
    base.append_rows("T", [{"Name": "x", "One": "a", "Many": ["a", "b"]}])
    for name in ("One", "Many"):
        known = base._base.table("T").column(name)
        known.data = {**known.data, "options": known.options[1:]}
    run = read(config)
    [record] = run.records("T")
    assert run.error == ""
    assert record["Name"] == "x"
    assert record["One"] is None
    assert record["Many"] == ["b"]


def test_five_hundred_columns(sandbox, base, config):
    names = [f"Column {number}" for number in range(499)]
    columns = [{"column_name": name, "column_type": "number"} for name in ["Amount", *names]]
    base.create_table("T", columns)
    base.append_rows("T", [{names[7]: number, "Amount": number} for number in range(50)])
    run = live_through(sandbox, base, config)
    assert len(run.schema("T")["properties"]) >= 500
