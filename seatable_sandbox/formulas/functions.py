"""The functions that formulas may call. Dates are naive datetimes in the server's wall clock."""

from __future__ import annotations

import calendar
import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns.types import javascript_number, javascript_string

if TYPE_CHECKING:
    from collections.abc import Callable


def text_of(value: Any) -> str:
    """A value inside a text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M" if value.hour or value.minute else "%Y-%m-%d")
    if isinstance(value, list):
        return ", ".join(text_of(item) for item in value)
    return javascript_string(value)


def number_of(value: Any) -> float:
    """A value in arithmetic: empty counts as 0."""
    if value is None or value == "":
        return 0
    if isinstance(value, (bool, int, float)):
        return value
    return float(value)


def date_of(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    raise ValueError("not a date")


def _numbers(values: tuple[Any, ...]) -> list[float]:
    found: list[float] = []
    for value in values:
        if isinstance(value, list):
            found += _numbers(tuple(value))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append(value)
    return found


def _round(value: Any, digits: Any = 0) -> float:
    # Half away from zero, as spreadsheets do.
    factor: float = 10 ** int(digits)
    scaled = number_of(value) * factor
    return math.copysign(math.floor(abs(scaled) + 0.5), scaled) / factor


def _shift_months(moment: datetime, months: int) -> datetime:
    total = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(total, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def date_add(value: Any, count: Any, unit: Any = "days") -> datetime:
    moment, amount, name = date_of(value), int(number_of(count)), str(unit).lower().rstrip("s")
    if name in ("year", "y"):
        return _shift_months(moment, 12 * amount)
    if name in ("month", "m"):
        return _shift_months(moment, amount)
    seconds = {"week": 604800, "day": 86400, "d": 86400, "hour": 3600, "minute": 60, "second": 1}
    return moment + timedelta(seconds=amount * seconds[name])


def date_difference(first: Any, second: Any, unit: Any = "D") -> float:
    """DATEDIF: the whole units between two dates."""
    start, end, name = date_of(first), date_of(second), str(unit).upper().rstrip("S")
    if name in ("Y", "YEAR", "M", "MONTH"):
        months = (end.year - start.year) * 12 + end.month - start.month
        if end.day < start.day:
            months -= 1
        return months if name in ("M", "MONTH") else int(months / 12)
    seconds = (end - start).total_seconds()
    units = {"H": 3600, "HOUR": 3600, "MINUTE": 60, "S": 1, "SECOND": 1, "": 1}
    return int(seconds / units.get(name, 86400))


def _find(wanted: Any, text: Any, start: Any = 1) -> int:
    return text_of(text).find(text_of(wanted), int(start) - 1) + 1


def _search(wanted: Any, text: Any, start: Any = 1) -> int:
    return _find(text_of(wanted).lower(), text_of(text).lower(), start)


def _substitute(text: Any, old: Any, new: Any, index: Any = None) -> str:
    source, wanted, put = text_of(text), text_of(old), text_of(new)
    if index is None:
        return source.replace(wanted, put)
    parts = source.split(wanted)
    at = int(index)
    return wanted.join(parts[:at]) + (put + wanted.join(parts[at:]) if at < len(parts) else "")


def _replace(text: Any, start: Any, length: Any, new: Any) -> str:
    source, at = text_of(text), int(start) - 1
    return source[:at] + text_of(new) + source[at + int(length) :]


def _switch(value: Any, *pairs: Any) -> Any:
    for index in range(0, len(pairs) - 1, 2):
        if pairs[index] == value:
            return pairs[index + 1]
    return pairs[-1] if len(pairs) % 2 else ""


def _average(*values: Any) -> float:
    found = _numbers(values)
    return sum(found) / len(found)


def _weekday(value: Any, first: Any = "Sunday") -> int:
    number = date_of(value).isoweekday()
    return number if str(first).lower() == "monday" else number % 7 + 1


def _date(year: Any, month: Any, day: Any) -> datetime:
    return datetime(int(year), int(month), int(day))


def _month_end(value: Any, months: Any = 0) -> datetime:
    moment = _shift_months(date_of(value).replace(day=1), int(months))
    return moment.replace(day=calendar.monthrange(moment.year, moment.month)[1])


def _empty(value: Any) -> bool:
    return value is None or value in ("", [])


def functions(now: datetime) -> dict[str, Callable[..., Any]]:
    """All functions, for one moment of the server's wall clock."""
    midnight = datetime.combine(date(now.year, now.month, now.day), datetime.min.time())
    return {
        # Text.
        "concatenate": lambda *values: "".join(map(text_of, values)),
        "exact": lambda one, other: text_of(one) == text_of(other),
        "find": _find,
        "search": _search,
        "left": lambda text, count=1: text_of(text)[: int(count)],
        "right": lambda text, count=1: text_of(text)[-int(count) :] if int(count) else "",
        "mid": lambda text, start, count: text_of(text)[
            int(start) - 1 : int(start) - 1 + int(count)
        ],
        "len": lambda text: len(text_of(text)),
        "lower": lambda text: text_of(text).lower(),
        "upper": lambda text: text_of(text).upper(),
        "trim": lambda text: text_of(text).strip(),
        "rept": lambda text, count: text_of(text) * int(count),
        "replace": _replace,
        "substitute": _substitute,
        "t": text_of,
        "text": lambda value, *_: text_of(value),
        "value": lambda text: float(text_of(text)),
        # Numbers.
        "abs": lambda value: abs(number_of(value)),
        "average": _average,
        "ceiling": lambda value, step=1: math.ceil(number_of(value) / step) * step,
        "floor": lambda value, step=1: math.floor(number_of(value) / step) * step,
        "counta": lambda *values: sum(not _empty(value) for value in values),
        "countall": lambda *values: len(values),
        "countblank": lambda *values: sum(_empty(value) for value in values),
        "exp": lambda value: math.exp(number_of(value)),
        "int": lambda value: math.floor(number_of(value)),
        "log": lambda value, base=10: math.log(number_of(value), base),
        "max": lambda *values: max(_numbers(values)),
        "min": lambda *values: min(_numbers(values)),
        "mod": lambda value, divisor: number_of(value) % number_of(divisor),
        "pi": lambda: math.pi,
        "power": lambda value, exponent: number_of(value) ** number_of(exponent),
        "round": _round,
        "rounddown": lambda value, digits=0: (
            math.trunc(number_of(value) * 10 ** int(digits)) / 10 ** int(digits)
        ),
        "roundup": lambda value, digits=0: (
            math.copysign(math.ceil(abs(number_of(value)) * 10 ** int(digits)), number_of(value))
            / 10 ** int(digits)
        ),
        "sign": lambda value: (number_of(value) > 0) - (number_of(value) < 0),
        "sqrt": lambda value: math.sqrt(number_of(value)),
        "sum": lambda *values: sum(_numbers(values)),
        # Logic; if, ifs and iferror are evaluated lazily elsewhere.
        "and": lambda *values: all(values),
        "not": lambda value: not value,
        "or": lambda *values: any(values),
        "switch": _switch,
        "true": lambda: True,
        "false": lambda: False,
        "xor": lambda *values: sum(map(bool, values)) % 2 == 1,
        # Dates.
        "date": _date,
        "dateadd": date_add,
        "datedif": date_difference,
        "day": lambda value: date_of(value).day,
        "eomonth": _month_end,
        "hour": lambda value: date_of(value).hour,
        "minute": lambda value: date_of(value).minute,
        "month": lambda value: date_of(value).month,
        "now": lambda: now,
        "second": lambda value: date_of(value).second,
        "today": lambda: midnight,
        "weekday": _weekday,
        "weeknum": lambda value, *_: int(date_of(value).strftime("%U")) + 1,
        "isoweeknum": lambda value: date_of(value).isocalendar()[1],
        "year": lambda value: date_of(value).year,
    }


#: What a function gives, for the column's result_type; the others give numbers.
RESULT_TYPES = {
    **dict.fromkeys(
        (
            "concatenate",
            "left",
            "right",
            "mid",
            "lower",
            "upper",
            "trim",
            "rept",
            "replace",
            "substitute",
            "t",
            "text",
        ),
        "string",
    ),
    **dict.fromkeys(("exact", "and", "or", "not", "xor", "true", "false"), "bool"),
    **dict.fromkeys(("date", "dateadd", "eomonth", "now", "today"), "date"),
}


def shown_number(value: Any) -> Any:
    """A result in JavaScript's manner: 3.0 is 3."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a number")
        return javascript_number(value)
    return value
