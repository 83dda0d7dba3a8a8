"""The functions of SeaTable's SQL that read or make dates.

Dates are naive datetimes on the server's wall clock.
"""

from __future__ import annotations

import calendar
import math
from datetime import datetime, timedelta

from seatable_sandbox.sql.functions import Function, define

_EPOCH = datetime(1900, 1, 1)
"""What an empty start of `dateDif` counts as."""
_TWO_DIGITS = 100


def _shift_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _date(year: float, month: float, day: float) -> datetime:
    number = math.floor(year)
    first = datetime(number + 1900 if 0 <= number < _TWO_DIGITS else number, 1, 1)
    return _shift_months(first, math.floor(month) - 1) + timedelta(days=math.floor(day) - 1)


_UNITS = {
    "weeks": timedelta(weeks=1),
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
    "seconds": timedelta(seconds=1),
}


def _date_add(moment: datetime, count: float, unit: str) -> datetime:
    amount, name = math.floor(count), unit.lower()
    if name in ("years", "months"):
        return _shift_months(moment, amount * (12 if name == "years" else 1))
    if name not in _UNITS:
        raise ValueError("unknown unit")
    return moment + amount * _UNITS[name]


def _full_months(start: datetime, end: datetime) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - ((end.day, end.time()) < (start.day, start.time()))


def _date_difference(start: datetime | None, end: datetime | None, unit: str = "D") -> float:
    if start is None and end is None:
        return 0
    if end is None:
        raise ValueError("the end is empty")
    start = start or _EPOCH
    name = unit.upper()
    if name == "S":
        return math.floor((end - start).total_seconds())
    if name == "D":
        return math.trunc((end - start) / timedelta(days=1))
    months = _full_months(start, end)
    if name in ("Y", "M", "YM"):
        return {"Y": math.trunc(months / 12), "M": months, "YM": months % 12}[name]
    if name not in ("YD", "MD"):
        raise ValueError("unknown unit")
    passed = months // 12 * 12 if name == "YD" else months
    return (end - _shift_months(start, passed)).days


def _month_end(moment: datetime, months: float) -> datetime:
    found = _shift_months(datetime(moment.year, moment.month, 1), math.floor(months))
    return found.replace(day=calendar.monthrange(found.year, found.month)[1])


def _working_days(start: datetime, end: datetime, *holidays: datetime) -> int:
    if start > end:
        return -_working_days(end, start, *holidays)
    first, last = start.date(), end.date()
    weeks, days = divmod((last - first).days + 1, 7)
    rest = sum((first.weekday() + day) % 7 < 5 for day in range(days))  # noqa: PLR2004 - Saturday
    free = {day.date() for day in holidays}
    return weeks * 5 + rest - sum(first <= day <= last and day.weekday() < 5 for day in free)  # noqa: PLR2004


def _begins_on_monday(week_start: str) -> bool:
    return week_start.lower() == "monday"


def _weekday(moment: datetime, week_start: str = "") -> int:
    number = moment.isoweekday()
    return number if _begins_on_monday(week_start) else number % 7 + 1


_WEEK_STARTS = {1: 6, 2: 0, **{11 + day: day for day in range(7)}}
"""By the return type of `weeknum`, the day with which a week begins; Monday is 0."""
_ISO_WEEK = 21


def _week_number(moment: datetime, return_type: float = 1) -> int:
    if return_type == _ISO_WEEK:
        return moment.isocalendar()[1]
    if return_type not in _WEEK_STARTS:
        raise ValueError("unknown return type")
    new_year = datetime(moment.year, 1, 1)
    before = (new_year.weekday() - _WEEK_STARTS[int(return_type)]) % 7
    return (moment.timetuple().tm_yday - 1 + before) // 7 + 1


def _start_of_week(moment: datetime, week_start: str = "") -> datetime:
    midnight = datetime(moment.year, moment.month, moment.day)
    return midnight - timedelta(days=_weekday(moment, week_start) - 1)


DATE_FUNCTIONS: dict[str, Function] = {
    "date": define(_date, "number number number", "date"),
    "dateadd": define(_date_add, "date number text", "date"),
    "datedif": define(_date_difference, "maybe_date maybe_date text?", "number"),
    "day": define(lambda moment: moment.day, "date", "number"),
    "eomonth": define(_month_end, "date number", "date"),
    "hour": define(lambda moment: moment.hour, "date", "number"),
    "isodate": define(lambda moment: moment.date().isoformat(), "date", "text"),
    "isomonth": define(lambda moment: moment.date().isoformat()[:7], "date", "text"),
    "minute": define(lambda moment: moment.minute, "date", "number"),
    "month": define(lambda moment: moment.month, "date", "number"),
    "months": define(
        lambda start, end: (end.year - start.year) * 12 + end.month - start.month,
        "date date",
        "number",
    ),
    "networkdays": define(_working_days, "date date date*", "number"),
    "quarter": define(lambda moment: (moment.month + 2) // 3, "date", "number"),
    "second": define(lambda moment: moment.second, "date", "number"),
    "startofweek": define(_start_of_week, "date text?", "date"),
    "weekday": define(_weekday, "date text?", "number"),
    "weeknum": define(_week_number, "date number?", "number"),
    "year": define(lambda moment: moment.year, "date", "number"),
}
"""By name in lower case. `now` and `today` are known to the compiler."""
