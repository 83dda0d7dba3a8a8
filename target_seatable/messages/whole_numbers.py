"""Whole numbers, however they are written: JSON Schema takes `1.0` and `1e3` for integers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MOST_DIGITS = 400
"""Digits of an integer that are written out; a double has 309 before the point at most."""


def integer_properties(schema: Mapping[str, Any]) -> frozenset[str]:
    """The properties whose numbers can only be integers: one, or a list of them at any depth."""
    properties: Mapping[str, Any] = schema.get("properties") or {}
    return frozenset(name for name, declared in properties.items() if _holds_integers(declared))


def _holds_integers(schema: Any) -> bool:
    """Whether a schema admits integers, lists of them, and nothing else but null."""
    types = list(_types(schema))
    return any(type_ != "null" for type_, _ in types) and all(
        type_ in {"integer", "null"}
        or (type_ == "array" and _holds_integers(alternative.get("items")))
        for type_, alternative in types
    )


def _types(schema: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The JSON types that a schema names, also as alternatives, and the schema of each."""
    if not isinstance(schema, dict):
        return
    declared = schema.get("type", ())
    for type_ in [declared] if isinstance(declared, str) else declared:
        yield type_, schema
    for keyword in ("anyOf", "oneOf"):
        for alternative in schema.get(keyword) or ():
            yield from _types(alternative)


def as_integer(value: Any) -> Any:
    """A whole number as an integer; any other value as it is."""
    if value.__class__ is Decimal:
        is_whole = value.is_finite() and value.adjusted() < _MOST_DIGITS
        return int(value) if is_whole and value == value.to_integral_value() else value
    if value.__class__ is float and value.is_integer():
        return int(value)
    return value


def unify_integers(record: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Make whole numbers of these properties the integers that they are; returns the record."""
    for name in names:
        if name in record and record[name].__class__ is not int:
            record[name] = with_integers(record[name])
    return record


def with_integers(value: Any) -> Any:
    """A value of JSON in which whole numbers are integers, at any depth."""
    if isinstance(value, dict):
        return {name: with_integers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [with_integers(item) for item in value]
    return as_integer(value)
