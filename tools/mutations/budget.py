"""Guarantees of the call budget: no call too many, and no two runs of one base."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_BUDGET = "seatable_client/http/budget/call_budget.py"
_TESTS = "tests/client/test_call_budget.py"

BUDGET = (
    Mutation(
        "the calls of a month are never passed",
        _BUDGET,
        "WHERE seatable_monthly_calls.calls < ? RETURNING calls",
        "WHERE seatable_monthly_calls.calls <= ? RETURNING calls",
        f"{_TESTS} -k 'month_is_never and sqlite'",
    ),
    Mutation(
        "a budget in use keeps its limits",
        _BUDGET,
        "if (minute, month) != mine and age < SAME_USE_SECONDS:",
        "if False:",
        f"{_TESTS} -k 'two_limits and sqlite'",
    ),
    Mutation(
        "budgets of two names do not share a minute",
        _BUDGET,
        "_digest(server, self._name, str(settings.per_minute))",
        "_digest(server)",
        f"{_TESTS} -k 'other_minutes and sqlite'",
    ),
    Mutation(
        "a budget whose store is down ends the run",
        _BUDGET,
        'if self._settings.on_unavailable != "continue":',
        "if False:",
        f"{_TESTS} -k goes_down_in_mid_run",
    ),
    Mutation(
        "a base that another run of the budget has is refused",
        _BUDGET,
        "if not is_free:",
        "if False:",
        f"{_TESTS} -k 'one_run_at_a_time and sqlite'",
    ),
    Mutation(
        "a lock of the budget's file is refused to a second run",
        "seatable_client/http/budget/sqlite.py",
        "        except TimeoutError:\n            return False\n",
        "        except TimeoutError:\n            return True\n",
        f"{_TESTS} -k 'one_run_at_a_time and sqlite'",
    ),
)
