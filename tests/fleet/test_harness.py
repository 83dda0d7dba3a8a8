"""What `make fleet` measures with, without Airflow: bars, calls in a minute, an end by a signal."""

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
from tools.fleet.cluster import RETRY_SECONDS
from tools.fleet.rounds import KILLED, WORKERS

MELTANO_SECONDS = 5 * 60
RETRIES = 4


def good():
    return {
        "per_minute": 120,
        "most_calls_in_a_minute": 120,
        "wall": {"ratio": 0.6, "differences": {}},
        "differences": {},
        "killed": {
            "running": [BROKEN, "base 02", "base 03"],
            "brought_by": {BROKEN: WORKERS[1], "base 02": WORKERS[1], "base 03": WORKERS[1]},
        },
        "rounds": [{"failed": [BROKEN], "as_expected": True} for _ in range(3)],
    }


FAULTS = {
    "slow": (0, lambda found: found["wall"].update(ratio=0.601)),
    "calls": (1, lambda found: found.update(most_calls_in_a_minute=121)),
    "differs at first": (2, lambda found: found["wall"]["differences"].update(x="differs")),
    "differs at last": (2, lambda found: found["differences"].update(x="differs")),
    "nobody killed": (3, lambda found: found.pop("killed")),
    "only the broken base": (3, lambda found: found.update(
        killed={"running": [BROKEN], "brought_by": {BROKEN: WORKERS[1]}})),
    "by itself": (3, lambda found: found["killed"]["brought_by"].update(
        {"base 02": KILLED})),
    "failed elsewhere": (3, lambda found: found["rounds"][1]["failed"].append("base 03")),
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
    assert [not bar["reached"] for bar in judge(found)] == [each == index for each in range(5)]


@given(st.lists(st.integers(0, 400)))
def test_most_in_a_minute_is_that_of_all_windows(moments):
    # A window that is fullest can be moved until it begins with a call.
    windows = (sum(begin <= each < begin + 60 for each in moments) for begin in moments)
    assert most_in_a_minute(moments) == max(windows, default=0)


def test_retries_reach_beyond_the_dead_run_of_meltano():
    waits = [float(RETRY_SECONDS) * 2**number for number in range(RETRIES)]
    assert sum(waits) > MELTANO_SECONDS


PROGRAM = """
import contextlib, subprocess, sys, time
from tools.fleet.cluster import Worker, end_by_signals
started = "import subprocess as s; print(s.Popen(['sleep', '300'], start_new_session=True).pid, flush=True); {}"
with end_by_signals(), contextlib.ExitStack() as stack:
    code = started.format("import time; time.sleep(300)")
    worker = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE, text=True)
    stack.callback(Worker("one", worker).stop)
    print(worker.pid, worker.stdout.readline().strip(), flush=True)
    time.sleep(300)
"""  # noqa: E501


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_that_was_started(number):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        started = [int(pid) for pid in program.stdout.readline().split()]
        assert len(started) == 2
        assert all(_runs(pid) for pid in started)
        os.kill(program.pid, number)
        assert program.wait(60) == 128 + number
    until = time.monotonic() + 10
    while any(_runs(pid) for pid in started) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(_runs(pid) for pid in started)


def _runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
