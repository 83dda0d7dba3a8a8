"""Values as SeaTable's own library displays them: what v1 answers for formulas and lookups.

A formula's number has the column's format, decimals and signs of thousands; items of a lookup are
displayed each as the column displays it that they are from, and stand in one text.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns.dates import has_time
from seatable_sandbox.columns.types import DURATION_FORMATS, javascript_string

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_sandbox.model.model import Column

    Data = Mapping[str, Any]
    Display = Callable[[Any, Data], str]

_SEPARATORS = {"comma": ",", "dot": ".", "no": "", "space": " "}
_SYMBOLS = {"yuan": "￥", "dollar": "$", "euro": "€"}
_MOST_DIGITS = 8
_EXACTLY = Context(prec=400)
#: Lookups of people come as they are; whoever displays them knows their names.
_PEOPLE = frozenset({"collaborator", "creator", "last-modifier"})


def formula(column: Column, value: Any) -> Any:
    """The value of a formula or lookup column."""
    data: Data = column.data or {}
    result_type = data.get("result_type")
    if result_type == "number":
        return number(value, data)
    if result_type == "date":
        return day(value, data)
    if result_type == "array":
        return _lookup(data, value)
    if isinstance(value, (list, datetime)):  # of a formula whose type the server does not tell
        return _untyped(value)
    # Errors are texts of their own kind.
    return javascript_string(value) if isinstance(value, (bool, str)) else value


def _lookup(data: Data, value: Any) -> Any:
    kind = data.get("array_type")
    if not kind:
        return ""
    if kind in _PEOPLE:
        return value
    of = data.get("array_data") or {}
    if kind == "multiple-select":
        chosen = {name for names in value for name in names} if isinstance(value, list) else set()
        names = [option["name"] for option in of.get("options") or ()]
        return ", ".join(str(name) for name in names if name in chosen)
    if kind in ("image", "file") or not isinstance(value, list):
        return _DISPLAYS.get(kind, plain)(value, of)
    return ", ".join(_DISPLAYS.get(kind, plain)(item, of) for item in value)


def _untyped(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_untyped, value))
    if isinstance(value, datetime):
        return day(value, {"format": "YYYY-MM-DD HH:mm" if value.hour or value.minute else ""})
    return plain(value, {})


def plain(value: Any, data: Data) -> str:
    """Text, and what is made into one."""
    del data
    return javascript_string(value) if value or isinstance(value, bool) else ""


# Dates and times ---------------------------------------------------------------------------------

_DAYS = {
    "M/D/YYYY": "{0.month}/{0.day}/{0.year}",
    "DD/MM/YYYY": "{0:%d/%m}/{0.year}",
    "DD.MM.YYYY": "{0:%d.%m}.{0.year}",
}


def day(value: Any, data: Data) -> str:
    """A date, by the format of its column; without one, the day."""
    if not isinstance(value, datetime):
        return str(value) if isinstance(value, str) else ""
    shown_as = str(data.get("format") or "")
    pattern = _DAYS.get(shown_as.partition(" ")[0], "{0.year}-{0:%m-%d}")
    return (pattern + (" {0:%H:%M}" if has_time(shown_as) else "")).format(value)


def moment(value: Any, data: Data) -> str:
    """A time stamp, on the server's wall clock: nothing says so."""
    del data
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else ""


# Numbers -----------------------------------------------------------------------------------------


def number(value: Any, data: Data) -> str:
    """A number in the format of its column; an error value as it is."""
    if isinstance(value, str) and value.startswith("#"):
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    shown_as = str(data.get("format") or "number")
    if shown_as == "number":
        return _digits(value, data)
    if shown_as == "percent":
        return _digits(float(_fixed(value * 100, _MOST_DIGITS)), data) + "%"
    if shown_as == "duration":
        return duration(value, data)
    if shown_as in _SYMBOLS:
        return _SYMBOLS[shown_as] + _digits(value, data, is_currency=True)
    if shown_as == "custom_currency":
        symbol, digits = data.get("currency_symbol") or "", _digits(value, data, is_currency=True)
        is_behind = data.get("currency_symbol_position") == "after"
        return f"{digits}{symbol}" if is_behind else f"{symbol}{digits}"
    return javascript_string(value)


def _fixed(value: float, digits: int) -> str:
    """`toFixed` of JavaScript: halves are rounded away from zero."""
    step = Decimal(1).scaleb(-digits)
    return f"{Decimal(value).quantize(step, ROUND_HALF_UP, _EXACTLY):f}"


def _digits(value: float, data: Data, *, is_currency: bool = False) -> str:
    is_fixed = bool(data.get("enable_precision"))
    given = data.get("precision", 2)
    written = javascript_string(value)
    if "e" in written:
        if not -1 < value < 1:
            return written
        small = _fixed(value, int(given or 0) if is_fixed else _MOST_DIGITS)
        small = small if is_fixed else _without_zeros(small)
        return small if float(small) else small.removeprefix("-")
    digits = int(given or 0) if is_fixed else min(len(written.partition(".")[2]), _MOST_DIGITS)
    shown = Decimal(_fixed(_rounded(value, digits), digits))
    whole, point, behind = f"{abs(shown):f}".partition(".")
    fraction = point + behind
    if not is_fixed:
        fraction = _without_zeros(fraction)
        if is_currency:
            fraction = (fraction[:3] or ".").ljust(3, "0")
    if fraction:
        fraction = _SEPARATORS.get(str(data.get("decimal") or "dot"), ".") + fraction[1:]
    group = _SEPARATORS.get(str(data.get("thousands") or "no"), "")
    return ("-" if shown < 0 else "") + f"{int(whole):,}".replace(",", group) + fraction


def _rounded(value: float, digits: int) -> float:
    """The library's own rounding, by way of ten times more."""
    if not digits:
        return math.floor(value + 0.5)
    more = float(_fixed(value * 10**digits, 1))
    return float(math.floor(more + 0.5) / 10**digits)


def _without_zeros(text: str) -> str:
    return text.rstrip("0").removesuffix(".") if "." in text else text


def duration(value: Any, data: Data) -> str:
    """Seconds as hours, minutes and, if the format has them, seconds."""
    shown_as = str(data.get("duration_format") or "h:mm")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    if shown_as not in DURATION_FORMATS:
        return ""
    if not value:
        return "0:00"
    seconds = math.floor(abs(value) + 0.5)
    text = f"{'-' if value < 0 else ''}{seconds // 3600}:{seconds // 60 % 60:02}"
    return text if shown_as == "h:mm" else f"{text}:{seconds % 60:02}"


# Objects -----------------------------------------------------------------------------------------

_PLACES = {
    "country_region": ("country_region",),
    "province": ("province",),
    "province_city": ("province", "city"),
    "province_city_district": ("province", "city", "district"),
    "map_selection": ("address", "title"),
}


def place(value: Any, data: Data) -> str:
    """A geolocation: coordinates, or names without anything between them."""
    if not isinstance(value, dict):
        return ""
    shown_as = data.get("geo_format")
    if shown_as == "lng_lat":
        ends = [value.get("lng"), value.get("lat")]
        return ", ".join(map(javascript_string, ends)) if None not in ends else ""
    names = _PLACES.get(str(shown_as), ("province", "city", "district", "detail"))
    return "".join(str(value.get(name) or "") for name in names).strip()


def signature(value: Any, data: Data) -> str:
    """The address of a signature's picture."""
    del data
    return str(value.get("sign_image_url") or "") if isinstance(value, dict) else ""


_DISPLAYS: dict[str, Display] = {
    "number": number,
    "duration": duration,
    "date": day,
    "ctime": moment,
    "mtime": moment,
    "geolocation": place,
    "digital-sign": signature,
    "department-single-select": lambda _value, _data: "",
}
