"""Reads at once change nothing but the time that a run takes."""

import itertools
import json
import re
import signal
import threading
import time

import pytest

from seatable_client.errors import ServerUnavailable
from seatable_sandbox import Fault, Sandbox
from tap_seatable.sync import concurrent_reads
from tests.tap.streams.test_stream_failures import failing_for
from tests.tap.support import command, config_of, make_table, read
from tests.tap.warehouse import asks_for, before_reading

TABLES = 8
SIZES = (0, 1, 7, 30, 30, 5, 12, 3)


@pytest.fixture
def tables(sandbox, base):
    """Tables of several sizes; two of them take several pages of ten rows.

    Their second is over: a bookmark passes the rows of the second that is only after it.
    """
    made = [make_table(base, f"T{number}", rows) for number, rows in enumerate(SIZES)]
    sandbox.clock.advance(5)
    return made


def what_goes_out(run):
    """Every message, without the times of the run itself.

    A server without a log says nothing of when a row was deleted: then it is when it was missed.
    """
    text = json.dumps(run.messages).replace("\\", "")
    times = "time_extracted|operation_at|compared_at|check|_deleted_at|_sdc_deleted_at"
    text = re.sub(rf'"({times})": ?"[^"]*"', '"\\1"', text)
    return re.sub(r'"(version|stream_version)": ?\d{13}', "", text)


def outcomes(config, state=None, **settings):
    """What goes out at each number of reads at once."""
    return [
        what_goes_out(
            read({**config, "page_size": 10, "concurrency": number, **settings}, state=state)
        )
        for number in (1, 4, 8)
    ]


def one_only(found):
    assert len(set(found)) == 1
    return found[0]


def test_what_goes_out_is_the_same_in_first_runs_and_later_ones(sandbox, base, config, tables):
    assert '"Name": "row 29"' in one_only(outcomes(config))
    state = read(config).state
    one_only(outcomes(config, state))
    base.update_rows("T3", {tables[3][4]: {"Name": "edited"}})
    base.delete_rows("T4", tables[4][:3])
    base.append_rows("T6", [{"Name": "new"}])
    sandbox.clock.advance(5)
    changed = one_only(outcomes(config, state))
    assert '"edited"' in changed
    assert '"new"' in changed
    one_only(outcomes(config, state, full_compare_interval=0))
    one_only(outcomes(config, state, deletes="versions"))


def test_servers_that_cap_pages_and_miscount_rows_are_read_alike():
    """Also by a run that notices it on a table before the others are asked for."""
    caps: dict[str, int] = {}
    errors: dict[str, int] = {}
    with Sandbox(sql_max_rows_of=caps, sql_count_error_of=errors) as sandbox:
        base = sandbox.create_base("Base")
        ids = [make_table(base, f"T{number}", rows) for number, rows in enumerate(SIZES)]
        sandbox.clock.advance(5)
        config = config_of(sandbox, base)
        caps |= {"T2": 3, "T3": 9, "T5": 5, "T6": 12, "T7": 1}
        errors |= {"T3": -21, "T6": -2}
        one_only(outcomes(config))
        state = read(config).state
        caps |= {"T2": 7, "T3": 30, "T4": 4, "T5": 2, "T6": 11}
        base.update_rows("T3", {ids[3][4]: {"Name": "edited"}})
        base.delete_rows("T4", ids[4][:3])
        base.append_rows("T6", [{"Name": "new"}])
        sandbox.clock.advance(5)
        changed = one_only(outcomes(config, state))
        assert '"edited"' in changed
        assert '"new"' in changed
        one_only(outcomes(config, state, full_compare_interval=0))


def test_a_table_that_fails_is_missing_and_the_others_are_the_same(config, tables):
    del tables
    found = []
    for number in (1, 4, 8):
        failing, _ = failing_for("T3")
        with failing:
            run = read({**config, "page_size": 10, "concurrency": number})
        assert "'T3'" in run.error
        assert len(run.records("T4")) == SIZES[4]
        found.append(what_goes_out(run))
    one_only(found)


@pytest.mark.only_on("gateway")
def test_lost_answers_change_nothing(sandbox, config, tables):
    del tables
    wanted = what_goes_out(read({**config, "page_size": 10, "concurrency": 1}))
    for number in (4, 8):
        for kind in ("reset_before", "cut", "unread"):
            sandbox.inject(Fault(kind, path="/sql/", times=2, after=3))
        run = read({**config, "page_size": 10, "concurrency": number})
        sandbox.clear_faults()
        assert what_goes_out(run) == wanted


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize("call", [1, 4])
def test_an_outage_that_is_over_when_the_turn_of_a_table_comes_fails_nothing(config, tables, call):
    """With one read at a time nothing would have been asked during it."""
    del tables
    wanted = what_goes_out(read({**config, "page_size": 10, "concurrency": 1}))
    has_failed = threading.Event()

    def fail(parameters):
        is_early = threading.current_thread().name == "table-reads"
        if is_early and asks_for("T4", parameters) and next(calls) >= call:
            has_failed.set()
            raise ServerUnavailable("down")
        if not is_early or asks_for("T0", parameters):
            assert has_failed.wait(9)

    for number in (5, 8):
        calls = itertools.count(1)
        has_failed.clear()
        with before_reading(fail):
            run = read({**config, "page_size": 10, "concurrency": number})
        assert run.error == ""
        assert what_goes_out(run) == wanted


@pytest.mark.only_on("gateway")
def test_tokens_that_end_under_way_are_renewed_by_all(sandbox, config, tables):
    del tables
    wanted = what_goes_out(read({**config, "page_size": 10, "concurrency": 1}))
    sandbox.inject(Fault("expire", path="/sql/", after=5))
    run = read({**config, "page_size": 10, "concurrency": 8})
    assert what_goes_out(run) == wanted


@pytest.mark.only_on("gateway")
def test_tables_whose_turn_has_not_come_hold_few_rows(config, tables, monkeypatch):
    del tables
    monkeypatch.setattr(concurrent_reads, "MAX_ROWS_AHEAD", 12)
    wanted = what_goes_out(read({**config, "page_size": 10, "concurrency": 1}))
    assert what_goes_out(read({**config, "page_size": 10, "concurrency": 8})) == wanted


def test_the_calls_are_the_same(sandbox, config, tables):
    del tables
    calls = []
    for number in (1, 4):
        sandbox.calls.clear()
        read({**config, "page_size": 10, "concurrency": number})
        calls.append(sorted((call.method, call.path) for call in sandbox.calls))
    assert calls[0] == calls[1]


def test_waiting_is_shared():
    with Sandbox("gateway", latency=0.1) as sandbox:
        base = sandbox.create_base("Slow")
        for number in range(TABLES):
            make_table(base, f"T{number}", 3)
        config = {"server_url": sandbox.url, "api_token": base.api_token}
        seconds = []
        for number in (1, 8):
            began = time.monotonic()
            read({**config, "concurrency": number})
            seconds.append(time.monotonic() - began)
        # Of some 25 answers, one after the other, eight come at once: far less than half.
        assert seconds[1] < seconds[0] / 2


@pytest.mark.only_on("gateway")
def test_a_signal_ends_all_reads_at_once(sandbox, base, tables):
    del tables
    sandbox.calls.clear()
    sandbox.inject(Fault("hang_before", path="/sql/", seconds=30, times=8))
    began = time.monotonic()
    process = command(
        "--config",
        "ENV",
        env={
            "TAP_SEATABLE_SERVER_URL": sandbox.url,
            "TAP_SEATABLE_API_TOKEN": base.api_token,
            "TAP_SEATABLE_CONCURRENCY": "8",
        },
    )
    while not any("metadata" in call.path for call in sandbox.calls):
        time.sleep(0.1)
        assert time.monotonic() - began < 60
    time.sleep(1)  # then the first reads have begun
    process.terminate()
    process.communicate(timeout=15)
    sandbox.clear_faults()
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("read_method", ["rows", "auto"])
def test_calls_that_are_redirected_at_once_are_all_made_anew(read_method):
    """The answer of each of the first calls is a redirect, and none is the first to see it."""
    with Sandbox(profile="cloud-5.0", latency=0.1) as sandbox:
        base = sandbox.create_base("Base")
        for number in range(8):
            make_table(base, f"T{number}", 3)
        settings = {"api_version": "v1", "read_method": read_method, "concurrency": 8}
        run = read(config_of(sandbox, base, **settings))
    assert run.error == ""
    assert [len(run.records(f"T{number}")) for number in range(8)] == [3] * 8
