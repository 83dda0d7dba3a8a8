"""JSON Schema's keywords of numbers, exact for as many digits as a number has."""

from __future__ import annotations

import decimal
import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jsonschema
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from target_seatable.messages.patterns import TimedPattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOLLAR = re.compile(r"(?<!\\)\$")

_MOST_DIGITS = 10_000
"""Digits of a quotient that are worked out; it costs some microseconds."""

_NOTES = frozenset({"default", "examples"})
"""Keywords with values that are not checked."""

_pattern = lru_cache(maxsize=512)(TimedPattern)


def needs_exact_numbers(schema: Any) -> bool:
    """Whether a schema has numbers that doubles and 28 digits do not do for."""
    if isinstance(schema, dict):
        return "multipleOf" in schema or any(
            needs_exact_numbers(value) for keyword, value in schema.items() if keyword not in _NOTES
        )
    if isinstance(schema, list):
        return any(map(needs_exact_numbers, schema))
    return isinstance(schema, Decimal) and Decimal(float(schema)) != schema


def exact_checker(schema: dict[str, Any]) -> Any:
    """A validator of the library `jsonschema` for a schema."""
    return _Checker(schema, format_checker=jsonschema.FormatChecker(formats=()))


def is_multiple(number: Decimal | float, step: Decimal | float) -> bool:
    """Whether a number is a multiple of a step.

    Raises:
        ArithmeticError: the numbers have too many digits to compute this.
    """
    dividend, divisor = Decimal(str(number)), Decimal(str(step))
    digits = dividend.adjusted() - min(divisor.adjusted(), int(divisor.as_tuple().exponent)) + 2
    with decimal.localcontext() as context:
        context.prec = max(28, min(digits, _MOST_DIGITS), len(divisor.as_tuple().digits) + 1)
        return not dividend % divisor


def _multiple_of(
    checker: Any, step: Any, instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    if checker.is_type(instance, "number") and not is_multiple(instance, step):
        yield jsonschema.ValidationError(f"{instance} is not a multiple of {step}")


def _matches(pattern: str, text: str) -> bool:
    # As the compiler has it: the end is the end, not the last end of a line.
    return _pattern(_DOLLAR.sub(r"\\Z", pattern)).search(text)


def _text_pattern(
    checker: Any, pattern: Any, instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    if checker.is_type(instance, "string") and not _matches(pattern, instance):
        yield jsonschema.ValidationError(f"it does not match {pattern!r}")


def _pattern_properties(
    checker: Any, by_pattern: Any, instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    if checker.is_type(instance, "object"):
        for pattern, declared in by_pattern.items():
            for name, value in instance.items():
                if _matches(pattern, name):
                    yield from checker.descend(value, declared, path=name, schema_path=pattern)


def _additional_properties(
    checker: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[jsonschema.ValidationError]:
    if not checker.is_type(instance, "object"):
        return
    declared, patterns = schema.get("properties") or {}, schema.get("patternProperties") or ()
    for name, value in instance.items():
        if name in declared or any(_matches(pattern, name) for pattern in patterns):
            continue
        if checker.is_type(allowed, "object"):
            yield from checker.descend(value, allowed, path=name)
        elif not allowed:
            yield jsonschema.ValidationError(f"{name!r} is not among its properties")


_Checker = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    DEFAULT_JSONSCHEMA_VALIDATOR,
    {
        "multipleOf": _multiple_of,
        "pattern": _text_pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    },
)
