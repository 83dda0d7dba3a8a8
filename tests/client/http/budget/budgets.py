"""A budget as a run opens it."""

from seatable_client.http.budget.call_budget import BudgetSettings, CallBudget

WINDOW = 4.0


def budget_of(url: str, **settings) -> CallBudget:
    given = BudgetSettings(url=url, **({"name": "team"} | settings))
    return CallBudget(given, server="https://one.example", credential="secret-token")
