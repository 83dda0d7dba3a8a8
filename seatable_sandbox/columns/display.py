"""Values as SeaTable's own library displays them: what v1 answers for formulas and lookups.

A formula's number gets the format, decimals and thousands separator of its column. The items of a
lookup are displayed as the column that they come from does, and are joined to a single text.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns.dates import has_time
from seatable_sandbox.columns.javascript import javascript_string
from seatable_sandbox.columns.types import DURATION_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_sandbox.model import Column

    Data = Mapping[str, Any]
    Display = Callable[[Any, Data], str]

_SEPARATORS = {"comma": ",", "dot": ".", "no": "", "space": " "}
_SYMBOLS = {"yuan": "￥", "dollar": "$", "euro": "€"}
_MAX_DIGITS = 8
_EXACTLY = Context(prec=400)
_PEOPLE = frozenset({"collaborator", "creator", "last-modifier"})
"""Lookups of people are answered as ids, not as names."""


def format_result(column: Column, value: Any, rules: str = "new") -> Any:
    """Format the value of a formula or lookup column.

    Args:
        column: The column.
        value: What it yields.
        rules: "new" or "old", as for written dates.
    """
    data: Data = column.data or {}
    result_type = data.get("result_type")
    if result_type == "number":
        return format_number(value, data)
    if result_type == "date":
        return format_date(value, data)
    if result_type == "array":
        return _format_lookup(data, value, rules)
    if isinstance(value, (list, datetime)):  # the server does not say the formula's type
        return _format_untyped(value)
    # Error values are texts, too.
    return javascript_string(value) if isinstance(value, (bool, str)) else value


def _format_lookup(data: Data, value: Any, rules: str) -> Any:
    item_type = data.get("array_type")
    if not item_type:
        return ""
    if item_type in _PEOPLE:
        # The people of several rows stand in one list.
        return (
            [
                person
                for people in value
                for person in (people if isinstance(people, list) else [people])
            ]
            if isinstance(value, list)
            else value
        )
    item_data = data.get("array_data") or {}
    if item_type == "geolocation" and item_data.get("geo_format") == "lng_lat" and rules == "new":
        places = value if isinstance(value, list) else [value]
        return ", ".join(format_degrees(place, item_data) for place in places)
    if item_type == "multiple-select":
        chosen = {name for names in value for name in names} if isinstance(value, list) else set()
        names = [option["name"] for option in item_data.get("options") or ()]
        return ", ".join(str(name) for name in names if name in chosen)
    format_item = _BY_TYPE.get(item_type, format_text)
    if item_type in ("image", "file") or not isinstance(value, list):
        return format_item(value, item_data)
    return ", ".join(format_item(item, item_data) for item in value)


def _format_untyped(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_format_untyped, value))
    if isinstance(value, datetime):
        return format_date(
            value, {"format": "YYYY-MM-DD HH:mm" if value.hour or value.minute else ""}
        )
    return format_text(value, {})


def format_text(value: Any, data: Data) -> str:
    """Format a text, or a value that becomes one."""
    del data
    return javascript_string(value) if value or isinstance(value, bool) else ""


# Dates and times ---------------------------------------------------------------------------------

_DATE_PATTERNS = {
    "M/D/YYYY": "{0.month}/{0.day}/{0.year}",
    "DD/MM/YYYY": "{0:%d/%m}/{0.year}",
    "DD.MM.YYYY": "{0:%d.%m}.{0.year}",
}


def format_date(value: Any, data: Data) -> str:
    """Format a date by the format of its column; without a format, as a day."""
    if not isinstance(value, datetime):
        return str(value) if isinstance(value, str) else ""
    format_name = str(data.get("format") or "")
    pattern = _DATE_PATTERNS.get(format_name.partition(" ")[0], "{0.year}-{0:%m-%d}")
    return (pattern + (" {0:%H:%M}" if has_time(format_name) else "")).format(value)


def format_time(value: Any, data: Data) -> str:
    """Format a time by the server's wall clock, without an offset."""
    del data
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else ""


# Numbers -----------------------------------------------------------------------------------------


def format_number(value: Any, data: Data) -> str:
    """Format a number by the format of its column; an error value stays as it is."""
    if isinstance(value, str) and value.startswith("#"):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    format_name = str(data.get("format") or "number")
    if format_name == "number":
        return _digits(value, data)
    if format_name == "percent":
        return _digits(float(_fixed(value * 100, _MAX_DIGITS)), data) + "%"
    if format_name == "duration":
        return format_duration(value, data)
    if format_name in _SYMBOLS:
        return _SYMBOLS[format_name] + _digits(value, data, is_currency=True)
    if format_name == "custom_currency":
        symbol, digits = data.get("currency_symbol") or "", _digits(value, data, is_currency=True)
        is_suffix = data.get("currency_symbol_position") == "after"
        return f"{digits}{symbol}" if is_suffix else f"{symbol}{digits}"
    return javascript_string(value)


def _fixed(value: float, digits: int) -> str:
    """`toFixed` of JavaScript: halves are rounded away from zero."""
    step = Decimal(1).scaleb(-digits)
    return f"{Decimal(value).quantize(step, ROUND_HALF_UP, _EXACTLY):f}"


def _digits(value: float, data: Data, *, is_currency: bool = False) -> str:
    has_precision = bool(data.get("enable_precision"))
    precision = data.get("precision", 2)
    written = javascript_string(value)
    if "e" in written:
        if not -1 < value < 1:
            return written
        small = _fixed(value, int(precision or 0) if has_precision else _MAX_DIGITS)
        small = small if has_precision else _without_zeros(small)
        return small if float(small) else small.removeprefix("-")
    digits = (
        int(precision or 0) if has_precision else min(len(written.partition(".")[2]), _MAX_DIGITS)
    )
    shown = Decimal(_fixed(_rounded(value, digits), digits))
    whole, point, decimals = f"{abs(shown):f}".partition(".")
    fraction = point + _exact_decimals(whole, decimals)
    if not has_precision:
        fraction = _without_zeros(fraction)
        if is_currency:
            fraction = (fraction[:3] or ".").ljust(3, "0")
    if fraction:
        fraction = _SEPARATORS.get(str(data.get("decimal") or "dot"), ".") + fraction[1:]
    group = _SEPARATORS.get(str(data.get("thousands") or "no"), "")
    return ("-" if shown < 0 else "") + f"{int(whole):,}".replace(",", group) + fraction


def _exact_decimals(whole: str, decimals: str) -> str:
    """The decimals as the library's exact subtraction leaves them: digits beyond 2^53 are lost."""
    significant = decimals.rstrip("0")
    if int(whole + significant) <= 2**53:
        return decimals
    scale = 10 ** len(significant)
    left = (float(whole + significant) - float(whole) * scale) / scale
    return _fixed(left, len(decimals)).partition(".")[2]


def _rounded(value: float, digits: int) -> float:
    """Round as the library does: with one digit more first."""
    if not digits:
        return math.floor(value + 0.5)
    scaled = float(_fixed(value * 10**digits, 1))
    return float(math.floor(scaled + 0.5) / 10**digits)


def _without_zeros(text: str) -> str:
    return text.rstrip("0").removesuffix(".") if "." in text else text


def format_duration(value: Any, data: Data) -> str:
    """Format seconds as hours, minutes and, if the format has them, seconds."""
    format_name = str(data.get("duration_format") or "h:mm")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    if format_name not in DURATION_FORMATS:
        return ""
    if not value:
        return "0:00"
    seconds = math.floor(abs(value) + 0.5)
    text = f"{'-' if value < 0 else ''}{seconds // 3600}:{seconds // 60 % 60:02}"
    return text if format_name == "h:mm" else f"{text}:{seconds % 60:02}"


# Objects -----------------------------------------------------------------------------------------

_PLACE_FIELDS = {
    "country_region": ("country_region",),
    "province": ("province",),
    "province_city": ("province", "city"),
    "province_city_district": ("province", "city", "district"),
    "map_selection": ("address", "title"),
}


def format_place(value: Any, data: Data) -> str:
    """Format a geolocation: coordinates, or names without a separator."""
    if not isinstance(value, dict):
        return ""
    format_name = data.get("geo_format")
    if format_name == "lng_lat":
        ends = [value.get("lng"), value.get("lat")]
        return ", ".join(map(javascript_string, ends)) if None not in ends else ""
    names = _PLACE_FIELDS.get(str(format_name), ("province", "city", "district", "detail"))
    return "".join(str(value.get(name) or "") for name in names).strip()


def format_degrees(value: Any, data: Data) -> str:
    """Format a geolocation as degrees, minutes and seconds, latitude first."""
    del data
    ends = [value.get(name) for name in ("lat", "lng")] if isinstance(value, dict) else []
    numbers = [end for end in ends if isinstance(end, (int, float))]
    if len(numbers) < 2:  # noqa: PLR2004 - latitude and longitude
        return ""
    shown = []
    for number, directions in zip(numbers, ("NS", "EW"), strict=True):
        degrees = math.floor(abs(number))
        minutes = float(_fixed((abs(number) - degrees) * 60, _MAX_DIGITS))
        seconds = float(_fixed((minutes - math.floor(minutes)) * 60, _MAX_DIGITS))
        shown.append(
            f"{directions[number < 0]}{degrees}°{math.floor(minutes)}\u2032"
            f"{javascript_string(seconds)}\u2033"
        )
    return ", ".join(shown)


def format_signature(value: Any, data: Data) -> str:
    """Format a signature as the URL of its picture."""
    del data
    return str(value.get("sign_image_url") or "") if isinstance(value, dict) else ""


_BY_TYPE: dict[str, Display] = {
    "number": format_number,
    "duration": format_duration,
    "date": format_date,
    "ctime": format_time,
    "mtime": format_time,
    "geolocation": format_place,
    "digital-sign": format_signature,
    "department-single-select": lambda _value, _data: "",
}


def format_value(column: Column, value: Any) -> str:
    """Format a stored value by the type and the format of its column."""
    data: Data = column.data or {}
    if column.type == "date" and not data.get("format"):
        data = {"format": "YYYY-MM-DD"}
    return _BY_TYPE.get(column.type, format_text)(value, data)
