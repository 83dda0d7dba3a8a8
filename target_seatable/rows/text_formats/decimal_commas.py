"""Numbers as people write them where the comma is the decimal separator, and what reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGN = r"[€$£¥]?\s?"
_PEOPLES_NUMBER = re.compile(
    rf"{_SIGN}[-+]?\d+(?:[.' \u00a0\u202f]\d{{3}})*(?:,\d+)?\s?(?:[%€$£¥]|[A-Z]{{3}})?"
)

_DECIMAL_COMMA = re.compile(r",(?!\d{3}(?!\d))\d")
"""A comma that separates no thousands: other than three digits follow."""


class CommaWatch:
    """Looks at the texts of a property, one after the other.

    Attributes:
        is_open: whether all of them look like such numbers so far.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.is_open = True
        self._first: str | None = None
        for text in texts:
            self.note(text)

    def note(self, text: str) -> None:
        """Look at another text."""
        if not self.is_open:
            return
        if _PEOPLES_NUMBER.fullmatch(text.strip()) is None:
            self.is_open = False
        elif self._first is None and _DECIMAL_COMMA.search(text):
            self._first = text

    def close(self) -> None:
        """Note that another value is no text."""
        self.is_open = False

    @property
    def found(self) -> str | None:
        """The first text with a decimal comma, if all look like such numbers."""
        return self._first if self.is_open else None


def comma_remedy(locale: str) -> str:
    """What to do where texts with decimal commas are to be numbers.

    Args:
        locale: the setting; empty if there is none.
    """
    if locale:
        return (
            f"Locale {locale} reads none of them alike. Set text_formats for it, such as "
            '{"decimal": ",", "currency": "CHF"}, to have numbers.'
        )
    return 'Set locale, such as de_DE, or text_formats to {"decimal": ","} for it, to have numbers.'
