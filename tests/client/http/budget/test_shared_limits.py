"""A call budget holds for all processes together, whatever becomes of one of them."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise

from seatable_client.http.budget.open_store import open_store
from tests.client.http.budget.budgets import WINDOW

LIMIT = 8

PROGRAM = """
import sys, time
from seatable_client.http.budget import call_budget, postgres
call_budget.WINDOW_SECONDS = {window}
if {clock}:
    import pyrate_limiter.buckets.sqlite_bucket as bucket, pyrate_limiter.clocks as clocks
    real = time.time_ns
    time.time_ns = lambda: real() + int({clock} * 1e9)
settings = call_budget.BudgetSettings(url={url!r}, name="team", per_minute={limit})
budget = call_budget.CallBudget(settings, server="https://one.example", credential="a")
for _ in range({calls}):
    budget.acquire("sql")
    print(time.monotonic_ns(), flush=True)
budget.close()
"""


def start(url: str, calls: int, clock: float = 0.0) -> subprocess.Popen[str]:
    program = PROGRAM.format(url=url, window=WINDOW, limit=LIMIT, calls=calls, clock=clock)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


def most_in_a_window(moments: list[int], seconds: float) -> int:
    """The most grants in any span of so many seconds."""
    ordered, first, most = sorted(moments), 0, 0
    for index, moment in enumerate(ordered):
        while moment - ordered[first] >= seconds * 1e9:
            first += 1
        most = max(most, index - first + 1)
    return most


def moments_of(process: subprocess.Popen[str]) -> list[int]:
    output, _ = process.communicate(timeout=120)
    return [int(line) for line in output.split()]


def test_four_processes_at_once_keep_one_limit(url):
    processes = [start(url, calls=6) for _ in range(4)]
    found = [moments_of(process) for process in processes]
    assert [len(moments) for moments in found] == [6] * 4
    assert [process.returncode for process in processes] == [0] * 4
    # The calls that are counted are those which a server sees a little later: half a second apart.
    assert most_in_a_window(list(chain.from_iterable(found)), WINDOW - 0.5) <= LIMIT


def test_processes_that_begin_at_once_share_the_tables_that_one_creates(postgres_url):
    """CREATE TABLE IF NOT EXISTS fails in PostgreSQL where two run it at once."""
    with ThreadPoolExecutor(8) as threads:
        for _ in range(10):
            stores = list(threads.map(open_store, [postgres_url] * 8))
            rows = stores[0].rows("SELECT count(*) FROM seatable_budgets")
            assert rows == [(0,)]
            for table in ("seatable_budgets", "seatable_monthly_calls"):
                stores[0].rows(f"DROP TABLE {table}")
            for store in stores:
                store.close()


def test_short_runs_one_after_the_other_keep_one_limit(url):
    found: list[int] = []
    for _ in range(4):
        found += moments_of(start(url, calls=5))
    assert len(found) == 20
    assert most_in_a_window(found, WINDOW - 0.5) <= LIMIT


def test_clocks_apart_do_not_matter_where_the_store_has_one(postgres_url):
    processes = [start(postgres_url, calls=5, clock=clock) for clock in (-2.0, 0.0, 2.0)]
    found = [moments_of(process) for process in processes]
    assert most_in_a_window(list(chain.from_iterable(found)), WINDOW - 0.5) <= LIMIT


def test_a_killed_process_holds_nothing_up(url):
    process = start(url, calls=1000)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    began = time.monotonic()
    moments = moments_of(start(url, calls=2))
    assert len(moments) == 2
    assert time.monotonic() - began < 3 * WINDOW + 10
    assert all(earlier <= later for earlier, later in pairwise(moments))
