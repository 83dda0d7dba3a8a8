"""The functions of SeaTable's SQL, of texts, numbers and truths, and their parameters.

Sources: the function reference of SeaTable's developer manual, and its tests of SQL functions.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import javascript_string

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 1_000_000
"""Characters of a text that a function makes; a longer one counts as an error."""


@dataclass(frozen=True)
class Function:
    """A function of SQL.

    Attributes:
        apply: Computes the result from converted arguments. ValueError and ArithmeticError make
            the result empty.
        parameters: The kinds of the parameters: text, number, date, logic, any, list or place.
        required: How many arguments there must be.
        repeats: How many of the last parameters may be repeated.
        result: The kind of the result. "branch" is that of the arguments which may be returned.
    """

    apply: Callable[..., Any]
    parameters: tuple[str, ...]
    required: int
    repeats: int
    result: str

    def kind(self, index: int) -> str | None:
        """The kind of an argument; None if there are too many."""
        if index < len(self.parameters):
            return self.parameters[index]
        if not self.repeats:
            return None
        first = len(self.parameters) - self.repeats
        return self.parameters[first + (index - first) % self.repeats]


def define(apply: Callable[..., Any], signature: str, result: str) -> Function:
    """Define a function; `text number? any*` has one optional and one repeated parameter."""
    words = signature.split()
    repeats = sum(word.endswith("*") for word in words)
    required = sum(not word.endswith(("?", "*")) for word in words)
    return Function(apply, tuple(word.rstrip("?*") for word in words), required, repeats, result)


# Conversion of arguments -------------------------------------------------------------------------


def to_text(value: Any) -> str:
    """Convert an argument to text; an empty cell is an empty text."""
    return "" if value is None else javascript_string(value)


def to_number(value: Any) -> float:
    """Convert an argument to a number; an empty cell is 0.

    Raises:
        ValueError: It is a text that is no number.
    """
    if value is None or value == "":
        return 0
    return value if isinstance(value, (int, float)) else float(value)


def is_true(value: Any) -> bool:
    """Whether an argument is neither empty nor zero."""
    return value not in (None, "", 0)


# Text --------------------------------------------------------------------------------------------


def _find(wanted: str, text: str, start: float = 1) -> Any:
    if not text:
        return ""
    if not wanted:
        return 1
    if start < 1:
        raise ValueError("the position is below 1")
    return text.find(wanted, math.floor(start) - 1) + 1


def _mid(text: str, start: float, count: float) -> str:
    if start < 1 or count < 1:
        raise ValueError("position and count must be 1 or more")
    first = math.floor(start) - 1
    return text[first : first + math.floor(count)]


def _replace(text: str, start: float, count: float, new: str) -> str:
    if start < 1 or count < 0:
        raise ValueError("the position must be 1 or more")
    first = math.floor(start) - 1
    return text[:first] + new + text[first + math.floor(count) :]


def _repeat(text: str, count: float) -> str:
    if count < 0 or len(text) * count > _LONGEST:
        raise ValueError("the text gets too long")
    return text * math.floor(count)


def _substitute(text: str, old: str, new: str, index: float = 0) -> str:
    if not old or not index:
        return text.replace(old, new) if old else text
    parts = text.split(old)
    position = math.floor(index)
    if not 0 < position < len(parts):
        return text
    return old.join(parts[:position]) + new + old.join(parts[position:])


_NUMBER_FORMATS = {"number": "{}", "dollar": "${}", "euro": "€{}", "yuan": "￥{}"}


def _format_number(number: float, format_name: str) -> str:
    if format_name == "percent":
        return javascript_string(float(Decimal(repr(number)) * 100)) + "%"
    if format_name not in _NUMBER_FORMATS:
        raise ValueError("unknown format")
    return _NUMBER_FORMATS[format_name].format(javascript_string(number))


def _left(text: str, count: float) -> str:
    return text[: max(math.floor(count), 0)]


def _right(text: str, count: float) -> str:
    return text[-math.floor(count) :] if count >= 1 else ""


# Numbers -----------------------------------------------------------------------------------------


def _rounding(mode: str) -> Callable[..., float]:
    def apply(number: float, digits: float = 0) -> float:
        step = Decimal(1).scaleb(-math.floor(digits))
        return float((Decimal(repr(number)) / step).to_integral_value(mode) * step)

    return apply


def _even(number: float) -> float:
    return 2 * math.ceil(number / 2)


def _odd(number: float) -> float:
    return 2 * math.ceil((number - 1) / 2) + 1


def _logarithm(number: float, base: float = 10) -> float:
    found = math.log10(number) / math.log10(base)
    return round(found) if math.isclose(found, round(found), rel_tol=1e-14) else found


def _average(*values: Any) -> float:
    numbers = [to_number(value) for value in values if value not in (None, "")]
    return sum(numbers) / len(numbers)


# Truths and choices ------------------------------------------------------------------------------


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, (int, float)) or isinstance(right, (int, float)):
        try:
            return to_number(left) == to_number(right)
        except ValueError:
            return False
    return to_text(left) == to_text(right)


def _ifs(*pairs: Any) -> Any:
    for test, value in zip(pairs[::2], pairs[1::2], strict=True):
        if is_true(test):
            return value
    return None


def _switch(value: Any, *rest: Any) -> Any:
    pairs = rest[: len(rest) // 2 * 2]
    for matcher, result in zip(pairs[::2], pairs[1::2], strict=True):
        if _equal(value, matcher):
            return result
    return rest[-1] if len(rest) % 2 else ""


# Lists and places --------------------------------------------------------------------------------


def _count_items(stored: Any) -> int:
    items = msgspec.json.decode(stored) if isinstance(stored, str) and stored else []
    return len(items) if isinstance(items, list) else 1


def _country(stored: Any) -> str:
    place = msgspec.json.decode(stored) if isinstance(stored, str) and stored else {}
    return str(place.get("country_region") or "") if isinstance(place, dict) else ""


def _is_blank(value: Any) -> bool:
    return value in (None, "", "[]")


FUNCTIONS: dict[str, Function] = {
    # Operators.
    "add": define(lambda a, b: a + b, "number number", "number"),
    "subtract": define(lambda a, b: a - b, "number number", "number"),
    "multiply": define(lambda a, b: a * b, "number number", "number"),
    "divide": define(lambda a, b: a / b, "number number", "number"),
    "mod": define(math.fmod, "number number", "number"),
    "power": define(math.pow, "number number", "number"),
    "greater": define(lambda a, b: a > b, "number number", "bool"),
    "lessthan": define(lambda a, b: a < b, "number number", "bool"),
    "greatereq": define(lambda a, b: a >= b, "number number", "bool"),
    "lessthaneq": define(lambda a, b: a <= b, "number number", "bool"),
    "equal": define(_equal, "any any", "bool"),
    "unequal": define(lambda a, b: not _equal(a, b), "any any", "bool"),
    # Numbers.
    "abs": define(abs, "number", "number"),
    "ceiling": define(lambda a, s=1: math.ceil(a / s) * s, "number number?", "number"),
    "even": define(_even, "number", "number"),
    "exp": define(math.exp, "number", "number"),
    "floor": define(lambda a, s=1: math.floor(a / s) * s, "number number?", "number"),
    "int": define(math.floor, "number", "number"),
    "lg": define(math.log10, "number", "number"),
    "log": define(_logarithm, "number number?", "number"),
    "odd": define(_odd, "number", "number"),
    "round": define(_rounding(ROUND_HALF_UP), "number number?", "number"),
    "rounddown": define(_rounding(ROUND_DOWN), "number number?", "number"),
    "roundup": define(_rounding(ROUND_UP), "number number?", "number"),
    "sign": define(lambda a: (a > 0) - (a < 0), "number", "number"),
    "sqrt": define(math.sqrt, "number", "number"),
    # Text.
    "concatenate": define(lambda *parts: "".join(parts), "text text*", "text"),
    "exact": define(lambda a, b: a == b, "text text", "bool"),
    "find": define(_find, "text text number?", "number"),
    "left": define(_left, "text number", "text"),
    "len": define(len, "text", "number"),
    "lower": define(str.lower, "text", "text"),
    "mid": define(_mid, "text number number", "text"),
    "replace": define(_replace, "text number number text", "text"),
    "rept": define(_repeat, "text number", "text"),
    "right": define(_right, "text number", "text"),
    "search": define(
        lambda wanted, text, start=1: _find(wanted.lower(), text.lower(), start),
        "text text number?",
        "number",
    ),
    "substitute": define(_substitute, "text text text number?", "text"),
    "t": define(lambda value: value if isinstance(value, str) else "", "any", "text"),
    "text": define(_format_number, "number text", "text"),
    "trim": define(lambda text: re.sub(r"^ +| +$", "", text), "text", "text"),
    "upper": define(str.upper, "text", "text"),
    "value": define(float, "text", "number"),
    # Truths and choices.
    "and": define(lambda *tests: all(map(is_true, tests)), "logic logic*", "bool"),
    "or": define(lambda *tests: any(map(is_true, tests)), "logic logic*", "bool"),
    "xor": define(lambda *tests: sum(map(is_true, tests)) % 2 == 1, "logic logic*", "bool"),
    "if": define(
        lambda test, then, other="": then if is_true(test) else other,
        "comparison branch branch?",
        "branch",
    ),
    "ifs": define(_ifs, "logic branch logic* branch*", "branch"),
    "switch": define(_switch, "any any branch any* branch*", "branch"),
    # Counting in a row.
    "average": define(_average, "any any*", "number"),
    "counta": define(lambda *v: sum(not _is_blank(a) for a in v), "any any*", "number"),
    "countall": define(lambda *values: len(values), "any any*", "number"),
    "countblank": define(lambda *v: sum(map(_is_blank, v)), "any any*", "number"),
    "countitems": define(_count_items, "list", "number"),
    "country": define(_country, "place", "text"),
}
"""The functions of one row, by name in lower case; those of dates are in `date_functions`."""
