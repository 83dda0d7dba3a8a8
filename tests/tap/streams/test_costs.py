"""What a run costs in API calls: the table that is published, counted at the server."""

from __future__ import annotations

import itertools
import re

import pytest

from seatable_sandbox import Sandbox
from tests.servers import WITH_LOG, WITH_SQL
from tests.tap.support import (
    calls_for_rows,
    config_of,
    discover,
    entry_of,
    make_table,
    metadata_of,
    read,
)

ROWS = 100_000
DAY = 24 * 3600


@pytest.fixture
def calls(sandbox, config):
    """Runs the tap from a state; the run, and the calls that it made by the end of their path.

    Without the question which server it is, that old ones are asked: it is not limited.
    """

    def run(state=None, **settings):
        sandbox.calls.clear()
        result = read({**config, **settings}, state=state, catalog=settings.get("catalog"))
        assert result.error == ""
        counted: dict[str, int] = {}
        for call in sandbox.calls:
            endpoint = "sql" if "/query/" in call.path else call.path.rstrip("/").rpartition("/")[2]
            if endpoint != "server-info":
                counted[endpoint] = counted.get(endpoint, 0) + 1
        return result, counted

    return run


def queries_by_table(run_calls, statements):
    """The number of SELECTs per table."""
    found: dict[str, int] = {}
    for statement in statements:
        match = re.search(r"FROM `([^`]+)`", statement)
        assert match is not None
        found[match[1]] = found.get(match[1], 0) + 1
    assert sum(found.values()) == run_calls["sql"]
    return found


@pytest.mark.only_on(*WITH_LOG)
@pytest.mark.parametrize("tables", [1, 20, 60])
def test_nothing_has_changed(sandbox, base, calls, tables):
    for number in range(tables):
        make_table(base, f"T{number}", 3)
    state = calls()[0].state
    for _ in range(3):
        sandbox.clock.advance(3600)
        run, counted = calls(state)
        assert counted == {"app-access-token": 1, "metadata": 1}
        assert run.messages_of("RECORD") == []
        state = run.state


@pytest.mark.only_on(*WITH_SQL)
def test_one_of_twenty_tables_has_changed(sandbox, base, calls):
    for number in range(20):
        make_table(base, f"T{number}", 100)
    sandbox.clock.advance(3600)
    base.append_rows("T7", [{"Name": "newest"}])
    state = calls()[0].state
    sandbox.clock.advance(3600)
    base.append_rows("T7", [{"Amount": number} for number in range(50)])
    run, counted = calls(state)
    assert counted == {"app-access-token": 1, "metadata": 1, "operations": 1, "sql": 1}
    assert len(run.records("T7")) == 50 + 1, "the newest of the last run lies within the lookback"
    assert len(run.messages_of("RECORD")) == 50 + 1
    sandbox.clock.advance(3600)
    ids = run.ids("T7")
    base.update_rows("T7", {row_id: {"Amount": -1} for row_id in ids[:30]})
    run, counted = calls(run.state)
    assert counted == {"app-access-token": 1, "metadata": 1, "operations": 1, "sql": 1}
    sandbox.clock.advance(3600)
    base.delete_rows("T7", ids[:50])
    run, counted = calls(run.state)
    assert counted == {"app-access-token": 1, "metadata": 1, "operations": 1, "sql": 1}
    assert {record["_id"] for record in run.records("T7")} == set(ids[:50])


@pytest.mark.only_on(*WITH_SQL)
def test_the_first_run_proves_where_each_table_ends(base, calls):
    """Two answers for a table: a page, and that no row follows it."""
    for number in range(5):
        make_table(base, f"T{number}", 100)
    run, counted = calls()
    assert counted["sql"] == 2 * 5
    assert len(run.messages_of("RECORD")) == 500


@pytest.mark.parametrize("changed", ["One", "Two", "Three", "Four"])
def test_four_tables_that_are_linked(sandbox, base, calls, statements, changed):
    names = ["One", "Two", "Three", "Four"]
    for name in [*names, "Alone", "Also alone"]:
        make_table(base, name, 100)
    for here, there in itertools.pairwise(names):
        base.add_column(here, there, "link", {"table": here, "other_table": there})
    state = calls()[0].state
    sandbox.clock.advance(3600)
    base.append_rows(changed, [{"Amount": number} for number in range(50)])
    statements.clear()
    run, counted = calls(state)
    assert sum(counted.values()) <= 3 + 4
    assert {name: counted[name] for name in counted if name != "sql"} == {
        "app-access-token": 1,
        "metadata": 1,
        "operations": 1,
    }
    by_table = queries_by_table(counted, statements)
    assert set(by_table) <= set(names)
    assert max(by_table.values()) == 1
    assert len(run.records(changed)) == 50


@pytest.mark.only_on(*WITH_SQL)
def test_all_tables_once_a_day(sandbox, base, calls):
    for number in range(10):
        make_table(base, f"T{number}", 100)
    state = calls()[0].state
    sandbox.clock.advance(DAY)
    run, counted = calls(state)
    assert counted == {"app-access-token": 1, "metadata": 1, "sql": 10}
    _, counted = calls(run.state)
    assert sum(counted.values()) == 2


@pytest.mark.only_on(*WITH_LOG)
def test_a_deselected_table_costs_nothing(sandbox, base, config):
    make_table(base, "T", 10)
    make_table(base, "U", 10)
    catalog = discover(config)
    metadata_of(catalog, "U")["selected"] = False
    assert entry_of(catalog, "U")
    state = read(config, catalog=catalog).state
    base.append_rows("U", [{"Amount": 1}])
    sandbox.calls.clear()
    read(config, catalog=catalog, state=state)
    assert calls_for_rows(sandbox) == 0


def test_a_hundred_thousand_rows():
    """First read, nothing, an edit, and 300 deletions, in the order in which they would come."""
    with Sandbox() as sandbox:
        base = sandbox.create_base("Large")
        base.create_table("T", [{"column_name": "N", "column_type": "number"}])
        ids = base.append_rows("T", [{"N": number} for number in range(ROWS - 1)])
        sandbox.clock.advance(3600)
        base.append_rows("T", [{"N": 0}])
        sandbox.clock.advance(3600)
        config = config_of(sandbox, base)

        def run(state=None):
            sandbox.calls.clear()
            result = read(config, state=state)
            assert result.error == ""
            return result, len(sandbox.calls)

        first, counted = run()
        assert len(first.records("T")) == ROWS
        assert counted == 15, "token, structure, log, a count, ten pages, and none behind them"
        state = first.state

        sandbox.clock.advance(3600)
        base.update_rows("T", {row_id: {"N": -1} for row_id in ids[:50]})
        edited, counted = run(state)
        assert counted == 4
        assert len(edited.records("T")) == 50 + 1
        state = edited.state

        sandbox.clock.advance(3600)
        for start in range(1000, 1300, 50):
            base.delete_rows("T", ids[start : start + 50])
        deleted, counted = run(state)
        assert counted == 14
        gone = {row["_id"] for row in deleted.records("T") if row["_deleted_at"]}
        assert gone == set(ids[1000:1300])
        assert deleted.messages_of("ACTIVATE_VERSION") == []
