"""Conditions of views: every predicate with terms that fit, that do not, and none."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TEXT = ("contains", "does_not_contain", "is", "is_not", "is_current_user_ID")
_NUMBER = ("equal", "not_equal", "less", "greater", "less_or_equal", "greater_or_equal")
_DATE = ("is", "is_within", "is_before", "is_after", "is_on_or_before", "is_on_or_after", "is_not")
_ONE_OF = ("is", "is_not", "is_any_of", "is_none_of")
_MANY = ("has_any_of", "has_all_of", "has_none_of", "is_exactly", "include_me")
_EMPTY = ("is_empty", "is_not_empty")
_PREDICATES = tuple(
    dict.fromkeys((*_TEXT, *_NUMBER, *_DATE, *_ONE_OF, *_MANY, *_EMPTY, "includes", ""))
)

_TEXTS = ("Tea", "tea", "ea", " ", "", None, 5, ["Tea"])
_NUMBERS = (0, 5, "5", 5.000001, "1:30", "x", "", None, [5])
_CHECKS = (True, False, "true", "", None, 1)
_OPTIONS: tuple[Any, ...] = (
    "100001",
    "one",
    "100009",
    "",
    None,
    ["100001"],
    ["100001", "100003"],
    ["one"],
    [],
)
_PEOPLE: tuple[Any, ...] = (
    ["a@auth.local"],
    ["a@auth.local", "b@auth.local"],
    [],
    "a@auth.local",
    None,
)

_TERMS: Mapping[str, tuple[tuple[str, ...], tuple[Any, ...]]] = {
    **dict.fromkeys(("text", "email", "url", "auto-number", "string"), (_TEXT, _TEXTS)),
    "long-text": (_TEXT, _TEXTS),
    "geolocation": (_TEXT, ("8.23, 50", "PC", "p", "", None, 5)),
    **dict.fromkeys(("number", "rate", "duration"), (_NUMBER, _NUMBERS)),
    **dict.fromkeys(("checkbox", "bool"), (("is",), _CHECKS)),
    "single-select": (_ONE_OF, _OPTIONS),
    "multiple-select": (_MANY, _OPTIONS),
    "collaborator": (_MANY, _PEOPLE),
    **dict.fromkeys(
        ("creator", "last-modifier"),
        (("contains", "does_not_contain", "is", "is_not", "include_me"), _PEOPLE),
    ),
    "department-single-select": (_ONE_OF, (3, "3", [3], [3, 4], "", None)),
}
"""The predicates that a type has, apart from empty and not empty, and terms to try them with."""

_DAYS = ("2024-06-05", "2024-06-05 10:20", "05.06.2024", "2024-6-5", "x", "", None, 5)
_DAYS_AWAY = (
    *("today", "tomorrow", "yesterday", "one_week_ago", "one_week_from_now"),
    *("one_month_ago", "one_month_from_now"),
)
_SPANS = tuple(
    f"{relation}_{unit}"
    for relation, unit in product(("the_past", "this", "the_next"), ("week", "month", "year"))
)
_COUNTED = ("number_of_days_ago", "number_of_days_from_now")
_COUNTED_SPANS = ("the_past_numbers_of_days", "the_next_numbers_of_days")
_COUNTS = (0, 1, 7, 30, "3", -2, "x", "", None)


def column_conditions(table: Mapping[str, Any]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Conditions for each column of a table: what they are counted under, conjunction, rules."""
    for column in table["columns"]:
        group, kind = column["type"], _shown_type(column)
        for rule in _rules(kind):
            yield group, "And", [{"column": column["name"], **rule}]
    first: dict[str, Any] = {"column": "text", "filter_predicate": "contains", "filter_term": "tea"}
    second: dict[str, Any] = {"column": "number", "filter_predicate": "greater", "filter_term": 1}
    incomplete: dict[str, Any] = {
        "column": "number",
        "filter_predicate": "equal",
        "filter_term": "",
    }
    wrong: dict[str, Any] = {"column": "number", "filter_predicate": "contains", "filter_term": "1"}
    pairs: list[list[dict[str, Any]]] = [
        [first, second],
        [first, incomplete],
        [first, wrong],
        [incomplete],
        [wrong],
        [],
    ]
    for conjunction, rules in product(("And", "Or", "and"), pairs):
        yield "several", conjunction, rules


def _shown_type(column: Mapping[str, Any]) -> str:
    """The type whose conditions a column has: of what a formula yields, or of what is linked."""
    data = column.get("data") or {}
    if column["type"] not in ("formula", "link-formula", "link"):
        return str(column["type"])
    shown = str(
        data.get("array_type") if data.get("result_type") == "array" else data["result_type"]
    )
    return "multiple-select" if shown == "single-select" else shown


def _rules(kind: str) -> Iterator[dict[str, Any]]:
    if kind in ("date", "ctime", "mtime"):
        for predicate, term in product(_DATE, _DAYS):
            yield _rule(predicate, term, "exact_date")
        fitting: tuple[str, ...] = _DATE
    else:
        fitting, terms = _TERMS.get(kind, ((), ("x",)))
        for predicate, term in product(fitting, terms):
            yield _rule(predicate, term)
    for predicate in _PREDICATES:
        if predicate not in fitting:
            yield _rule(predicate, "Tea")


def date_conditions() -> Iterator[dict[str, Any]]:
    """Conditions that depend on the time of asking."""
    for predicate in _DATE:
        for modifier in (*_DAYS_AWAY, *_SPANS, "", "the_past_days"):
            yield _rule(predicate, "", modifier)
        for modifier, term in product((*_COUNTED, *_COUNTED_SPANS), _COUNTS):
            yield _rule(predicate, term, modifier)


def _rule(predicate: str, term: Any, modifier: str | None = None) -> dict[str, Any]:
    rule = {"filter_predicate": predicate, "filter_term": term}
    return rule if modifier is None else {**rule, "filter_term_modifier": modifier}
