"""Whether texts that are numerals come back letter by letter from a column of numbers.

A number keeps its value and not how it was written. Texts that programs print come back all the
same, because one form holds for all of them: prices have two decimals each, Python writes `1.0` and
`7.89e-05`. Codes do not: `250.0` and `250.00` are two codes and one number.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from seatable_client.column_types import number
from seatable_client.errors import InvalidValueError
from seatable_client.formatting import quote_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_NUMERAL = re.compile(
    r"(?P<sign>-?)(?P<whole>\d*)(?:\.(?P<fraction>\d+))?"
    r"(?:(?P<letter>[eE])(?P<exponent_sign>[+-]?)(?P<exponent>\d+))?",
    re.ASCII,
)

_LIKE_NUMERALS = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class _Numeral(NamedTuple):
    """A numeral and its parts; those that it does not have are empty."""

    text: str
    value: Decimal
    sign: str
    whole: str
    fraction: str
    letter: str
    exponent_sign: str
    exponent: str

    @property
    def is_fraction(self) -> bool:
        """Whether it is written without an exponent, and less than one."""
        return bool(self.fraction) and not self.letter and self.whole in {"", "0"}


def are_like_numbers(texts: Collection[str]) -> bool:
    """Whether all texts look like numbers, such as `12.50`, `007` and `+49`."""
    return all(map(_LIKE_NUMERALS.fullmatch, texts))


def lost_form(texts: Collection[str]) -> str | None:
    """What would be lost of texts if their numbers were stored; None if nothing.

    Args:
        texts: of one column, each like a number.

    Returns:
        A clause that says of which texts what is lost.
    """
    known: dict[float, str] = {}
    for text in dict.fromkeys(texts):
        try:
            cell = number(text)
        except InvalidValueError as refusal:
            return str(refusal)
        if (other := known.setdefault(cell, text)) != text:
            return f"{other!r} and {text!r} would both be stored as {cell}"
    numerals = list(map(_parse, known.values()))
    lost = next(_lost_alone(numerals), None) or next(_mixed_forms(numerals), None)
    return lost and f"a number does not keep how {lost} written"


def _parse(text: str) -> _Numeral:
    match = _NUMERAL.fullmatch(text)
    if match is None:
        raise InvalidValueError(f"{quote_value(text)} is no plain number")
    return _Numeral(text, Decimal(text), **match.groupdict(""))


def _lost_alone(numerals: Collection[_Numeral]) -> Iterator[str]:
    """The texts that no program prints, or not beside the others: zeros that say nothing."""
    # As `%.2f` prints them, or `%.3e`.
    have_same_decimals = (
        len({one.value.as_tuple().exponent for one in numerals}) == 1
        or len({(len(one.fraction), bool(one.letter)) for one in numerals}) == 1
    )
    have_fractions = all(one.fraction or one.letter for one in numerals)
    for one in numerals:
        is_bare_power = one.letter and not (one.exponent_sign or one.fraction)  # `1e5` is a code
        is_negative_zero = one.sign and not one.value
        spare_zero = one.fraction.endswith("0") and not (one.fraction == "0" and have_fractions)
        unusual_power = one.letter and (len(one.whole) != 1 or one.whole == "0")
        if (
            is_bare_power
            or is_negative_zero
            or (not have_same_decimals and (spare_zero or unusual_power))
        ):
            yield f"{one.text!r} is"


def _mixed_forms(numerals: Collection[_Numeral]) -> Iterator[str]:
    """Pairs of texts that are written in two ways: `0.5` and `.25`, `1e-7` and `1E-07`."""
    forms: dict[str, tuple[object, str]] = {}
    for one in numerals:
        chosen: list[tuple[str, object]] = []
        if one.is_fraction:
            chosen.append(("zero", one.whole))
        if one.letter:
            chosen.append(("letter", one.letter))
            if one.exponent_sign != "-":
                chosen.append(("plus", one.exponent_sign))
            if len(one.exponent.lstrip("0")) < 2:  # noqa: PLR2004  (else nothing is filled up)
                chosen.append(("exponent", len(one.exponent)))
        for aspect, form in chosen:
            first_form, text = forms.setdefault(aspect, (form, one.text))
            if first_form != form:
                yield f"{text!r} and {one.text!r} are"
