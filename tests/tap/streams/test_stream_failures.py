"""Tables that cannot be read, and servers that do not answer."""

from __future__ import annotations

import itertools
import re

import pytest

from seatable_client.errors import RequestRejected, ServerUnavailable
from seatable_sandbox import Fault
from tests.servers import WITH_SQL
from tests.tap.support import (
    READS_ROWS,
    calls_for_rows,
    make_table,
    read,
)
from tests.tap.warehouse import asks_for, before_reading

_numbers = itertools.count()


def refused(table):
    return RequestRejected(f"Could not read table {table!r}: no.", status=400, server_message="no")


def not_answered(table):
    return ServerUnavailable(f"Could not read table {table!r}: the server failed (HTTP 500).")


def failing_for(*tables, error=refused):
    """A server that fails for these tables, and the calls for rows that it gets."""
    asked = []

    def fail(details):
        asked.append(details)
        for table in tables:
            if asks_for(table, details):
                raise error(table)

    return before_reading(fail), asked


def test_one_table_that_cannot_be_read_fails_alone(base, config):
    for name in ("A", "B", "C"):
        make_table(base, name, 2)
    failing, _ = failing_for("B")
    with failing:
        run = read(config)
    assert {name: len(run.records(name)) for name in "ABC"} == {"A": 2, "B": 0, "C": 2}
    assert run.error == "1 of the streams was not read: 'B'. The others are complete."
    assert len(run.log_lines("Stream 'B' was not read: Could not read table 'B': no.")) == 1
    assert run.bookmark("A")
    assert run.bookmark("C")
    assert run.bookmark("B") is None


def test_the_state_of_a_table_that_cannot_be_read_stays(base, config):
    make_table(base, "A", 2)
    make_table(base, "B", 2)
    first = read(config)
    base.append_rows("B", [{"Name": "new"}])
    failing, _ = failing_for("B")
    with failing:
        second = read(config, state=first.state)
    assert second.state["bookmarks"]["B"] == first.state["bookmarks"]["B"]
    assert len(read(config, state=second.state).ids("B")) >= 1


@pytest.mark.only_on(*WITH_SQL)
def test_a_table_whose_name_sql_cannot_express_fails_alone(base, config):
    """Names with backticks come from older servers."""
    make_table(base, "T", 1)
    make_table(base, "U", 1)
    for table in base._base.tables:
        if table.name == "U":
            table.name = "tick`tock"
    run = read(config)
    assert len(run.records("T")) == 1
    assert "'tick`tock'" in run.error
    assert run.log_lines("contains a backtick", "Rename it in the base")


@pytest.mark.usefixtures("quick_retries")
def test_a_table_that_the_server_never_answers_for_fails_alone(
    sandbox, base, config, calls_per_table
):
    config = {**config, "concurrency": 1}  # so that the faults hit what they are meant for
    for name in ("A", "B", "C"):
        make_table(base, name, 1)
    sandbox.inject(Fault("status", path=READS_ROWS, after=calls_per_table, times=6))
    run = read(config)
    assert {name: len(run.records(name)) > 0 for name in "ABC"} == {
        "A": True,
        "B": False,
        "C": True,
    }
    assert run.error == "1 of the streams was not read: 'B'. The others are complete."
    assert run.log_lines("Stream 'B' was not read", "read table 'B'")
    assert run.bookmark("B") is None
    assert len(read(config, state=run.state).records("B")) == 1


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_answers_for_no_table_ends_the_run_with_the_third(
    sandbox, base, config, calls_per_table
):
    config = {**config, "concurrency": 1}  # so that the faults hit what they are meant for
    for name in ("A", "B", "C", "D", "E"):
        make_table(base, name, 1)
    sandbox.inject(Fault("status", path=READS_ROWS, after=calls_per_table, times=100))
    run = read(config)
    assert len(run.records("A")) == 1
    assert run.log_lines("Stream 'B' was not read")
    assert run.log_lines("Stream 'C' was not read")
    assert "'D'" in run.error
    assert not run.log_lines("'E'")


@pytest.mark.usefixtures("quick_retries")
def test_tables_that_fail_one_apart_from_the_other_do_not_end_the_run(
    sandbox, base, config, calls_per_table
):
    config = {**config, "concurrency": 1}  # so that the faults hit what they are meant for
    for name in ("A", "B", "C", "D"):
        make_table(base, name, 1)
    sandbox.inject(Fault("status", path=READS_ROWS, times=6))
    sandbox.inject(Fault("status", path=READS_ROWS, after=calls_per_table, times=6))
    run = read(config)
    assert {name: len(run.records(name)) for name in "ABCD"} == {"A": 0, "B": 1, "C": 0, "D": 1}
    assert run.error == "2 of the streams were not read: 'A', 'C'. The others are complete."


def test_an_idle_run_does_not_skip_a_table_that_failed(base, config):
    for name in "ABC":
        make_table(base, name, 2)
    first = read(config)
    [new] = base.append_rows("B", [{"Name": "new"}])
    failing, _ = failing_for("B", error=not_answered)
    with failing:
        second = read(config, state=first.state)
        third = read(config, state=second.state)
    for run in (second, third):
        assert run.error == "1 of the streams was not read: 'B'. The others are complete."
        assert run.state["bookmarks"]["B"] == first.state["bookmarks"]["B"]
    assert new in read(config, state=third.state).ids("B")


def test_two_neighbours_that_fail_do_not_take_the_others_along(base, config):
    for name in "ABCDEF":
        make_table(base, name, 1)
    failing, _ = failing_for("A", "B", "D", "E", error=not_answered)
    with failing:
        run = read(config)
    assert [len(run.records(name)) for name in "ABCDEF"] == [0, 0, 1, 0, 0, 1]
    assert run.error.startswith("4 of the streams were not read: 'A', 'B', 'D', 'E'.")


def test_a_server_that_fails_for_every_table_is_not_asked_for_all(base, config):
    names = [f"T{number:02}" for number in range(20)]
    for name in names:
        make_table(base, name, 1)
    failing, asked = failing_for(*names, error=not_answered)
    with failing:
        run = read(config)
    assert "'T02'" in run.error
    assert run.log_lines("'T00' was not read")
    assert run.log_lines("'T01' was not read")
    assert 3 <= len(asked) <= 4  # that many are read at once


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_is_down_is_not_asked_for_another_table(
    sandbox, base, config, calls_per_table
):
    config = {**config, "concurrency": 1}  # so that the faults hit what they are meant for
    for name in "ABC":
        make_table(base, name, 1)
    down = r"/dtables/|/query/"
    sandbox.calls.clear()
    read({**config, "tables": ["A"]})
    before_b = sum(re.search(down, call.path) is not None for call in sandbox.calls)
    sandbox.inject(Fault("status", path=down, after=before_b, times=1000, status=503))
    run = read(config)
    assert len(run.records("A")) == 1
    assert "'B'" in run.error
    assert "complete" not in run.error
    assert calls_for_rows(sandbox) > calls_per_table
    assert read(config, state=run.state).error != ""


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("fault", ["status", "html", "reset_before", "reset_after", "cut"])
def test_a_failure_that_passes_costs_nothing_but_a_try(kind, sandbox, base, config, fault):
    made = make_table(base, "T", 30)
    sandbox.inject(Fault(fault, path=READS_ROWS, after=1 if kind in WITH_SQL else 0, times=2))
    run = read({**config, "page_size": 10})
    assert run.error == ""
    assert sorted(run.ids("T")) == sorted(made)


def test_base_tokens_that_end_in_the_middle_are_renewed(kind, sandbox, base, config):
    made = {name: make_table(base, name, 30) for name in "TU"}
    # In the middle of a table, where a table takes more than one call.
    sandbox.inject(Fault("expire", path=READS_ROWS, after=2 if kind in WITH_SQL else 1))
    run = read({**config, "page_size": 10})
    assert {name: sorted(run.ids(name)) for name in "TU"} == {
        name: sorted(ids) for name, ids in made.items()
    }
    assert [call.status for call in sandbox.calls].count(403) == 1


def test_a_full_disk_fails_the_tables_that_are_compared_and_no_others(base, config, monkeypatch):
    rows = make_table(base, "Compared", 30)
    make_table(base, "Unchanged", 2)
    first = read(config)
    base.delete_rows("Compared", rows[:2])
    make_table(base, "New", 2)
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.TemporaryFile", lambda **_: open("/dev/full", "w+b"))  # noqa: SIM115, PTH123
        second = read(config, state=first.state)
    assert second.error == "1 of the streams was not read: 'Compared'. The others are complete."
    (sentence,) = second.log_lines("Stream 'Compared' was not read: The temporary file")
    assert sentence.endswith(
        "No space left on device. Make room in the folder for temporary files, or set TMPDIR to "
        "another."
    )
    assert len(second.records("New")) == 2
    third = read({**config, "deletes": "tombstones"}, state=second.state)
    assert third.error == ""
    assert {record["_id"] for record in third.records("Compared") if record["_deleted_at"]} == {
        *rows[:2]
    }
