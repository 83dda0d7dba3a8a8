"""Guarantees of the call budget: no call too many, and no two runs of one base."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_BUDGET = "seatable_client/http/budget/call_budget.py"
_IN_USE = "tests/client/http/budget/test_budgets_in_use.py"
_LOCKS = "tests/client/http/budget/test_locks_of_bases.py"
_STORES = "tests/client/http/budget/test_stores.py"

BUDGET = (
    Mutation(
        "the calls of a month are never passed",
        _BUDGET,
        "WHERE seatable_monthly_calls.calls < ? RETURNING calls",
        "WHERE seatable_monthly_calls.calls <= ? RETURNING calls",
        f"{_IN_USE} -k 'month_is_never and sqlite'",
    ),
    Mutation(
        "a budget in use keeps its limits",
        _BUDGET,
        "if (minute, month) != mine and age < SAME_USE_SECONDS:",
        "if False:",
        f"{_IN_USE} -k 'two_limits and sqlite'",
    ),
    Mutation(
        "budgets of two names do not share a minute",
        _BUDGET,
        "_digest(server, self._name, str(settings.per_minute))",
        "_digest(server)",
        f"{_IN_USE} -k 'other_minutes and sqlite'",
    ),
    Mutation(
        "a budget whose store is down ends the run",
        _BUDGET,
        'if self._settings.on_unavailable != "continue":',
        "if False:",
        f"{_STORES} -k goes_down_in_mid_run",
    ),
    Mutation(
        "a base that another run of the budget has is refused",
        _BUDGET,
        "if not is_free:",
        "if False:",
        f"{_LOCKS} -k 'one_run_at_a_time and sqlite'",
    ),
    Mutation(
        "a lock of the budget's file is refused to a second run",
        "seatable_client/http/budget/sqlite.py",
        "            except TimeoutError:\n                return False\n",
        "            except TimeoutError:\n                return True\n",
        f"{_LOCKS} -k 'one_run_at_a_time and sqlite'",
    ),
    Mutation(
        "a lock that a restart of PostgreSQL has freed is taken again",
        "seatable_client/http/budget/postgres_locks.py",
        "taken = [self._take(name) and self._was_last(name) for name in self._held]",
        "taken = [True for name in self._held]",
        f"{_LOCKS} -k 'session_has_ended and per_month'",
    ),
    Mutation(
        "a run whose lock another one had meanwhile ends",
        "seatable_client/http/budget/postgres_locks.py",
        "self._take(name) and self._was_last(name)",
        "self._take(name)",
        f"{_LOCKS} -k another_one_had_its_lock",
    ),
    Mutation(
        "a run whose lock is lost makes no more calls",
        _BUDGET,
        "if not keeps_locks:",
        "if False:",
        f"{_LOCKS} -k 'file_of_its_lock'",
    ),
    Mutation(
        "limits that another run has changed are not counted beside",
        _BUDGET,
        "if not renewed:",
        "if False:",
        f"{_IN_USE} -k 'rested_while and sqlite'",
    ),
    Mutation(
        "no beginning of a password is shown as a place",
        "seatable_client/http/budget/open_store.py",
        'if parts.fragment or "@" in parts.path + parts.query:',
        "if parts.fragment:",
        f"{_STORES} -k beginning_of_a_password",
    ),
    Mutation(
        "of several bases one that another run reads fails alone",
        "tap_seatable/bases/failures.py",
        "        except ConfigError as error:\n            self._give_up(source, streams, error)\n",
        "        except ConfigError as error:\n            raise error\n",
        "tests/client/http/budget/test_whole_runs.py -k another_run_reads",
    ),
)
