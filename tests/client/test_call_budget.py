"""A call budget holds for all processes together, whatever becomes of one of them."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from itertools import chain, pairwise
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.postgres import own_server, temporary_database
from seatable_client.errors import ConfigError, QuotaExhausted
from seatable_client.http.budget import call_budget, postgres
from seatable_client.http.budget.call_budget import BudgetSettings, CallBudget
from seatable_client.http.budget.open_store import open_store, parse_url
from seatable_client.http.budget.store import BudgetStoreUnavailable

WINDOW = 4.0
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


@pytest.fixture(scope="module")
def postgres_database():
    with temporary_database(os.environ.get("TEST_POSTGRES_URL")) as database:
        yield database


@pytest.fixture
def postgres_url(postgres_database):
    """A database as nobody has used it."""
    for table in postgres_database.tables("public"):
        postgres_database.execute(f'DROP TABLE "{table}"')
    return postgres_database.url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/budget.db"
    return request.getfixturevalue("postgres_url")


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


def budget_of(url: str, **settings) -> CallBudget:
    given = BudgetSettings(url=url, **({"name": "team"} | settings))
    return CallBudget(given, server="https://one.example", credential="secret-token")


def test_a_month_is_never_passed_and_says_when_to_come_back(url):
    first, second = budget_of(url, per_month=5), budget_of(url, per_month=5)
    for budget in (first, second, first, second, first):
        budget.acquire("sql")
    assert first.report() == "Call budget: 5 of 5 calls of this month are used."
    with pytest.raises(QuotaExhausted, match="is used up until") as caught:
        second.acquire("sql")
    assert caught.value.kind.exit_code == 75
    until = caught.value.until
    assert until is not None
    assert until > datetime.now(timezone.utc)
    assert (until.day, until.hour, until.minute) == (1, 0, 0)
    first.close()
    second.close()


def test_one_name_with_two_limits_is_refused_while_it_is_in_use(url):
    budget = budget_of(url, per_minute=5)
    with pytest.raises(ConfigError, match=r"'team' is in use with per_minute 5 .* gives 6"):
        budget_of(url, per_minute=6)
    budget.close()


def test_limits_can_be_changed_when_the_budget_rests(url, monkeypatch):
    budget_of(url, per_minute=5).close()
    monkeypatch.setattr(call_budget, "SAME_USE_SECONDS", 0.0)
    budget_of(url, per_minute=6).close()


def test_a_run_that_rested_while_another_changed_the_limits_ends(url, monkeypatch):
    """The calls of two limits are counted apart: together they would pass both."""
    monkeypatch.setattr(call_budget, "SAME_USE_SECONDS", 0.0)
    monkeypatch.setattr(call_budget, "RENEW_SECONDS", 0.0)
    first = budget_of(url, per_minute=5, per_month=100)
    first.acquire("sql")
    second = budget_of(url, per_minute=6)
    second.acquire("sql")
    for budget in (first, first):
        with pytest.raises(ConfigError, match="is now in use with other limits"):
            budget.acquire("sql")
    second.acquire("sql")
    first.close()
    second.close()


def test_a_budget_by_month_is_in_use_as_long_as_it_is_used(url, monkeypatch):
    monkeypatch.setattr(call_budget, "SAME_USE_SECONDS", 1.0)
    monkeypatch.setattr(call_budget, "RENEW_SECONDS", 0.0)
    budget = budget_of(url, per_month=100)
    time.sleep(1.1)
    budget.acquire("sql")
    with pytest.raises(ConfigError, match="is in use"):
        budget_of(url, per_month=101)
    budget.close()


def test_other_credentials_have_other_budgets(url):
    given = BudgetSettings(url=url, per_month=1)
    for credential in ("one", "another"):
        budget = CallBudget(given, server="https://one.example", credential=credential)
        budget.acquire("sql")
        budget.close()


def test_other_names_have_other_minutes(url, monkeypatch):
    monkeypatch.setattr(call_budget, "WINDOW_SECONDS", WINDOW)
    began = time.monotonic()
    for name, limit in (("one", 2), ("another", 3)):
        budget = budget_of(url, name=name, per_minute=limit)
        for _ in range(limit):
            budget.acquire("sql")
        budget.close()
    assert time.monotonic() - began < WINDOW - 0.5


def test_a_base_is_loaded_by_one_run_at_a_time(url):
    first, second = budget_of(url, per_month=100), budget_of(url, per_month=100)
    first.lock_base("base-a", "load")
    first.lock_base("base-b", "load")
    with pytest.raises(ConfigError, match="Another run is about to load this base"):
        second.lock_base("base-a", "load")
    second.lock_base("base-c", "load")
    first.close()
    second.lock_base("base-a", "load")
    second.close()


def test_runs_for_different_tables_of_a_base_take_a_name_each(url):
    first, second = budget_of(url, per_month=9), budget_of(url, name="other", per_month=9)
    first.lock_base("base-a", "read")
    second.lock_base("base-a", "read")
    first.close()
    second.close()


def test_unnamed_budgets_of_two_credentials_share_the_lock_of_a_base(url):
    given = BudgetSettings(url=url, per_month=9)
    first, second = (
        CallBudget(given, server="https://one.example", credential=credential)
        for credential in ("one", "another")
    )
    first.lock_base("base-a", "load")
    with pytest.raises(ConfigError, match="Another run"):
        second.lock_base("base-a", "load")
    first.close()
    second.close()


SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@pytest.fixture
def data_folder():
    """Not pytest's own: each start of pytest closes that to the user that a server runs as."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


def end_sessions(url: str) -> None:
    """End all sessions, as a restart or `idle_session_timeout` does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"{SESSIONS} AND datname = current_database()".encode())


@pytest.mark.parametrize("limit", ["per_minute", "per_month"])
def test_a_lock_whose_session_has_ended_is_taken_again(postgres_url, limit):
    first, second = (budget_of(postgres_url, **{limit: 100}) for _ in range(2))
    first.lock_base("base-a", "load")
    for _ in range(2):
        end_sessions(postgres_url)
        first.acquire("sql")
        with pytest.raises(ConfigError, match="Another run is about to load"):
            second.lock_base("base-a", "load")
    first.close()
    second.close()


@pytest.mark.parametrize("is_still_there", [True, False])
def test_a_run_ends_if_another_one_had_its_lock(postgres_url, is_still_there):
    """Whatever the other one has changed, this one does not know of it."""
    first = budget_of(postgres_url, per_month=100)
    first.lock_base("base-a", "load")
    first.lock_base("base-b", "load")
    end_sessions(postgres_url)
    second = budget_of(postgres_url, per_month=100)
    second.lock_base("base-b", "load")
    if not is_still_there:
        second.close()
    for _ in range(2):
        with pytest.raises(ConfigError, match="The lock on a base was lost"):
            first.acquire("sql")
    first.close()
    second.close()


def test_a_run_that_holds_no_lock_does_not_care_for_its_session(postgres_url):
    budget = budget_of(postgres_url, per_month=100)
    end_sessions(postgres_url)
    budget.acquire("sql")
    assert budget.monthly_calls == 1
    budget.close()


def test_a_run_survives_a_restart_of_the_server_with_its_lock(data_folder):
    with own_server(data_folder) as url:
        budget = budget_of(url, per_month=9)
        budget.lock_base("base-a", "load")
        budget.acquire("sql")
    with own_server(data_folder) as url:
        budget.acquire("sql")
        other = budget_of(url, per_month=9)
        with pytest.raises(ConfigError, match="Another run is about to load"):
            other.lock_base("base-a", "load")
        budget.close()
        other.close()


@pytest.mark.parametrize("is_made_again", [True, False])
def test_a_run_ends_if_the_file_of_its_lock_is_removed(tmp_path, is_made_again):
    budget = budget_of(f"sqlite:///{tmp_path}/budget.db", per_month=9)
    budget.lock_base("base-a", "load")
    budget.acquire("sql")
    [path] = tmp_path.glob("budget.db.*.lock")
    path.rename(tmp_path / "elsewhere")
    if is_made_again:
        path.touch()
    with pytest.raises(ConfigError, match="The lock on a base was lost"):
        budget.acquire("sql")
    budget.close()


def test_a_run_that_goes_on_without_the_budget_keeps_its_lock(tmp_path, caplog):
    url = f"sqlite:///{tmp_path}/budget.db"
    budget = budget_of(url, per_month=9, on_unavailable="continue")
    budget.lock_base("base-a", "load")
    with contextlib.closing(sqlite3.connect(tmp_path / "budget.db")) as connection:
        connection.execute("ALTER TABLE seatable_monthly_calls RENAME TO gone")
    budget.acquire("sql")
    assert "goes on without the call budget" in caplog.text
    with pytest.raises(ConfigError, match="Another run is about to load"):
        budget_of(url, per_month=9).lock_base("base-a", "load")
    budget.close()


def test_a_store_that_cannot_be_used_is_closed(tmp_path, monkeypatch):
    opened = []
    connect = sqlite3.connect

    def note(*args, **options):
        opened.append(connect(*args, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", note)
    (tmp_path / "text.db").write_text("no database " * 100)
    with contextlib.closing(connect(tmp_path / "index.db")) as other:
        other.execute("CREATE TABLE t (a)")
        other.execute("CREATE INDEX seatable_budgets ON t (a)")
    for name in ("text.db", "index.db"):
        with pytest.raises(BudgetStoreUnavailable):
            open_store(f"sqlite:///{tmp_path}/{name}")
    assert len(opened) == 2
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_no_secret_is_stored(tmp_path):
    budget_of(f"sqlite:///{tmp_path}/budget.db", name=None, per_minute=5, per_month=5).close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"secret-token" not in stored


@pytest.mark.parametrize(
    "bad",
    ["redis://localhost", "sqlite://", "sqlite:///", "budget.db", "postgresql://", "http://[",
     "postgresql://user:hidden@host:99999/db", "sqlite:///:memory:", "sqlite:///a.db?mode=ro",
     "sqlite:///a.db#b", "sqlite:///%00", "sqlite:////tmp/\ud800.db"],
)  # fmt: skip
def test_a_url_of_something_else_is_refused(bad):
    with pytest.raises(ConfigError, match="none of a budget store"):
        open_store(bad)


@given(
    st.builds("".join, st.tuples(
        st.sampled_from(["sqlite:", "postgresql://", "postgres+x://h", ""]), st.text(max_size=40),
    ))
)  # fmt: skip
def test_any_text_is_the_place_of_a_store_or_a_sentence(url):
    with contextlib.suppress(ConfigError):
        place = parse_url(url)
        assert isinstance(place, Path) or place.startswith("postgresql")


@given(st.text(), st.sampled_from("/?#"), st.text())
def test_no_beginning_of_a_password_is_taken_for_a_place(begin, sign, end):
    """Of `user:12/34@host` the driver would make port 12 of a host `user`."""
    for password in (f"{begin}{sign}{end}", f"12{sign}{end}"):
        with pytest.raises(ConfigError):
            parse_url(f"postgresql://user:{password}@host.example:9/db")
        place = parse_url(f"postgresql://user:{quote(password, safe='')}@host.example:9/db")
        assert urlsplit(str(place)).hostname == "host.example"


@pytest.mark.parametrize("bad", ["postgresql://host/db?foo=hidden", "postgresql://a:%zz@host/db"])
def test_a_url_that_the_driver_does_not_understand_is_told_at_once(bad):
    with pytest.raises(ConfigError, match="does not understand") as caught:
        open_store(bad)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a\nb"])
def test_a_name_that_no_store_can_keep_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="which no store can keep"):
        budget_of(f"sqlite:///{tmp_path}/budget.db", name=name, per_minute=5)


@pytest.mark.parametrize("name", ["Ünïcode 团队 😀", "x" * 200, "😀" * 200, "a'b\"c%s?"])
def test_a_name_may_have_any_letters(url, name):
    budget = budget_of(url, name=name, per_minute=5, per_month=5)
    budget.lock_base("base-a", "read")
    budget.acquire("sql")
    assert budget.monthly_calls == 1
    budget.close()


def test_a_database_that_does_not_exist_is_told_in_the_servers_words(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 1.0)
    missing = re.sub(r"/seatable_\w+", "/missing", postgres_url)
    with pytest.raises(BudgetStoreUnavailable, match='database "missing" does not exist'):
        budget_of(missing, per_minute=5)


def test_a_store_that_is_down_ends_the_run_or_not_as_the_setting_says(
    tmp_path, caplog, monkeypatch
):
    (tmp_path / "file").write_text("no folder")
    url = f"sqlite:///{tmp_path}/file/budget.db"
    with pytest.raises(BudgetStoreUnavailable, match="cannot be counted in") as caught:
        budget_of(url, per_minute=5)
    assert caught.value.kind.exit_code == 74
    budget = budget_of(url, per_minute=5, on_unavailable="continue")
    budget.acquire("sql")
    assert "goes on without the call budget" in caplog.text


def test_a_database_that_is_down_is_named_without_its_password(monkeypatch):
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 1.0)
    with pytest.raises(BudgetStoreUnavailable) as caught:
        budget_of("postgresql://user:hidden@127.0.0.1:9/db", per_minute=5)
    assert "127.0.0.1:9/db" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_database_that_goes_down_in_mid_run_ends_it_with_a_sentence(tmp_path):
    budget = budget_of(f"sqlite:///{tmp_path}/budget.db", per_month=5)
    budget.acquire("sql")
    assert budget._store is not None
    budget._store.close()
    with pytest.raises(BudgetStoreUnavailable, match="cannot be counted"):
        budget.acquire("sql")


def test_a_server_that_goes_down_ends_a_run_or_not_and_counts_on_when_it_is_back(
    data_folder, monkeypatch, caplog
):
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 2.0)
    with own_server(data_folder) as url:
        ending = budget_of(url, per_month=5)
        going_on = budget_of(url, per_month=5, on_unavailable="continue")
        ending.acquire("sql")
        going_on.acquire("sql")
    with pytest.raises(BudgetStoreUnavailable, match="See that the server runs") as caught:
        ending.acquire("sql")
    assert caught.value.kind.exit_code == 74
    going_on.acquire("sql")
    assert "goes on without the call budget" in caplog.text
    ending.close()
    with own_server(data_folder) as url:
        later = budget_of(url, per_month=5)
        later.acquire("sql")
        assert later.monthly_calls == 3
        later.close()


def test_no_limit_at_all_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="has no limit"):
        budget_of(f"sqlite:///{tmp_path}/budget.db")
    assert json.dumps([path.name for path in Path(tmp_path).iterdir()]) == "[]"
