"""Filters of views and of filtered-rows, evaluated as SeaTable's own library does.

Dates are compared as days in the server's zone, letter by letter; there is no time of day.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import (
    JAVASCRIPT_WHITE_SPACE,
    display,
    javascript_string,
    parse_javascript_number,
)
from seatable_sandbox.formulas.computed import Computer
from seatable_sandbox.formulas.conditions import (
    CHECKS,
    DATES,
    NUMBERS,
    PEOPLE,
    Condition,
    Group,
    UnfitConditionError,
    read_conditions,
)
from seatable_sandbox.formulas.date_filters import date_test, format_day

if TYPE_CHECKING:
    from seatable_sandbox.engine import Engine
    from seatable_sandbox.model import Base, Table

Test = Callable[[Any], bool]

_TOLERANCE = 0.00001
"""Numbers that differ by less are equal."""


def filter_rows(
    engine: Engine,
    base: Base,
    table: Table,
    rules: Sequence[Mapping[str, Any]],
    conjunction: str,
    row_ids: list[str],
    user: str = "",
) -> list[str]:
    """The ids of the rows that pass; without complete rules, all of them.

    Args:
        engine: The engine.
        base: The base.
        table: The table.
        rules: Rules, as views have them.
        conjunction: "And" or "Or".
        row_ids: The rows to choose from.
        user: Who asks, for the predicate "include_me".
    """
    rules_are_new = engine.profile.date_rules == "new"
    try:
        group = read_conditions(table, rules, conjunction, nested=rules_are_new)
    except UnfitConditionError:
        return []
    if not group.members:
        return row_ids
    passes = _Evaluation(engine, base, table, row_ids, user).combine(group)
    return [row_id for row_id in row_ids if passes(row_id)]


class _Evaluation:
    """One filter over the rows of a table."""

    def __init__(
        self, engine: Engine, base: Base, table: Table, row_ids: Sequence[str], user: str
    ) -> None:
        self._engine = engine
        self._computer = Computer(engine, base)
        self._table = table
        self._row_ids = row_ids
        self._user = user

    def combine(self, group: Group) -> Callable[[str], bool]:
        """A test for rows by their ids."""
        tests = [
            self.combine(member) if isinstance(member, Group) else self._row_test(member)
            for member in group.members
        ]
        if group.conjunction == "And":
            return lambda row_id: all(test(row_id) for test in tests)
        if group.conjunction == "Or":
            return lambda row_id: any(test(row_id) for test in tests)
        return lambda _row_id: False

    def _row_test(self, condition: Condition) -> Callable[[str], bool]:
        values = self._computer.values(self._table, condition.column, self._row_ids)
        test = self._test(condition)
        return lambda row_id: test(values.get(row_id))

    def _test(self, condition: Condition) -> Test:
        if condition.subject.is_list:
            return self._list_test(condition)
        kind, predicate, term = condition.subject.type, condition.predicate, condition.term
        if kind in CHECKS:
            return lambda value: (value in (True, "true")) is term
        if kind in NUMBERS:
            return _number_test(predicate, term)
        if kind in DATES:
            test = self._date_test(condition)
            return lambda value: test(format_day(value))
        if kind in ("single-select", "department-single-select"):
            return _choice_test(predicate, _names(condition))
        if kind == "multiple-select":
            return _members_test(predicate, _names(condition), self._user)
        if kind == "collaborator":
            return _members_test(predicate, term, self._user)
        if kind in PEOPLE:
            return _person_test(predicate, term, self._user)
        if kind in ("image", "file", "digital-sign", "long-text"):
            return lambda value: _is_filled(kind, value) is (predicate == "is_not_empty")
        if kind == "geolocation":
            show = (
                display.format_degrees if self._shows_degrees(condition) else display.format_place
            )
            data = condition.subject.data
            test = _text_test(predicate, term)
            return lambda value: test(show(value, data) if value else "")
        test = _text_test(predicate, term)
        return lambda value: test("" if value is None else display.format_text(value, {}))

    def _list_test(self, condition: Condition) -> Test:
        """A test for the items that a lookup or a link yields."""
        kind, predicate, term = condition.subject.type, condition.predicate, condition.term
        if kind in CHECKS:
            return lambda value: (_items(value)[:1] in ([True], ["true"])) is term
        if predicate in ("is_empty", "is_not_empty"):
            return lambda value: bool(_items(value)) is (predicate == "is_not_empty")
        if kind in ("single-select", "multiple-select", "department-single-select"):
            test = _members_test(predicate, _names(condition), self._user)
            return lambda value: test(_flat(_items(value)))
        if kind in PEOPLE:
            test = _members_test(predicate, term, self._user)
            return lambda value: test(_flat(_items(value)))
        if kind in NUMBERS:
            test = _number_test(predicate, term)
            return lambda value: test(_single_number(_items(value)))
        if kind in DATES:
            test = self._date_test(condition)
            return lambda value: test(_single_day(_items(value)))
        test = _text_test(predicate, term)
        rules = self._engine.profile.date_rules
        column = condition.column
        return lambda value: test(display.format_result(column, _items(value), rules) or "")

    def _date_test(self, condition: Condition) -> Callable[[str], bool]:
        engine = self._engine
        today = engine.zone_clock.today(engine.clock.milliseconds())
        return date_test(condition, today, engine.zone, engine.profile.date_rules)

    def _shows_degrees(self, condition: Condition) -> bool:
        return (
            self._engine.profile.date_rules == "new"
            and condition.subject.data.get("geo_format") == "lng_lat"
        )


def _names(condition: Condition) -> Any:
    """The term with names of options in place of their ids, as values have them."""
    names = {option["id"]: option["name"] for option in condition.subject.options}
    term = condition.term
    if isinstance(term, list):
        return [names.get(item, item) if isinstance(item, str) else item for item in term]
    return names.get(term, term) if isinstance(term, str) else term


def _is_filled(kind: str, value: Any) -> bool:
    if kind == "long-text":
        return bool(value and str(value).strip(JAVASCRIPT_WHITE_SPACE))
    if kind == "digital-sign":
        parts = ("username", "sign_time", "sign_image_url")
        return isinstance(value, dict) and all(value.get(part) for part in parts)
    return bool(value)


def _text_test(predicate: str, term: Any) -> Test:
    lower = str(term).lower()
    tests: dict[str, Test] = {
        "contains": lambda value: bool(value) and lower in value.lower(),
        "does_not_contain": lambda value: lower not in value.lower(),
        "is": lambda value: value == term,
        "is_not": lambda value: value != term,
        "is_empty": lambda value: not value,
        "is_not_empty": bool,
        # A token is no user with an id of that kind.
        "is_current_user_ID": lambda _value: False,
    }
    return tests[predicate]


def _number_test(predicate: str, term: Any) -> Test:
    if predicate in ("is_empty", "is_not_empty"):
        return lambda value: _is_number(value) is (predicate == "is_not_empty")
    if term is False:
        return lambda _value: True
    wanted = parse_javascript_number(term)
    compare: dict[str, Callable[[float, float], bool]] = {
        "equal": _is_close,
        "not_equal": lambda left, right: not _is_close(left, right),
        "less": lambda left, right: left < right and not _is_close(left, right),
        "greater": lambda left, right: left > right and not _is_close(left, right),
        "less_or_equal": lambda left, right: left < right or _is_close(left, right),
        "greater_or_equal": lambda left, right: left > right or _is_close(left, right),
    }
    test = compare[predicate]

    def passes(value: Any) -> bool:
        if value is None or value == "":
            return predicate == "not_equal"
        return test(parse_javascript_number(value), wanted)

    return passes


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_close(left: float, right: float) -> bool:
    return left == right or abs(left - right) < _TOLERANCE


def _choice_test(predicate: str, term: Any) -> Test:
    tests: dict[str, Test] = {
        "is": lambda value: _same(value, term),
        "is_not": lambda value: not _same(value, term),
        "is_any_of": lambda value: value in term,
        "is_none_of": lambda value: value not in term,
        "is_empty": lambda value: not value,
        "is_not_empty": bool,
    }
    return tests[predicate]


def _same(value: Any, term: Any) -> bool:
    return isinstance(value, str) == isinstance(term, str) and bool(value == term)


def _members_test(predicate: str, term: Any, user: str) -> Test:
    tests: dict[str, Callable[[Sequence[Any]], bool]] = {
        "has_any_of": lambda items: any(item in items for item in term),
        "has_all_of": lambda items: bool(items) and all(item in items for item in term),
        "has_none_of": lambda items: not any(item in items for item in term),
        "is_exactly": lambda items: bool(items) and _texts(items) == _texts(term),
        "is_empty": operator.not_,
        "is_not_empty": bool,
        "include_me": lambda items: user in items,
    }
    test = tests[predicate]
    return lambda value: test(value or ())


def _texts(items: Sequence[Any]) -> set[str]:
    """Different items as texts: a cell, or a person's filter, may hold what is none."""
    return {javascript_string(item) for item in items}


def _person_test(predicate: str, term: Any, user: str) -> Test:
    first = term[0] if isinstance(term, list) and term else term
    tests: dict[str, Test] = {
        "contains": lambda value: bool(value) and value in term,
        "does_not_contain": lambda value: not value or value not in term,
        "include_me": lambda value: value == user,
        "is": lambda value: value == first,
        "is_not": lambda value: value != first,
    }
    return tests[predicate]


def _items(value: Any) -> list[Any]:
    """The items of a lookup; of a link, what it shows of the linked rows."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [
        item["display_value"] if isinstance(item, dict) and "display_value" in item else item
        for item in items
    ]


def _flat(items: Sequence[Any]) -> list[Any]:
    return [element for item in items for element in (item if isinstance(item, list) else [item])]


def _single_number(items: Sequence[Any]) -> Any:
    """None for no item, the number of one item, and for several what is no number."""
    if not items:
        return None
    return items[0] if len(items) == 1 else "several"


def _single_day(items: Sequence[Any]) -> str:
    """The day of one item; several make no date."""
    (item,) = items if len(items) == 1 else (None,)
    return format_day(item) if isinstance(item, datetime) else ""
