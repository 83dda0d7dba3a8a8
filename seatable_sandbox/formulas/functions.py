"""The functions of formulas. Dates are naive datetimes on the server's wall clock."""

from __future__ import annotations

import calendar
import math
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import javascript_number, javascript_string

if TYPE_CHECKING:
    from collections.abc import Callable


def to_text(value: Any) -> str:
    """Convert a value to text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M" if value.hour or value.minute else "%Y-%m-%d")
    if isinstance(value, list):
        return ", ".join(to_text(item) for item in value)
    return javascript_string(value)


def to_number(value: Any) -> float:
    """Convert a value to a number; an empty value is 0."""
    if value is None or value == "":
        return 0
    if isinstance(value, (bool, int, float)):
        return value
    return float(value)


def to_date(value: Any) -> datetime:
    """Convert a value to a naive datetime.

    Raises:
        ValueError: It is no date.
    """
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
    scaled = to_number(value) * factor
    return math.copysign(math.floor(abs(scaled) + 0.5), scaled) / factor


def _shift_months(moment: datetime, months: int) -> datetime:
    total = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(total, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def date_add(value: Any, count: Any, unit: Any = "days") -> datetime:
    moment, amount, name = to_date(value), int(to_number(count)), str(unit).lower().rstrip("s")
    if name in ("year", "y"):
        return _shift_months(moment, 12 * amount)
    if name in ("month", "m"):
        return _shift_months(moment, amount)
    seconds = {"week": 604800, "day": 86400, "d": 86400, "hour": 3600, "minute": 60, "second": 1}
    return moment + timedelta(seconds=amount * seconds[name])


def date_difference(first: Any, second: Any, unit: Any = "D") -> float:
    """DATEDIF: the whole units between two dates."""
    start, end, name = to_date(first), to_date(second), str(unit).upper().rstrip("S")
    if name in ("Y", "YEAR", "M", "MONTH"):
        months = (end.year - start.year) * 12 + end.month - start.month
        if end.day < start.day:
            months -= 1
        return months if name in ("M", "MONTH") else int(months / 12)
    seconds = (end - start).total_seconds()
    units = {"H": 3600, "HOUR": 3600, "MINUTE": 60, "S": 1, "SECOND": 1, "": 1}
    return int(seconds / units.get(name, 86400))


def _find(wanted: Any, text: Any, start: Any = 1) -> int:
    return to_text(text).find(to_text(wanted), int(start) - 1) + 1


def _search(wanted: Any, text: Any, start: Any = 1) -> int:
    return _find(to_text(wanted).lower(), to_text(text).lower(), start)


def _substitute(text: Any, old: Any, new: Any, index: Any = None) -> str:
    source, searched, replacement = to_text(text), to_text(old), to_text(new)
    if index is None:
        return source.replace(searched, replacement)
    parts = source.split(searched)
    position = int(index)
    head, tail = searched.join(parts[:position]), searched.join(parts[position:])
    return head + replacement + tail if position < len(parts) else head


def _replace(text: Any, start: Any, length: Any, new: Any) -> str:
    source, position = to_text(text), int(start) - 1
    return source[:position] + to_text(new) + source[position + int(length) :]


def _switch(value: Any, *pairs: Any) -> Any:
    for index in range(0, len(pairs) - 1, 2):
        if pairs[index] == value:
            return pairs[index + 1]
    return pairs[-1] if len(pairs) % 2 else ""


def _average(*values: Any) -> float:
    found = _numbers(values)
    return sum(found) / len(found)


def _weekday(value: Any, first: Any = "Sunday") -> int:
    number = to_date(value).isoweekday()
    return number if str(first).lower() == "monday" else number % 7 + 1


def _date(year: Any, month: Any, day: Any) -> datetime:
    return datetime(int(year), int(month), int(day))


def _month_end(value: Any, months: Any = 0) -> datetime:
    moment = _shift_months(to_date(value).replace(day=1), int(months))
    return moment.replace(day=calendar.monthrange(moment.year, moment.month)[1])


_TOKEN = re.compile(
    r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|A|a"
)
"""A part of a format, or a text in brackets, which stays."""


def _datetime_format(value: Any, pattern: Any = "YYYY-MM-DD HH:mm") -> str:
    """`datetimeFormat`: letters of the pattern stand for parts of the date, as in Day.js."""
    moment = to_date(value)
    hour = moment.hour % 12 or 12
    month, day = f"{calendar.month_name[moment.month]}", calendar.day_name[moment.weekday()]
    half = "PM" if moment.hour >= 12 else "AM"  # noqa: PLR2004 - noon
    parts: dict[str, str] = {
        "YYYY": f"{moment.year:04}",
        "YY": f"{moment.year % 100:02}",
        "MMMM": month,
        "MMM": month[:3],
        "MM": f"{moment.month:02}",
        "M": f"{moment.month}",
        "DD": f"{moment.day:02}",
        "D": f"{moment.day}",
        "dddd": day,
        "ddd": day[:3],
        "dd": day[:2],
        "d": f"{moment.isoweekday() % 7}",
        "HH": f"{moment.hour:02}",
        "H": f"{moment.hour}",
        "hh": f"{hour:02}",
        "h": f"{hour}",
        "mm": f"{moment.minute:02}",
        "m": f"{moment.minute}",
        "ss": f"{moment.second:02}",
        "s": f"{moment.second}",
        "A": half,
        "a": half.lower(),
    }
    return _TOKEN.sub(
        lambda found: found[1] if found[1] is not None else parts[found[0]], to_text(pattern)
    )


def _empty(value: Any) -> bool:
    return value is None or value in ("", [])


def functions(now: datetime) -> dict[str, Callable[..., Any]]:
    """All functions by name, for one time of the server's wall clock."""
    midnight = datetime.combine(date(now.year, now.month, now.day), datetime.min.time())
    return {
        # Text.
        "concatenate": lambda *values: "".join(map(to_text, values)),
        "exact": lambda left, right: to_text(left) == to_text(right),
        "find": _find,
        "search": _search,
        "left": lambda text, count=1: to_text(text)[: int(count)],
        "right": lambda text, count=1: to_text(text)[-int(count) :] if int(count) else "",
        "mid": lambda text, start, count: to_text(text)[
            int(start) - 1 : int(start) - 1 + int(count)
        ],
        "len": lambda text: len(to_text(text)),
        "lower": lambda text: to_text(text).lower(),
        "upper": lambda text: to_text(text).upper(),
        "trim": lambda text: to_text(text).strip(),
        "rept": lambda text, count: to_text(text) * int(count),
        "replace": _replace,
        "substitute": _substitute,
        "t": to_text,
        "text": lambda value, *_: to_text(value),
        "value": lambda text: float(to_text(text)),
        # Numbers.
        "abs": lambda value: abs(to_number(value)),
        "average": _average,
        "ceiling": lambda value, step=1: math.ceil(to_number(value) / step) * step,
        "floor": lambda value, step=1: math.floor(to_number(value) / step) * step,
        "counta": lambda *values: sum(not _empty(value) for value in values),
        "countall": lambda *values: len(values),
        "countblank": lambda *values: sum(_empty(value) for value in values),
        "exp": lambda value: math.exp(to_number(value)),
        "int": lambda value: math.floor(to_number(value)),
        "log": lambda value, base=10: math.log(to_number(value), base),
        "max": lambda *values: max(_numbers(values)),
        "min": lambda *values: min(_numbers(values)),
        "mod": lambda value, divisor: to_number(value) % to_number(divisor),
        "pi": lambda: math.pi,
        "power": lambda value, exponent: to_number(value) ** to_number(exponent),
        "round": _round,
        "rounddown": lambda value, digits=0: (
            math.trunc(to_number(value) * 10 ** int(digits)) / 10 ** int(digits)
        ),
        "roundup": lambda value, digits=0: (
            math.copysign(math.ceil(abs(to_number(value)) * 10 ** int(digits)), to_number(value))
            / 10 ** int(digits)
        ),
        "sign": lambda value: (to_number(value) > 0) - (to_number(value) < 0),
        "sqrt": lambda value: math.sqrt(to_number(value)),
        "sum": lambda *values: sum(_numbers(values)),
        # Logic, without if, ifs and iferror: the evaluator has these.
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
        "datetimeformat": _datetime_format,
        "day": lambda value: to_date(value).day,
        "eomonth": _month_end,
        "hour": lambda value: to_date(value).hour,
        "minute": lambda value: to_date(value).minute,
        "month": lambda value: to_date(value).month,
        "now": lambda: now,
        "second": lambda value: to_date(value).second,
        "today": lambda: midnight,
        "weekday": _weekday,
        "weeknum": lambda value, *_: int(to_date(value).strftime("%U")) + 1,
        "isoweeknum": lambda value: to_date(value).isocalendar()[1],
        "year": lambda value: to_date(value).year,
    }


RESULT_TYPES = {
    **dict.fromkeys(
        (
            "concatenate",
            "datetimeformat",
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
"""The result types of functions; the others give numbers."""


def to_javascript_number(value: Any) -> Any:
    """Convert a result as JavaScript has it: 3.0 to 3.

    Raises:
        ValueError: The result is not finite.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a number")
        return javascript_number(value)
    return value
