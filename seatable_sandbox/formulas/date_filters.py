"""Conditions about dates: the days that "one month ago" and "the past week" mean."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import parse_freely, parse_javascript_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_sandbox.formulas.conditions import Condition

_DAY = timedelta(days=1)
_MONTHS = 12


def format_day(value: Any) -> str:
    """The day of a date as the library compares it; nothing for what is no date."""
    return f"{value.year}-{value.month:02}-{value.day:02}" if isinstance(value, date) else ""


def date_test(condition: Condition, today: date, zone: tzinfo, rules: str) -> Callable[[str], bool]:
    """A test for days, as `format_day` has them.

    Args:
        condition: The condition.
        today: Today in the server's zone.
        zone: The server's zone.
        rules: "new" or "old", as for written dates.
    """
    predicate = condition.predicate
    if predicate in ("is_empty", "is_not_empty"):
        return lambda day: bool(day) is (predicate == "is_not_empty")
    if predicate == "is_within":
        first, last = map(format_day, _span(condition, today, rules))
        return lambda day: bool(day) and first <= day <= last
    limit = format_day(_moment(condition, today, zone, rules))
    tests: dict[str, Callable[[str], bool]] = {
        "is": lambda day: day == limit,
        "is_not": lambda day: bool(day) and day != limit,
        "is_before": lambda day: bool(day) and day < limit,
        "is_after": lambda day: bool(day) and day > limit,
        "is_on_or_before": lambda day: bool(day) and day <= limit,
        "is_on_or_after": lambda day: bool(day) and day >= limit,
    }
    return tests[predicate]


def _moment(condition: Condition, today: date, zone: tzinfo, rules: str) -> date | None:
    modifier, term = condition.modifier, condition.term
    if modifier == "exact_date":
        return parse_freely(str(term), zone, rules)
    if modifier in _DAYS_AWAY:
        return today + _DAYS_AWAY[modifier] * _DAY
    if modifier.startswith("one_month"):
        return _shift_month(today, -1 if modifier.endswith("ago") else 1)
    return today + _count(term) * _DAY * (-1 if modifier.endswith("ago") else 1)


_DAYS_AWAY = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "one_week_ago": -7,
    "one_week_from_now": 7,
}


def _count(term: Any) -> int:
    return int(parse_javascript_number(term))


def _shift_month(day: date, count: int) -> date:
    """The same day of another month, or its last one."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + count, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _span(condition: Condition, today: date, rules: str) -> tuple[date, date]:
    """The first and last day of a span: calendar weeks from Monday, months, years, or days."""
    modifier = condition.modifier
    if modifier == "the_past_numbers_of_days":
        return today - _count(condition.term) * _DAY, today
    if modifier == "the_next_numbers_of_days":
        first = today if rules == "new" else today + _DAY
        return first, today + _count(condition.term) * _DAY
    relation, _, unit = modifier.rpartition("_")
    away = {"the_past": -1, "this": 0, "the_next": 1}[relation]
    if unit == "week":
        monday = today + (7 * away - today.weekday()) * _DAY
        return monday, monday + 6 * _DAY
    if unit == "month":
        first = _shift_month(today.replace(day=1), away)
        return first, _shift_month(first, 1) - _DAY
    return date(today.year + away, 1, 1), date(today.year + away, _MONTHS, 31)
