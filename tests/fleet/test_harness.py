"""What `make fleet` measures with, without Airflow: bars, calls in a minute, an end by a signal."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.meltano import ROOT
from tools.fleet.__main__ import judge
from tools.fleet.bases import BROKEN, most_in_a_minute
from tools.fleet.cluster import HEARTBEAT_SECONDS, MAX_RETRY_SECONDS, RETRY_SECONDS
from tools.fleet.rounds import KILLED, WORKERS

MELTANO_SECONDS = 5 * 60
RETRIES = 4


def good():
    return {
        "per_minute": 120,
        "most_calls_in_a_minute": 120,
        "wall": {"ratio": 0.6, "differences": {}, "failed": []},
        "wall_alone": {"ratio": 0.7, "differences": {}, "failed": []},
        "differences": {},
        "killed": {
            "running": [BROKEN, "base 02", "base 03"],
            "brought_by": {BROKEN: WORKERS[1], "base 02": WORKERS[1], "base 03": WORKERS[1]},
        },
        "rounds": [{"failed": [BROKEN], "as_expected": True} for _ in range(3)],
    }


FAULTS = {
    "slow": (0, lambda found: found["wall"].update(ratio=0.601)),
    "a run was repeated": (0, lambda found: found["wall"]["failed"].append("base 03")),
    "a base alone was repeated": (0, lambda found: found["wall_alone"]["failed"].append("base 03")),
    "calls": (1, lambda found: found.update(most_calls_in_a_minute=121)),
    "differs at first": (2, lambda found: found["wall"]["differences"].update(x="differs")),
    "differs alone": (2, lambda found: found["wall_alone"]["differences"].update(x="differs")),
    "differs at last": (2, lambda found: found["differences"].update(x="differs")),
    "nobody killed": (3, lambda found: found.pop("killed")),
    "only the broken base": (3, lambda found: found.update(
        killed={"running": [BROKEN], "brought_by": {BROKEN: WORKERS[1]}})),
    "by itself": (3, lambda found: found["killed"]["brought_by"].update(
        {"base 02": KILLED})),
    "by nobody": (3, lambda found: found["killed"]["brought_by"].pop("base 03")),
    "another base": (4, lambda found: found["rounds"][2].update(as_expected=False)),
}  # fmt: skip


@given(st.sets(st.sampled_from(sorted(FAULTS))))
def test_faults_miss_their_bars_and_no_other(names):
    found = good()
    for name in sorted(names):
        FAULTS[name][1](found)
    missed = {index for index, bar in enumerate(judge(found)) if not bar["reached"]}
    assert missed == {FAULTS[name][0] for name in names}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_alone_misses_its_bar(name):
    found = good()
    index, spoil = FAULTS[name]
    spoil(found)
    assert [not bar["reached"] for bar in judge(found)] == [
        position == index for position in range(5)
    ]


@given(st.lists(st.integers(0, 400)))
def test_most_in_a_minute_is_that_of_all_windows(moments):
    # A window that is fullest can be moved until it begins with a call.
    windows = (sum(begin <= moment < begin + 60 for moment in moments) for begin in moments)
    assert most_in_a_minute(moments) == max(windows, default=0)


def test_retries_reach_beyond_the_dead_run_of_meltano():
    waits = [
        min(float(RETRY_SECONDS) * 2**number, float(MAX_RETRY_SECONDS)) for number in range(RETRIES)
    ]
    assert HEARTBEAT_SECONDS + sum(waits) > MELTANO_SECONDS + 30


CODE = (
    "import os, subprocess as s, time; "
    "print(os.getpid(), s.Popen(['sleep', '300'], start_new_session=True).pid, flush=True); {}"
)
PROGRAM = """
import contextlib, os, sys, time
from pathlib import Path
from tools.fleet.processes import Service, end_by_signals
folder = Path(sys.argv[1])
with end_by_signals(), contextlib.ExitStack() as stack:
    for name, code in zip(("one", "two"), sys.argv[2:], strict=True):
        service = Service([sys.executable, "-u", "-c", code], dict(os.environ), folder / name, folder / f"{name}.log")
        stack.callback(service.stop)
    time.sleep(300)
"""  # noqa: E501


@pytest.fixture
def program(tmp_path):
    """A program with two services, one of which has ended and left a process behind."""
    command = [sys.executable, "-c", PROGRAM, tmp_path]
    command += [CODE.format("time.sleep(300)"), CODE.format("")]
    with subprocess.Popen(command, cwd=ROOT) as program:
        logs = [tmp_path / "one.log", tmp_path / "two.log"]
        _until(lambda: all(log.exists() and len(log.read_text().split()) == 2 for log in logs))
        (service, child), (gone, orphan) = (
            [int(pid) for pid in log.read_text().split()] for log in logs
        )
        _until(lambda: not _runs(gone))
        assert all(_runs(pid) for pid in (service, child, orphan))
        yield program, (service, child, orphan)
        program.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_that_was_started(program, number):
    process, started = program
    os.kill(process.pid, number)
    time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)  # An impatient second one ends nothing early.
    assert process.wait(60) == 128 + number
    assert not any(_runs(pid) for pid in started)


def test_services_end_even_where_the_program_is_killed(program):
    process, (service, child, orphan) = program
    process.kill()
    _until(lambda: not _runs(service))
    for pid in (child, orphan):
        os.kill(pid, signal.SIGKILL)


def _until(is_so, seconds=30):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def _runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
