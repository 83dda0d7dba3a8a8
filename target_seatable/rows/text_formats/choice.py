"""Finding out what all texts of a column mean, or that they may mean two things."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError
from target_seatable.rows.text_formats.locales import LOCALES
from target_seatable.rows.text_formats.numbers import CURRENCIES
from target_seatable.rows.text_formats.text_format import (
    ISO_DATES,
    date_formats,
    number_formats,
    only_reading,
)
from target_seatable.rows.text_formats.words import truth_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from target_seatable.rows.text_formats.dates import DateFormat
    from target_seatable.rows.text_formats.numbers import NumberFormat
    from target_seatable.rows.text_formats.text_format import TextFormat

_SIGN_PAIRS = ((".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"))
"""Decimal and group signs that are in use."""

DAY_FORMAT = "YYYY-MM-DD"
MINUTE_FORMAT = "YYYY-MM-DD HH:mm"

_ORDERS = (("DMY", "./-"), ("MDY", "/-"), ("YMD", "./"))


@dataclass(frozen=True)
class Reading:
    """One meaning that all texts of a column may have.

    Attributes:
        type, data: the SeaTable column that holds it.
        parse: makes a text what the column's writer takes.
        example: what the texts look like, for messages.
        setting: the entry of `text_formats` that chooses it.
    """

    type: str
    data: Mapping[str, Any] | None
    parse: Callable[[str], str] = field(compare=False)
    example: str
    setting: Mapping[str, Any] = field(compare=False)


def readings_of(texts: TextFormat) -> list[Reading]:
    """The meanings that a format allows for."""
    found = [
        Reading("checkbox", None, texts.read_truth, "words for true and false", {}),
        *(_number(form) for form in texts.numbers),
    ]
    dates = (*texts.dates, *ISO_DATES)
    setting = {"dates": [form.pattern for form in texts.dates[:1]]}
    return [*found, *_dates(dates, setting, texts.read_date)]


@cache
def number_forms() -> Sequence[tuple[NumberFormat, ...]]:
    """The forms of numbers that are tried: of each pair of signs, bare, percent and currencies."""
    return tuple(number_formats(decimal, group) for decimal, group in _SIGN_PAIRS)


@cache
def all_readings() -> Sequence[Reading]:
    """Every meaning that is tried where neither locale nor `text_formats` says which."""
    found: list[Reading] = []
    for true, false in dict.fromkeys(truth_words(locale) for locale in LOCALES):
        words = {"true": sorted(true), "false": sorted(false)}
        found.append(
            Reading("checkbox", None, _truth(true, false), "words for true and false", words)
        )
    found += [_number(form) for forms in number_forms() for form in forms]
    for order, separators in _ORDERS:
        for separator in separators:
            forms = date_formats(order, separator, half_days=order == "MDY")
            patterns = [form.pattern for form in forms]
            found += _dates(forms, {"dates": patterns[:1]})
    return [*found, *_dates(ISO_DATES, {})]


def possible_readings(texts: Collection[str], candidates: Iterable[Reading]) -> list[Reading]:
    """The meanings that all texts may have, of those with the same outcome only the first.

    Args:
        texts: of a column, none of them empty.
        candidates: the meanings to try.

    Returns:
        Nothing if there is none, one if it is certain, and several if it is not.
    """
    found: dict[tuple[str, ...], Reading] = {}
    for reading in candidates:
        try:
            outcome = tuple(reading.parse(text) for text in texts)
        except InvalidValueError:
            continue
        found.setdefault((reading.type, *outcome), reading)
    return list(found.values())


def _number(form: NumberFormat) -> Reading:
    setting: dict[str, Any] = {"decimal": form.decimal, "thousands": form.group}
    shown = "number"
    if form.percent:
        shown = "percent"
        setting["percent"] = True
    elif form.currency:
        shown = CURRENCIES.get(form.currency, "number")
        setting["currency"] = form.currency
    decimal = "comma" if form.decimal == "," else "dot"
    data = {"format": shown, "decimal": decimal, "thousands": "no"}
    return Reading("number", data, form.parse, f"numbers such as {form.example}", setting)


def _dates(
    forms: Iterable[DateFormat],
    setting: Mapping[str, Any],
    read: Callable[[str], str] | None = None,
) -> list[Reading]:
    days = [form for form in forms if not form.has_time]
    moments = [form for form in forms if form.has_time]
    read = read or partial(only_reading, readers=[form.parse for form in (*days, *moments)])
    pattern = (days or moments)[0].pattern
    return [
        Reading(
            "date", {"format": DAY_FORMAT}, partial(_day, read), f"days such as {pattern}", setting
        ),
        Reading(
            "date",
            {"format": MINUTE_FORMAT},
            read,
            f"date-times such as {moments[0].pattern}",
            setting,
        ),
    ]


def _day(read: Callable[[str], str], text: str) -> str:
    found = read(text)
    if "T" in found:
        raise InvalidValueError(f"{text!r} has a time")
    return found


def _truth(true: frozenset[str], false: frozenset[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        word = text.lower()
        if word in true:
            return "true"
        if word in false:
            return "false"
        raise InvalidValueError(f"{text!r} is neither a word for true nor one for false")

    return parse
