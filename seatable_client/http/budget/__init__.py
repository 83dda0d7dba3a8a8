"""A budget of calls that all processes share, in SQLite or PostgreSQL."""

from __future__ import annotations

from seatable_client.http.budget.call_budget import BudgetSettings, CallBudget

__all__ = ["BudgetSettings", "CallBudget"]
