"""From a value to what SeaTable stores as exactly that value, or a refusal.

SeaTable coerces without a word: long text is cut, "12abc" in a number column becomes 12, a bad date
becomes an empty cell (rules: API reference, "Data types"; executed against SeaTable's published
conversion library). A writer therefore sends only forms that every server version stores as given
and raises `InvalidValueError` for the rest. The reason completes "… is refused: ".
"""

from __future__ import annotations

import functools
import json
import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.errors import InvalidValueError
from seatable_client.formatting import quote_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Writer = Callable[[Any], Any]


TEXT_LIMIT = 10_000
"""Characters after which SeaTable cuts a text cell."""

LONG_TEXT_LIMIT = 100_000
"""Characters after which SeaTable cuts a long-text cell."""

DURATION_FORMATS = frozenset({"h:mm", "h:mm:ss"})
"""How durations are shown that SeaTable takes; in columns of finer formats it empties the cell."""

EXACT_INTEGERS = 2**53
"""Up to here a double, which is what a number cell holds, tells neighbouring integers apart."""

_json = msgspec.json.Encoder(decimal_format="number")

DOUBLE_DIGITS = 17
"""Significant digits that a double holds at most, as `%.17g` prints it."""

_NUMERAL = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def text(value: Any) -> str:
    """Text of at most 10,000 characters; other values as their JSON text."""
    if value.__class__ is str and len(value) <= TEXT_LIMIT and value.isascii():
        return value
    return _within(_as_text(value), TEXT_LIMIT)


def address(value: Any) -> str:
    """Text of any length: SeaTable cuts no e-mail address and no URL."""
    return value if value.__class__ is str and value.isascii() else _as_text(value)


def long_text(value: Any) -> Any:
    """Text of at most 100,000 characters."""
    written = _within(_as_text(value), LONG_TEXT_LIMIT)
    if written and _is_blank(written):
        # A string of white space is stored as an empty cell, the editor's own object is not.
        return {"text": written, "preview": "", "images": [], "links": []}
    return written


def number(value: Any) -> float | int:
    """Numbers that a double holds, also from plain numerals such as `-12.50`, `.097` and `1E+3`.

    A double holds a numeral if it prints, with as many significant digits as the numeral has, the
    numeral's value. So seventeen digits at most are held, and each that a program prints of a
    double. Where a double lies half way between two numerals, programs print either: both are held,
    each by the double that is nearest to it.
    """
    if isinstance(value, bool):
        raise InvalidValueError(f"{value} is not a number")
    if isinstance(value, str):
        value = _numeral(value)
    if isinstance(value, int):
        return value if abs(value) <= EXACT_INTEGERS else _exact_float(Decimal(value))
    if isinstance(value, Decimal):
        return _exact_float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidValueError(f"{value} is not a number")
        return value
    raise InvalidValueError(f"{quote_value(value)} is not a number")


def _numeral(text: str) -> Decimal:
    if not _NUMERAL.fullmatch(text):
        raise InvalidValueError(f"{quote_value(text)} is not a plain number")
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent of twenty digits
        raise InvalidValueError(f"{quote_value(text)} cannot be stored as a number") from None


def duration(data: Mapping[str, Any]) -> Writer:
    """Seconds as `number` has them; none where the column's format is one of fractions."""
    shown_as = str(data.get("duration_format") or "h:mm")

    def refuse(value: Any) -> float | int:
        del value
        raise InvalidValueError(
            f"the column shows durations as {shown_as}, and SeaTable accepts no values in that form"
        )

    return number if shown_as in DURATION_FORMATS else refuse


def rating(data: Mapping[str, Any]) -> Writer:
    """Whole numbers from 1 to the column's maximum, which SeaTable itself does not check."""
    highest = highest_rating(data)

    def write(value: Any) -> int:
        written = number(value)
        if written != int(written) or not 1 <= written <= highest:
            raise InvalidValueError(f"{value} is not a rating from 1 to {highest}")
        return int(written)

    return write


def highest_rating(data: Mapping[str, Any]) -> int:
    """The maximum of a rating column, given its data."""
    return int(data.get("rate_max_number") or 5)


def checkbox(value: Any) -> bool:
    """Booleans, also from `true`, `false`, 1 and 0; everything else would be stored as false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidValueError(f"{value} is neither true nor false")
    if value in (0, 1):
        return bool(value)
    written = {"true": True, "false": False}.get(value.lower() if isinstance(value, str) else "")
    if written is None:
        raise InvalidValueError(f"{quote_value(value)} is neither true nor false")
    return written


def option(value: Any) -> str:
    """The name of one option, letter by letter."""
    return _known_option(value) if value.__class__ is str else _option(value)


def _option(value: Any) -> str:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or _is_blank(value):
        raise InvalidValueError(f"{quote_value(value)} is not the name of an option")
    return _sendable(value)


_known_option = functools.lru_cache(maxsize=4096)(_option)


def options(value: Any) -> list[str]:
    """A list of different option names. A lone text is refused: it would be split at spaces."""
    names = [option(item) for item in _list(value, "option names")]
    if len(set(names)) < len(names):
        raise InvalidValueError(
            f"{quote_value(value)} has an option twice; a selection has each once"
        )
    return names


def users(value: Any) -> list[str]:
    """A list of user ids such as `…@auth.local`, which SeaTable does not check."""
    return [_string(item, "user id") for item in _list(value, "user ids")]


def urls(value: Any) -> list[str]:
    """A list of addresses; a lone one counts as a list."""
    addresses = [value] if isinstance(value, str) else _list(value, "addresses")
    return [_string(item, "address") for item in addresses]


def files(value: Any) -> list[dict[str, Any]]:
    """A list of files, each of name, size, type and url; an unknown size is written as 0.

    SeaTable silently drops a file of which a part is missing or has no value; of numbers, 0 is one.
    """
    return [_file(item) for item in _list(value, "files")]


def json_object(value: Any) -> Mapping[str, Any]:
    """Objects, also from their JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise InvalidValueError(f"{quote_value(value)} is not an object") from None
    if not isinstance(value, dict):
        raise InvalidValueError(f"{quote_value(value)} is not an object")
    return _plain(value)  # type: ignore[no-any-return]


def integer(value: Any) -> int:
    """Whole numbers."""
    written = number(value)
    if written != int(written) or abs(written) > EXACT_INTEGERS:
        raise InvalidValueError(f"{value} is not a whole number")
    return int(written)


def length(text: str) -> int:
    """Characters as SeaTable counts them: UTF-16 units, so that most emoji count as two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return _sendable(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    try:
        written = _json.encode(value)
        msgspec.json.decode(written)  # a Decimal may be NaN, which it writes, and nobody reads
    except (TypeError, ValueError):
        raise InvalidValueError(f"{quote_value(value)} cannot be represented in JSON") from None
    if b"null" in written and _has_non_finite_number(value):
        raise InvalidValueError(f"{quote_value(value)} cannot be represented in JSON")
    return written.decode()


def _has_non_finite_number(value: Any) -> bool:
    """Whether the value contains NaN or an infinity, which JSON would write as null."""
    if isinstance(value, dict):
        return any(map(_has_non_finite_number, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_non_finite_number, value))
    return isinstance(value, float) and not math.isfinite(value)


def _sendable(text: str) -> str:
    """The text, unless it has an unpaired surrogate, which no request can carry."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise InvalidValueError(f"{quote_value(text)} has an unpaired surrogate") from None
    return text


def _file(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != {"name", "size", "type", "url"}:
        raise InvalidValueError(
            f"{quote_value(value)} is not a file: an object with name, size, type and url only"
        )
    for part in ("name", "type", "url"):
        if not value[part]:
            raise InvalidValueError(
                f"{quote_value(value)} is not a file that SeaTable stores: its {part} has no value"
            )
    return {
        part: integer(item or 0) if part == "size" else _string(item, part)
        for part, item in value.items()
    }


def _plain(value: Any) -> Any:
    """What JSON can say, numbers as a document read by JavaScript keeps them."""
    if isinstance(value, dict):
        return {_string(key, "key"): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return _sendable(value)
    return value if value is None or isinstance(value, bool) else number(value)


def _is_blank(text: str) -> bool:
    """Whether SeaTable, which counts the byte order mark as white space, sees nothing in it."""
    return not text.replace("\ufeff", "").strip()


def _within(written: str, limit: int) -> str:
    if len(written) > limit // 2 and (size := length(written)) > limit:
        raise InvalidValueError(f"the text has {size:,} characters, and SeaTable keeps {limit:,}")
    return written


def _exact_float(value: Decimal) -> float | int:
    try:
        nearest = float(value)
    except (OverflowError, ValueError):
        nearest = math.inf
    if repr(nearest) != str(value) and not _is_held(value, nearest):
        raise InvalidValueError(f"{quote_value(value)} has more digits than a number column holds")
    is_whole = nearest.is_integer() and abs(nearest) <= EXACT_INTEGERS
    return int(nearest) if is_whole else nearest


def _is_held(value: Decimal, nearest: float) -> bool:
    """Whether the nearest double prints the value, with as many significant digits as it has."""
    if not math.isfinite(nearest):
        return False
    if not value:
        return True
    if Decimal(repr(nearest)) == value:  # half way between two numerals `repr` has its own choice
        return True
    digits = len("".join(map(str, value.as_tuple().digits)).rstrip("0"))
    return digits <= DOUBLE_DIGITS and Decimal(f"{nearest:.{digits - 1}e}") == value


def _list(value: Any, items: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidValueError(f"{quote_value(value)} is not a list of {items}")
    return value


def _string(value: Any, description: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidValueError(f"{quote_value(value)} is not a valid {description}")
    return _sendable(value)
