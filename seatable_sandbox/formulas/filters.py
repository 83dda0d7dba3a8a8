"""Filters of views and of filtered-rows, evaluated as SeaTable's own library does.

Dates are compared as days in the server's zone; there is no time of day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns.types import javascript_string, type_of
from seatable_sandbox.formulas.computed import Computer
from seatable_sandbox.formulas.functions import date_add

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model.model import Base, Column, Table

Test = Callable[[Any], bool]


def filter_rows(
    engine: Engine,
    base: Base,
    table: Table,
    filters: Sequence[tuple[Column, dict[str, Any]]],
    conjunction: str,
    row_ids: list[str],
    user: str = "",
) -> list[str]:
    """The ids of the rows that pass; without filters, all of them.

    Args:
        engine: The engine.
        base: The base.
        table: The table.
        filters: Columns and their rules, as views have them.
        conjunction: "And" or "Or".
        row_ids: The rows to choose from.
        user: Who asks, for the predicate "include_me".
    """
    if not filters:
        return row_ids
    computer = Computer(engine, base)
    today = engine.zone_clock.today(engine.clock.milliseconds())
    tests = [
        (_test(column, rule, today, user), computer.values(table, column, row_ids))
        for column, rule in filters
    ]
    combine = any if conjunction == "Or" else all
    return [
        row_id for row_id in row_ids if combine(test(values.get(row_id)) for test, values in tests)
    ]


def _test(column: Column, rule: dict[str, Any], today: date, user: str) -> Test:
    predicate = str(rule.get("filter_predicate"))
    term, modifier = rule.get("filter_term"), rule.get("filter_term_modifier")
    if predicate == "is_empty":
        return _is_empty
    if predicate == "is_not_empty":
        return lambda value: not _is_empty(value)
    kind = type_of(column).kind
    if kind == "computed":
        kind = {"number": "number", "date": "date"}.get(str(column.setting("result_type")), "text")
    if kind in ("date", "time"):
        return _date_test(predicate, term, str(modifier or ""), today)
    if term in (None, "", []) and column.type != "checkbox":
        return _match_all
    if kind == "number":
        return _number_test(predicate, term)
    if kind == "bool":
        wanted = term is True or term == "true"
        return lambda value: bool(value) is wanted
    if kind in ("multi", "list"):
        return _list_test(predicate, term, user)
    if kind == "select":
        return _select_test(column, predicate, term)
    return _text_test(predicate, term, user)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(
            _text(item.get("display_value") if isinstance(item, dict) else item) for item in value
        )
    return javascript_string(value)


def _text_test(predicate: str, term: Any, user: str) -> Test:
    if isinstance(term, list):
        members = [str(member) for member in term]
        if predicate in ("is_not", "does_not_contain", "dost_not_contain"):
            return lambda value: value not in members
        return lambda value: value in members
    wanted = str(term).lower()
    tests: dict[str, Test] = {
        "contains": lambda value: wanted in _text(value).lower(),
        "does_not_contain": lambda value: wanted not in _text(value).lower(),
        "dost_not_contain": lambda value: wanted not in _text(value).lower(),
        "is": lambda value: _text(value).lower() == wanted,
        "is_not": lambda value: _text(value).lower() != wanted,
        "include_me": lambda value: value == user,
    }
    return tests.get(predicate, _match_none)


def _match_all(value: Any) -> bool:
    return True


def _match_none(value: Any) -> bool:
    # An invalid condition gives no rows and no error.
    return False


def _number_test(predicate: str, term: Any) -> Test:
    try:
        wanted = float(term)
    except (TypeError, ValueError):
        return _match_none
    tests: dict[str, Test] = {
        "equal": lambda value: value is not None and value == wanted,
        "not_equal": lambda value: value != wanted,
        "less": lambda value: value is not None and value < wanted,
        "greater": lambda value: value is not None and value > wanted,
        "less_or_equal": lambda value: value is not None and value <= wanted,
        "greater_or_equal": lambda value: value is not None and value >= wanted,
    }
    return tests.get(predicate, _match_none)


def _select_test(column: Column, predicate: str, term: Any) -> Test:
    names = {option["id"]: option["name"] for option in column.options}
    terms = term if isinstance(term, list) else [term]
    chosen = [names.get(term, term) for term in terms]
    tests: dict[str, Test] = {
        "is": lambda value: value in chosen,
        "is_not": lambda value: value not in chosen,
        "is_any_of": lambda value: value in chosen,
        "is_none_of": lambda value: value not in chosen,
    }
    return tests.get(predicate, _match_none)


def _list_test(predicate: str, term: Any, user: str) -> Test:
    wanted = set(term) if isinstance(term, list) else {term}
    tests: dict[str, Test] = {
        "has_any_of": lambda value: bool(wanted & set(value or ())),
        "has_all_of": lambda value: wanted <= set(value or ()),
        "has_none_of": lambda value: not wanted & set(value or ()),
        "is_exactly": lambda value: wanted == set(value or ()),
        "include_me": lambda value: user in (value or ()),
    }
    return tests.get(predicate, _match_none)


# Dates -------------------------------------------------------------------------------------------


def _date_test(predicate: str, term: Any, modifier: str, today: date) -> Test:
    if predicate == "is_within":
        span = _day_range(modifier, term, today)
        if span is None:
            return _match_none
        first, last = span
        return lambda value: value is not None and first <= _day(value) <= last
    limit = _relative_day(modifier, term, today)
    if limit is None:
        # An exact date without a term matches everything.
        return _match_all
    tests: dict[str, Callable[[date, date], bool]] = {
        "is": lambda day, other: day == other,
        "is_not": lambda day, other: day != other,
        "is_before": lambda day, other: day < other,
        "is_after": lambda day, other: day > other,
        "is_on_or_before": lambda day, other: day <= other,
        "is_on_or_after": lambda day, other: day >= other,
    }
    compare = tests.get(predicate)
    if compare is None:
        return _match_none

    def test(value: Any) -> bool:
        return predicate == "is_not" if value is None else compare(_day(value), limit)

    return test


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value)[:10])


def _parse_integer(term: Any) -> int:
    text = str(term or 0)
    return int(text) if text.lstrip("-").isdigit() else 0


def _shift_day(day: date, count: int, unit: str) -> date:
    return date_add(datetime(day.year, day.month, day.day), count, unit).date()


def _relative_day(modifier: str, term: Any, today: date) -> date | None:
    moves = {
        "today": (0, "days"),
        "tomorrow": (1, "days"),
        "yesterday": (-1, "days"),
        "one_week_ago": (-7, "days"),
        "one_week_from_now": (7, "days"),
        "one_month_ago": (-1, "months"),
        "one_month_from_now": (1, "months"),
    }
    if modifier in moves:
        return _shift_day(today, *moves[modifier])
    if term in (None, ""):
        return None
    if modifier in ("to_number_days_ago", "to_number_days_from_now"):
        return today + timedelta(
            days=_parse_integer(term) * (-1 if modifier.endswith("ago") else 1)
        )
    try:
        return date.fromisoformat(str(term)[:10])
    except ValueError:
        return None


def _day_range(modifier: str, term: Any, today: date) -> tuple[date, date] | None:
    day = timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    if modifier in ("the_past_numbers_of_days", "the_next_numbers_of_days"):
        count = timedelta(days=_parse_integer(term))
        return (today - count, today - day) if "past" in modifier else (today + day, today + count)
    if modifier == "this_week":
        return monday, monday + 6 * day
    if modifier == "this_month":
        first = today.replace(day=1)
        return first, _shift_day(first, 1, "months") - day
    if modifier == "this_year":
        return date(today.year, 1, 1), date(today.year, 12, 31)
    for word, unit in (("week", "weeks"), ("month", "months"), ("year", "years")):
        if modifier == f"the_past_{word}":
            return _shift_day(today, -1, unit), today - day
        if modifier == f"the_next_{word}":
            return today + day, _shift_day(today, 1, unit)
    return None
