"""Finding out what all texts of a column mean, or that they may mean two things."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError
from target_seatable.rows.text_formats.locales import LOCALES
from target_seatable.rows.text_formats.numbers import CURRENCIES
from target_seatable.rows.text_formats.text_format import (
    ISO_DATES,
    date_formats,
    first_reading,
    number_formats,
)
from target_seatable.rows.text_formats.words import truth_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from target_seatable.rows.text_formats.dates import DateFormat
    from target_seatable.rows.text_formats.numbers import NumberFormat
    from target_seatable.rows.text_formats.text_format import TextFormat

_SIGN_PAIRS = ((".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "'"))
"""Decimal and group signs that are in use."""

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
    found += _dates(dates, {"dates": [form.pattern for form in texts.dates]})
    return found


def all_readings() -> list[Reading]:
    """Every meaning that is tried where neither locale nor `text_formats` says which."""
    found = []
    for true, false in dict.fromkeys(truth_words(locale) for locale in LOCALES):
        words = {"true": sorted(true), "false": sorted(false)}
        found.append(
            Reading("checkbox", None, _truth(true, false), "words for true and false", words)
        )
    for decimal, group in _SIGN_PAIRS:
        found += [_number(form) for form in number_formats(decimal, group)]
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
        shown = CURRENCIES[form.currency]
        setting["currency"] = form.currency
    data = {"format": shown, "decimal": "dot", "thousands": "no"}
    return Reading("number", data, form.parse, f"numbers such as {form.example}", setting)


def _dates(forms: Iterable[DateFormat], setting: Mapping[str, Any]) -> list[Reading]:
    days = [form for form in forms if not form.has_time]
    moments = [form for form in forms if form.has_time]
    pattern = (days or moments)[0].pattern
    return [
        Reading(
            "date", {"format": "YYYY-MM-DD"}, _any_of(days), f"days such as {pattern}", setting
        ),
        Reading(
            "date",
            {"format": "YYYY-MM-DD HH:mm"},
            _any_of([*moments, *days]),
            f"date-times such as {moments[0].pattern}",
            setting,
        ),
    ]


def _any_of(forms: Collection[DateFormat]) -> Callable[[str], str]:
    return partial(first_reading, readers=[form.parse for form in forms])


def _truth(true: frozenset[str], false: frozenset[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        word = text.lower()
        if word in true:
            return "true"
        if word in false:
            return "false"
        raise InvalidValueError(f"{text!r} is none of the words for true and false")

    return parse
