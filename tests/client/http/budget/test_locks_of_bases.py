"""A base is loaded by one run at a time, also where its lock was lost."""

import contextlib
import sqlite3

import psycopg
import pytest

from demo.postgres import own_server
from seatable_client.errors import ConfigError
from seatable_client.http.budget.call_budget import BudgetSettings, CallBudget
from tests.client.http.budget.budgets import budget_of


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
