"""Conversions of JavaScript, in which the server's own are written."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

JAVASCRIPT_WHITE_SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript's `trim` removes. Unlike Python's, it knows the byte order mark."""
_PLAIN_BELOW, _PLAIN_FROM = 1e21, 1e-6
"""JavaScript writes larger and smaller numbers with an exponent."""


def javascript_string(value: Any) -> str:
    """Format a value as JavaScript's `String(value)`, by which the server makes texts."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _javascript_numeral(value)
    if isinstance(value, list):
        return ",".join("" if item is None else javascript_string(item) for item in value)
    if isinstance(value, dict):
        return "[object Object]"
    return str(value)


def _javascript_numeral(number: float) -> str:
    """Format a number with the fewest digits that identify it, spelled as JavaScript does."""
    try:
        value = float(number)
    except OverflowError:
        value = math.inf if number > 0 else -math.inf
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if value and not _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return re.sub(r"e([+-])0*", r"e\1", repr(value))
    return f"{Decimal(repr(value)):f}".removesuffix(".0") if value else "0"


def javascript_number(value: float) -> int | float:
    """Convert a number as JavaScript prints it: 5.0 to 5; integers above 2^53 lose digits."""
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else float(value)
    if math.isfinite(value) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    return value


def truncate(text: str, limit: int) -> str:
    """Shorten a text to a number of UTF-16 units, of which most emoji take two.

    Half a character becomes U+FFFD, as answers show it.
    """
    if len(text) <= limit // 2:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "replace")


_NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_RADIX = {"0x": 16, "0o": 8, "0b": 2}


def parse_javascript_number(value: Any) -> float:
    """Convert a value as JavaScript's `Number(value)`; NaN for what is no number."""
    if isinstance(value, (bool, int, float)):
        return float(value) if isinstance(value, float) else int(value)
    if value is None:
        return 0
    text = javascript_string(value).strip(JAVASCRIPT_WHITE_SPACE)
    if not text:
        return 0
    if text[:2].lower() in _RADIX:
        try:
            return int(text[2:], _RADIX[text[:2].lower()])
        except ValueError:
            return math.nan
    if text.lstrip("+-") == "Infinity" and len(text) <= len("-Infinity"):
        return -math.inf if text[0] == "-" else math.inf
    return float(text) if _NUMERAL.fullmatch(text) else math.nan
