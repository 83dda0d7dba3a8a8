"""Conditions of views: which are complete, and which fit the column that they are about.

An incomplete condition is left out, as a person has not finished it. One that does not fit lets no
row through, and nobody is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import parse_javascript_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seatable_sandbox.model import Column, Table

DATES = frozenset({"date", "ctime", "mtime"})
NUMBERS = frozenset({"number", "duration", "rate"})
PEOPLE = frozenset({"collaborator", "creator", "last-modifier"})
CHECKS = frozenset({"checkbox", "bool"})
EMPTINESS = ("is_empty", "is_not_empty")
CURRENT_DEPARTMENTS = ("current_user_department", "current_user_department_and_sub")

_SOME_OF = ("is_any_of", "is_none_of")
_WORDS = ("contains", "does_not_contain", "is", "is_not")
_TEXT = (*_WORDS, *EMPTINESS, "is_current_user_ID")
_PERSON = ("contains", "does_not_contain", "include_me", "is", "is_not")
_NUMBER = ("equal", "not_equal", "less", "greater", "less_or_equal", "greater_or_equal", *EMPTINESS)
_DATE = (
    *("is", "is_within", "is_before", "is_after", "is_on_or_before", "is_on_or_after", "is_not"),
    *EMPTINESS,
)
_MANY = ("has_any_of", "has_all_of", "has_none_of", "is_exactly", *EMPTINESS)
_PREDICATES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("text", "string"), _TEXT),
    **dict.fromkeys(("geolocation", "email", "url"), (*_WORDS, *EMPTINESS)),
    "auto-number": _WORDS,
    **dict.fromkeys(NUMBERS, _NUMBER),
    **dict.fromkeys(CHECKS, ("is",)),
    **dict.fromkeys(DATES, _DATE),
    **dict.fromkeys(
        ("single-select", "department-single-select"), ("is", "is_not", *_SOME_OF, *EMPTINESS)
    ),
    "multiple-select": _MANY,
    "collaborator": (*_MANY, "include_me"),
    **dict.fromkeys(("creator", "last-modifier"), _PERSON),
    **dict.fromkeys(("image", "file", "long-text", "digital-sign"), EMPTINESS),
}

_COUNTED_DAYS = ("number_of_days_ago", "number_of_days_from_now")
_COUNTED_SPANS = ("the_next_numbers_of_days", "the_past_numbers_of_days")
_SPANS = (
    *(
        f"{relation}_{unit}"
        for relation in ("the_past", "this", "the_next")
        for unit in ("week", "month", "year")
    ),
    *_COUNTED_SPANS,
)
_MOMENTS = (
    *("exact_date", "today", "tomorrow", "yesterday", "one_week_ago", "one_week_from_now"),
    *("one_month_ago", "one_month_from_now", *_COUNTED_DAYS),
)


class UnfitConditionError(Exception):
    """A condition does not fit its column."""


@dataclass(frozen=True)
class Subject:
    """What a condition is about: a column, or what a formula, lookup or link yields.

    Attributes:
        type: The type of the column or of the items; "string" and "bool" are results of formulas.
        is_list: Whether there may be several items.
        options: The options of select columns.
        data: The settings by which items are shown.
    """

    type: str
    is_list: bool
    options: Sequence[Mapping[str, Any]]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """A complete condition that fits its column."""

    column: Column
    subject: Subject
    predicate: str
    modifier: str
    term: Any


@dataclass(frozen=True)
class Group:
    """Conditions of which all have to hold, or one ("Or"); with any other word, none does."""

    conjunction: str
    members: Sequence[Condition | Group]


def read_conditions(
    table: Table, rules: Iterable[Mapping[str, Any]], conjunction: str, *, nested: bool
) -> Group:
    """The complete conditions among the rules of a view.

    Args:
        table: The table.
        rules: The rules, as views have them.
        conjunction: "And" or "Or".
        nested: Whether this server knows groups of rules.

    Raises:
        UnfitConditionError: One of them does not fit.
    """
    members: list[Condition | Group] = []
    for rule in rules:
        if nested and "filters" in rule:
            group = read_conditions(
                table, rule["filters"] or (), str(rule.get("filter_conjunction")), nested=False
            )
            if group.members:
                members.append(group)
        elif (condition := _read_condition(table, rule)) is not None:
            members.append(condition)
    return Group(conjunction, members)


def _read_condition(table: Table, rule: Mapping[str, Any]) -> Condition | None:
    if not rule.get("column_key"):
        return None
    column = table.column_by_key(rule["column_key"])
    if column is None:
        raise UnfitConditionError
    subject = _subject(column)
    if subject.type not in _PREDICATES:
        raise UnfitConditionError
    predicate, modifier = rule.get("filter_predicate"), rule.get("filter_term_modifier")
    if not predicate:
        return None
    if predicate not in _allowed(subject):
        raise UnfitConditionError
    term = rule.get("filter_term")
    condition = Condition(column, subject, str(predicate), str(modifier or ""), term)
    if _needs_no_term(condition):
        return condition
    if subject.type in DATES:
        if not modifier:
            return None
        if modifier not in (_SPANS if predicate == "is_within" else _MOMENTS):
            raise UnfitConditionError
        if modifier not in (*_COUNTED_DAYS, *_COUNTED_SPANS, "exact_date"):
            return condition
    if term is None or term in ("", []):
        return None
    if not _fits(condition):
        raise UnfitConditionError
    return condition


def _subject(column: Column) -> Subject:
    data = column.data or {}
    if column.type not in ("formula", "link-formula", "link"):
        return Subject(column.type, False, column.options, data)
    if data.get("result_type") != "array":
        return Subject(str(data.get("result_type")), False, (), data)
    items = data.get("array_data") or {}
    return Subject(str(data.get("array_type")), True, items.get("options") or (), items)


def _allowed(subject: Subject) -> Sequence[str]:
    if not subject.is_list:
        return _PREDICATES[subject.type]
    if subject.type in CHECKS:
        return _PREDICATES["checkbox"]
    items = subject.type
    if items in ("single-select", "department-single-select"):
        items = "multiple-select"
    elif items in PEOPLE:
        items = "collaborator"
    return (*_PREDICATES[items], *EMPTINESS)


def _needs_no_term(condition: Condition) -> bool:
    """Whether the predicate says it all."""
    alone = {"is_current_user_ID": ("text", "string"), "include_me": PEOPLE}
    return condition.predicate in EMPTINESS or condition.subject.type in alone.get(
        condition.predicate, ()
    )


def _fits(condition: Condition) -> bool:
    subject, term = condition.subject, condition.term
    kind = subject.type
    if kind in NUMBERS or (kind in DATES and condition.modifier != "exact_date"):
        return not math.isnan(parse_javascript_number(term))
    if kind in CHECKS:
        return isinstance(term, bool)
    if kind == "department-single-select" and not subject.is_list:
        if condition.predicate not in _SOME_OF:
            is_named = isinstance(term, str) and term in CURRENT_DEPARTMENTS
            return is_named or not math.isnan(parse_javascript_number(term))
        return isinstance(term, list)
    if kind == "single-select" and not subject.is_list and condition.predicate not in _SOME_OF:
        return isinstance(term, str) and _exist(subject, [term])
    if kind in ("single-select", "multiple-select"):
        return isinstance(term, list) and _exist(subject, term)
    if kind in PEOPLE or kind == "department-single-select":
        return isinstance(term, list)
    return isinstance(term, str)


def _exist(subject: Subject, option_ids: Sequence[Any]) -> bool:
    """Whether each of these is the id of an option, and none stands there twice."""
    known = [option for option in subject.options if option["id"] in option_ids]
    return len(known) == len(option_ids)
