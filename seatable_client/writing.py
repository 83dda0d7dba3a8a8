"""From a value to what SeaTable stores as exactly that value, or a refusal.

SeaTable coerces without a word: long text is cut, "12abc" in a number column becomes 12, a bad date
becomes an empty cell (rules: API reference, "Data types"; executed against SeaTable's published
conversion library). A writer therefore sends only forms that every server version stores as given
and raises `ValueRefused` for the rest. The reason completes "… is refused: ", for the row's report.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.errors import ValueRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    Writer = Callable[[Any], Any]

TEXT_LIMIT = 10_000
"""Characters after which SeaTable cuts a text cell."""

LONG_TEXT_LIMIT = 100_000
"""Characters after which SeaTable cuts a long-text cell."""

EXACT_INTEGERS = 2**53
"""Up to here a double, which is what a number cell holds, tells neighbouring integers apart."""

FIRST_SAFE_YEAR = 1000
"""Years with fewer digits are stored mangled."""

_json = msgspec.json.Encoder(decimal_format="number")

_NUMERAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|z|([+-]\d\d):?(\d\d)?(:\d\d)?)?)?",
    re.ASCII,
)

_USUAL_LENGTH = len("2024-06-05T10:20:00+02:00")


@dataclass(frozen=True)
class Writing:
    """What writers need besides the value.

    Attributes:
        zone: the zone in which the server keeps date-times; None where it is not known, and then
            only date-times without an offset can be written.
        cut_seconds: whether seconds are cut off where a column holds minutes; else such a value is
            refused.
    """

    zone: tzinfo | None = timezone.utc
    cut_seconds: bool = False


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
    """Numbers that a double holds exactly, also from plain numerals such as `-12.50`."""
    if isinstance(value, bool):
        raise ValueRefused(f"{value} is no number")
    if isinstance(value, str):
        if not _NUMERAL.fullmatch(value):
            raise ValueRefused(f"{value!r} is no plain number")
        value = Decimal(value)
    if isinstance(value, int):
        return value if abs(value) <= EXACT_INTEGERS else _exact_float(Decimal(value))
    if isinstance(value, Decimal):
        return _exact_float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueRefused(f"{value} is no number")
        return value
    raise ValueRefused(f"{_shown(value)} is no number")


def rating(data: Mapping[str, Any]) -> Writer:
    """Whole numbers from 1 to the column's maximum, which SeaTable itself does not check."""
    highest = highest_rating(data)

    def write(value: Any) -> int:
        written = number(value)
        if written != int(written) or not 1 <= written <= highest:
            raise ValueRefused(f"{value} is no rating from 1 to {highest}")
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
        raise ValueRefused(f"{value} is neither true nor false")
    if value in (0, 1):
        return bool(value)
    written = {"true": True, "false": False}.get(value.lower() if isinstance(value, str) else "")
    if written is None:
        raise ValueRefused(f"{_shown(value)} is neither true nor false")
    return written


def day(value: Any) -> str:
    """Days as `2024-06-05`, from ISO dates and from date-times at midnight."""
    return _known_day(value) if value.__class__ is str else _day(value)


def _day(value: Any) -> str:
    moment = _moment(value)
    if moment.timetz().replace(tzinfo=None) != time():
        raise ValueRefused(f"{value} has a time of day, and the column holds days")
    return _safe(moment).strftime("%Y-%m-%d")


_known_day = functools.lru_cache(maxsize=4096)(_day)  # eleven years of them


def minute(writing: Writing) -> Writer:
    """Date-times as `2024-06-05 10:20` on the server's wall clock, which holds whole minutes."""

    def write(value: Any) -> str:
        moment = wall = _moment(value)
        if moment.tzinfo is not None:
            if writing.zone is None:
                raise ValueRefused(
                    f"{value} has an offset, and the server's time zone is not known; set "
                    "server_timezone to its name"
                )
            try:
                wall = moment.astimezone(writing.zone)
            except OverflowError:
                raise ValueRefused(f"{value} is no date in the server's time zone") from None
        if (wall.second or wall.microsecond) and not writing.cut_seconds:
            raise ValueRefused(f"{value} has seconds, and a date column holds whole minutes")
        if writing.zone is not None and changes_offset(writing.zone, wall.date()):
            naive = wall.replace(tzinfo=None)
            first, second = (
                writing.zone.utcoffset(naive.replace(fold=fold)) or timedelta() for fold in (0, 1)
            )
            if first < second:
                raise ValueRefused(f"{value} is an hour that the server's clock leaves out")
            if first > second and moment.tzinfo is not None:
                raise ValueRefused(f"{value} is an hour that the server's clock shows twice")
        _safe(wall)
        # As `strftime` would have it, at a quarter of its cost.
        return "%04d-%02d-%02d %02d:%02d" % (  # noqa: UP031  (nor is a format string as quick)
            wall.year, wall.month, wall.day, wall.hour, wall.minute,
        )  # fmt: skip

    return write


@functools.lru_cache(maxsize=4096)
def changes_offset(zone: tzinfo, day: date) -> bool:
    """Whether a zone's clocks are put forward or back on a day: hardly ever."""
    midnight = datetime.combine(day, time())
    hours = [midnight.replace(hour=hour, fold=fold) for hour in range(24) for fold in (0, 1)]
    hours.append(midnight.replace(hour=23, minute=59, fold=1))
    return len({zone.utcoffset(hour) for hour in hours}) > 1


def option(value: Any) -> str:
    """The name of one option, letter by letter."""
    return _known_option(value) if value.__class__ is str else _option(value)


def _option(value: Any) -> str:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or _is_blank(value):
        raise ValueRefused(f"{_shown(value)} is no name of an option")
    return _sendable(value)


_known_option = functools.lru_cache(maxsize=4096)(_option)


def options(value: Any) -> list[str]:
    """A list of different option names. A lone text is refused: it would be split at spaces."""
    names = [option(one) for one in _list(value, "option names")]
    if len(set(names)) < len(names):
        raise ValueRefused(f"{_shown(value)} has an option twice, and SeaTable would keep it once")
    return names


def users(value: Any) -> list[str]:
    """A list of user ids such as `…@auth.local`, which SeaTable does not check."""
    return [_string(one, "user id") for one in _list(value, "user ids")]


def urls(value: Any) -> list[str]:
    """A list of addresses; a lone one counts as a list."""
    addresses = [value] if isinstance(value, str) else _list(value, "addresses")
    return [_string(one, "address") for one in addresses]


def files(value: Any) -> list[dict[str, Any]]:
    """A list of files, each of name, size, type and url; SeaTable drops what has less or more."""
    return [_file(one) for one in _list(value, "files")]


def an_object(value: Any) -> Mapping[str, Any]:
    """Objects, also from their JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueRefused(f"{_shown(value)} is no object") from None
    if not isinstance(value, dict):
        raise ValueRefused(f"{_shown(value)} is no object")
    return _plain(value)  # type: ignore[no-any-return]


def whole(value: Any) -> int:
    """Whole numbers."""
    written = number(value)
    if written != int(written) or abs(written) > EXACT_INTEGERS:
        raise ValueRefused(f"{value} is no whole number")
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
        raise ValueRefused(f"{_shown(value)} is nothing that JSON can say") from None
    if b"null" in written and _is_unsayable(value):
        raise ValueRefused(f"{_shown(value)} is nothing that JSON can say")
    return written.decode()


def _is_unsayable(value: Any) -> bool:
    """Whether a float that is no number is in it, of which JSON makes null."""
    if isinstance(value, dict):
        return any(map(_is_unsayable, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_is_unsayable, value))
    return isinstance(value, float) and not math.isfinite(value)


def _sendable(text: str) -> str:
    """Text without halves of characters (lone surrogates), which no request can carry."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise ValueRefused(f"{_shown(text)} has half a character in it") from None
    return text


def _file(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != {"name", "size", "type", "url"}:
        raise ValueRefused(
            f"{_shown(value)} is no file, which has a name, a size, a type, a url and no more"
        )
    return {
        part: one if one is None else whole(one) if part == "size" else _string(one, part)
        for part, one in value.items()
    }


def _plain(value: Any) -> Any:
    """What JSON can say, numbers as a document read by JavaScript keeps them."""
    if isinstance(value, dict):
        return {_string(key, "key"): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return _sendable(value)
    return value if value is None or isinstance(value, bool) else number(value)


def _is_blank(text: str) -> bool:
    """Whether SeaTable, which counts the byte order mark as white space, sees nothing in it."""
    return not text.replace("\ufeff", "").strip()


def _within(written: str, limit: int) -> str:
    if len(written) > limit // 2 and (size := length(written)) > limit:
        raise ValueRefused(f"the text has {size:,} characters, and SeaTable keeps {limit:,}")
    return written


def _exact_float(value: Decimal) -> float | int:
    try:
        nearest = float(value)
    except (OverflowError, ValueError):
        nearest = math.inf
    if repr(nearest) != str(value) and (
        not math.isfinite(nearest) or Decimal(repr(nearest)) != value
    ):
        raise ValueRefused(f"{_shown(value)} has more digits than a number column holds")
    whole = nearest.is_integer() and abs(nearest) <= EXACT_INTEGERS
    return int(nearest) if whole else nearest


def _moment(value: Any) -> datetime:
    """An ISO date or date-time, or a datetime object, as a datetime."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if value.__class__ is str and _is_usual(value):
        with contextlib.suppress(ValueError):  # the reason is told below
            return datetime.fromisoformat(value)
    if match := _MOMENT.fullmatch(value) if isinstance(value, str) else None:
        day, minutes, seconds, fraction, zone, hours, more, most = match.groups("")
        offset = (f"{hours}:{more or '00'}{most}" if hours else "+00:00") if zone else ""
        micro = f"{fraction:0<6}"[:6]
        if micro == "000000" and fraction.strip("0"):
            micro = "000001"  # less than it, but not nothing
        try:
            return datetime.fromisoformat(
                f"{day}T{minutes or '00:00'}:{seconds or '00'}.{micro}{offset}"
            )
        except ValueError:
            pass
    raise ValueRefused(f"{_shown(value)} is no date like 2024-06-05 or 2024-06-05T10:20:00Z")


def _is_usual(value: str) -> bool:
    """Whether it looks like `2024-06-05T10:20:00+02:00`, which needs no second form."""
    return (
        len(value) == _USUAL_LENGTH
        and value[7] == "-"
        and value[10] in "T "
        and value[16] == ":"
        and value[19] in "+-"
    )


def _safe(moment: datetime) -> datetime:
    if moment.year < FIRST_SAFE_YEAR:
        raise ValueRefused(f"SeaTable does not store the year {moment.year}")
    return moment


def _list(value: Any, of: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueRefused(f"{_shown(value)} is no list of {of}")
    return value


def _string(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueRefused(f"{_shown(value)} is no {what}")
    return _sendable(value)


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"  # noqa: PLR2004
