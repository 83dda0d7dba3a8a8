"""The calls of a month, limits that change, and what tells budgets apart."""

import json
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from seatable_client.errors import ConfigError, QuotaExhausted
from seatable_client.http.budget import call_budget
from seatable_client.http.budget.call_budget import BudgetSettings, CallBudget
from tests.client.http.budget.budgets import WINDOW, budget_of


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


def test_no_limit_at_all_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="has no limit"):
        budget_of(f"sqlite:///{tmp_path}/budget.db")
    assert json.dumps([path.name for path in Path(tmp_path).iterdir()]) == "[]"
