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
        raise InvalidValueError(f"{quote_value(text)} is not a plain number")
    return _Numeral(text, Decimal(text), **match.groupdict(""))


def _lost_alone(numerals: Collection[_Numeral]) -> Iterator[str]:
    """The texts that no program prints, or not beside the others: zeros that say nothing."""
    # As `%.2f` prints them, or `%.3e`.
    have_same_decimals = (
        len({numeral.value.as_tuple().exponent for numeral in numerals}) == 1
        or len({(len(numeral.fraction), bool(numeral.letter)) for numeral in numerals}) == 1
    )
    have_fractions = all(numeral.fraction or numeral.letter for numeral in numerals)
    for numeral in numerals:
        is_bare_power = numeral.letter and not (
            numeral.exponent_sign or numeral.fraction
        )  # `1e5` is a code
        is_negative_zero = numeral.sign and not numeral.value
        spare_zero = numeral.fraction.endswith("0") and not (
            numeral.fraction == "0" and have_fractions
        )
        unusual_power = numeral.letter and (len(numeral.whole) != 1 or numeral.whole == "0")
        if (
            is_bare_power
            or is_negative_zero
            or (not have_same_decimals and (spare_zero or unusual_power))
        ):
            yield f"{numeral.text!r} is"


def _mixed_forms(numerals: Collection[_Numeral]) -> Iterator[str]:
    """Pairs of texts that are written in two ways: `0.5` and `.25`, `1e-7` and `1E-07`."""
    forms: dict[str, tuple[object, str]] = {}
    for numeral in numerals:
        chosen: list[tuple[str, object]] = []
        if numeral.is_fraction:
            chosen.append(("zero", numeral.whole))
        if numeral.letter:
            chosen.append(("letter", numeral.letter))
            if numeral.exponent_sign != "-":
                chosen.append(("plus", numeral.exponent_sign))
            if len(numeral.exponent.lstrip("0")) < 2:  # noqa: PLR2004  (else nothing is filled up)
                chosen.append(("exponent", len(numeral.exponent)))
        for aspect, form in chosen:
            first_form, text = forms.setdefault(aspect, (form, numeral.text))
            if first_form != form:
                yield f"{text!r} and {numeral.text!r} are"
