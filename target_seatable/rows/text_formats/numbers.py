"""Numbers as people write them, to plain numerals, exactly or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from seatable_client.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAME_SIGNS: Mapping[str, str] = {
    " ": " \u00a0\u2007\u2009\u202f",
    "'": "'\u2019",
}
"""Signs that people and programs use for one another: spaces of all widths, two apostrophes."""

CURRENCIES: Mapping[str, str] = {
    "€": "euro",
    "$": "dollar",
    "¥": "yuan",
    "￥": "yuan",
    "EUR": "euro",
    "USD": "dollar",
    "CNY": "yuan",
}
"""Signs and codes, and SeaTable's name of the number format."""

_MINUS = "\u2212-"


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written.

    Attributes:
        decimal: the decimal sign.
        group: what separates groups of digits; a space and an apostrophe stand for all of their
            kind; empty for nothing.
        indian: whether groups above a thousand have two digits.
        percent: whether every number has a percent sign; 34.5 % is 0.345.
        currency: the sign or code of a currency that every number has; empty for none.
    """

    decimal: str = "."
    group: str = ""
    indian: bool = False
    percent: bool = False
    currency: str = ""

    def parse(self, text: str) -> str:
        """The number as a plain numeral.

        `(5)` and `5-` are minus five, as spreadsheets and ledgers write it.

        Raises:
            InvalidValueError: the text is not a number of this format.
        """
        match = self._pattern.fullmatch(text)
        minuses = 0
        if match is not None:
            minuses = sum(
                (
                    bool(match["sign"]) and match["sign"] in _MINUS,
                    bool(match["after"]),
                    bool(match["open"]),
                )
            )
        if match is None or minuses > 1 or bool(match["open"]) != bool(match["close"]):
            raise InvalidValueError(f"{text!r} is not a number such as {self.example!r}")
        numeral = re.sub(r"\D", "", match["whole"] or "0")
        if len(numeral) > 1 and numeral.startswith("0"):
            raise InvalidValueError(f"{text!r} begins with a zero that a number would lose")
        if match["fraction"]:
            numeral += "." + match["fraction"]
        if self.percent:
            numeral = format(Decimal(numeral).scaleb(-2), "f")
        return f"-{numeral}" if minuses else numeral

    @property
    def example(self) -> str:
        """A number as this format has it."""
        sign = " %" if self.percent else f" {self.currency}" if self.currency else ""
        return f"1{self.group}234{self.decimal}5{sign}"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        whole = r"[0-9]+"
        if self.group:
            signs = re.escape(_SAME_SIGNS.get(self.group, self.group))
            digits, inner = (
                (r"[0-9]{1,2}", r"[0-9]{2}") if self.indian else (r"[0-9]{1,3}", r"[0-9]{3}")
            )
            whole = rf"{digits}(?P<group>[{signs}])(?:{inner}(?P=group))*[0-9]{{3}}|[0-9]+"
        amount = rf"(?P<whole>{whole})?(?:{re.escape(self.decimal)}(?P<fraction>[0-9]+))?"
        if self.percent:
            amount = rf"{amount}\s?%"
        elif self.currency:
            sign = re.escape(self.currency)
            # Not on both sides, and not on none.
            amount = rf"(?:(?P<before>{sign}\s?))?{amount}(?(before)|\s?{sign})"
        return re.compile(
            rf"(?=\D*[0-9])(?P<open>\()?(?P<sign>[+{_MINUS}])?{amount}"
            rf"(?P<after>[{_MINUS}])?(?P<close>\))?"
        )
