"""The text format of a property, as settings and locale say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError, InvalidValueError
from seatable_client.formatting import format_count
from target_seatable.rows.text_formats.dates import DateFormat
from target_seatable.rows.text_formats.locales import LOCALES
from target_seatable.rows.text_formats.numbers import CURRENCIES, NumberFormat
from target_seatable.rows.text_formats.words import truth_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_TIMES = ("H:mm", "H:mm:ss", "H:mm:ss.S")
_HALF_DAY_TIMES = ("h:mm A", "h:mm:ss A")
_HALF_DAYS = frozenset({"en_US", "en_AU", "en_CA", "en_IN", "en_NZ", "en_PH", "es_MX", "es_CO"})
_JOINTS = (" ", "T", ", ")


@dataclass(frozen=True)
class TextFormat:
    """The forms that texts may have.

    Attributes:
        numbers: forms of numbers. A column takes one of them: bare, percent, or of a currency.
        dates: forms of days and moments.
        true, false: words for a checkbox, in lower case.
        empty: texts that mean nothing.
        strip: whether white space around a text means nothing. None: not around numbers, days and
            words, and in a column of texts it stays.
    """

    numbers: tuple[NumberFormat, ...] = ()
    dates: tuple[DateFormat, ...] = ()
    true: frozenset[str] = frozenset()
    false: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    strip: bool | None = None

    def clean(self, text: str, *, keeps_space: bool = False) -> str | None:
        """A text without white space around it; None if it means nothing.

        Args:
            text: the text.
            keeps_space: whether white space stays where the settings do not say so.
        """
        strips = not keeps_space if self.strip is None else self.strip
        cleaned = text.strip() if strips else text
        return cleaned if cleaned and cleaned not in self.empty else None

    def read_date(self, text: str) -> str:
        """A day or moment in a form of ISO 8601, which is itself taken where no form takes it.

        Raises:
            InvalidValueError: the text has none of the forms.
        """
        if any(form.takes(text) for form in self.dates):
            return only_reading(text, [form.parse for form in self.dates])
        return only_reading(text, [form.parse for form in (*ISO_DATES, *self.dates)])

    def read_truth(self, text: str) -> str:
        """`true` or `false`.

        Raises:
            InvalidValueError: the text is neither a word for true nor one for false.
        """
        word = text.lower()
        if word in self.true:
            return "true"
        if word in self.false:
            return "false"
        raise InvalidValueError(f"{text!r} is neither a word for true nor one for false")


def only_reading(text: str, readers: Iterable[Callable[[str], str]]) -> str:
    """What all readers that take a text make of it.

    Raises:
        InvalidValueError: no reader takes the text, or two read it differently; the reasons.
    """
    reasons, outcomes = [], []
    for read in readers:
        try:
            outcomes.append(read(text))
        except InvalidValueError as error:  # noqa: PERF203
            reasons.append(str(error))
    found = list(dict.fromkeys(outcomes))
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidValueError(f"{text!r} may mean {' or '.join(found)}")
    raise InvalidValueError(_shortened(reasons) or f"no form is set for {text!r}")


def _shortened(reasons: Sequence[str]) -> str:
    """Some of the reasons: the first, and how many there are besides."""
    different = list(dict.fromkeys(reasons))
    rest = len(different) - 1
    others = [f"(nor of {format_count(rest, 'other form')})"] if rest > 0 else []
    return " ".join([*different[:1], *others])


def _moments(days: Sequence[str], times: Sequence[str]) -> list[DateFormat]:
    return [
        DateFormat(f"{day}{joint}{time}") for day in days for joint in _JOINTS for time in times
    ]


ISO_DATES = (DateFormat("YYYY-MM-DD"), *_moments(["YYYY-MM-DD"], _TIMES))
"""Days and moments without an offset. What has an offset is no matter of formats."""


def date_formats(order: str, separators: str, *, half_days: bool = False) -> tuple[DateFormat, ...]:
    """Days with four-digit years in an order such as `DMY`, and moments."""
    parts = {"D": "D", "M": "M", "Y": "YYYY"}
    days = [separator.join(parts[part] for part in order) for separator in separators]
    times = (*_TIMES, *_HALF_DAY_TIMES) if half_days else _TIMES
    return (*(DateFormat(day) for day in days), *_moments(days, times))


def number_formats(decimal: str, group: str, *, indian: bool = False) -> tuple[NumberFormat, ...]:
    """Bare numbers, percentages, and amounts of each currency that SeaTable shows."""
    return (
        NumberFormat(decimal, group, indian),
        NumberFormat(decimal, group, indian, percent=True),
        *(NumberFormat(decimal, group, indian, currency=sign) for sign in CURRENCIES),
    )


def locale_format(name: str) -> TextFormat:
    """What texts usually mean in a locale.

    Args:
        name: such as `de_DE`; `de-DE` is the same.

    Raises:
        ConfigError: the locale is not known.
    """
    locale = name.replace("-", "_")
    if locale not in LOCALES:
        related = [known for known in LOCALES if known.startswith(locale.partition("_")[0] + "_")]
        raise ConfigError(
            f"locale {name!r} is not known. Use {' or '.join(related) or 'a name such as de_DE'}, "
            "or set text_formats."
        )
    decimal, group, indian, order, separators = LOCALES[locale]
    true, false = truth_words(locale)
    return TextFormat(
        numbers=number_formats(decimal, group, indian=indian),
        dates=date_formats(order, separators, half_days=locale in _HALF_DAYS),
        true=true,
        false=false,
    )


def with_settings(base: TextFormat, given: Mapping[str, Any]) -> TextFormat:
    """A format with what an entry of `text_formats` says of it instead.

    Args:
        base: the locale's, or one that knows no form.
        given: `decimal`, `thousands`, `percent`, `currency`, `dates`, `true`, `false`, `empty`,
            `strip`.

    Raises:
        ConfigError: a date format is not valid.
    """
    numbers = base.numbers
    if given.keys() & {"decimal", "thousands", "percent", "currency"}:
        known = base.numbers[0] if base.numbers else NumberFormat()
        decimal = str(given.get("decimal", known.decimal))
        group = str(given.get("thousands", known.group if known.group != decimal else ""))
        if decimal == group:
            raise ConfigError(
                f"text_formats has {decimal!r} both as decimal and as thousands. Set two signs."
            )
        indian = known.indian and group == known.group
        if given.get("percent") is False:
            numbers = (NumberFormat(decimal, group, indian),)
        elif given.get("percent"):
            numbers = (NumberFormat(decimal, group, indian, percent=True),)
        elif given.get("currency"):
            numbers = (NumberFormat(decimal, group, indian, currency=str(given["currency"])),)
        else:
            numbers = number_formats(decimal, group, indian=indian)
    dates = base.dates
    if "dates" in given:
        dates = tuple(DateFormat(str(pattern)) for pattern in given["dates"])
        for form in dates:
            _ = form.has_time  # a pattern that is none is refused now
    return TextFormat(
        numbers=numbers,
        dates=dates,
        true=_words(given, "true", base.true),
        false=_words(given, "false", base.false),
        empty=frozenset(given["empty"]) if "empty" in given else base.empty,
        strip=given.get("strip", base.strip),
    )


def _words(given: Mapping[str, Any], name: str, default: frozenset[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in given[name]) if name in given else default
