"""Date-times in UTC for loaders, with the offsets that give the clock of the server back.

SeaTable stores what a clock showed, and a copy has to store the same. A moment in UTC does not tell
it: the offset depends on the server's zone, on the day, and in one hour of the year on more. So a
RECORD message carries, beside its record, the offset of each date-time as the server sent it:

    {"type": "RECORD", …, "record": {"When": "2024-06-05T08:20:00+00:00"},
     "x-seatable": {"offsets": {"When": "+02:00"}}}

Loaders pass over members of a message that they do not know.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from seatable_client.timestamps import clock_ahead

if TYPE_CHECKING:
    from collections.abc import Mapping

OFFSETS = "offsets"
"""Member of a RECORD's extension: offsets by property, for each list one of its own."""

IN_UTC = "utc"
"""Value of `date_times` in the extension of a SCHEMA whose records come with `OFFSETS`."""

_UTC = "+00:00"
_DAY = len("2024-06-05")
_MINUTE = len("2024-06-05T10:20")
_OFFSET = len(_UTC)
_OFFSET_FORM = re.compile(r"[+-][01][0-9]:[0-5][0-9]")


def split(value: Any) -> tuple[Any, Any]:
    """A date-time, or a list of them, in UTC, and what has to be known to get it back.

    What is not RFC 3339 with an offset, or is before the first moment in UTC, stays as it is.
    """
    if isinstance(value, str):
        offset = value[-_OFFSET:]
        clock = _clocks(offset).get(value[_DAY + 1 : _MINUTE])
        if clock and value[_DAY] == "T" and _is_day(value[:_DAY]):
            return f"{value[:_DAY]}{clock}{value[_MINUTE:-_OFFSET]}{_UTC}", offset
        if offset == _UTC or offset[:1] not in {"+", "-"}:
            return value, None
        try:
            return f"{_in_utc(value[:_MINUTE], offset)}{value[_MINUTE:-_OFFSET]}{_UTC}", offset
        except (ValueError, OverflowError):
            return value, None
    if isinstance(value, list):
        parts = list(map(split, value))
        offsets = tuple(offset for _, offset in parts)
        return [part for part, _ in parts], offsets if any(offsets) else None
    return value, None


def join(value: Any, offset: Any) -> Any:
    """The date-time, or the list of them, that `split` took apart.

    Raises:
        ValueError: these do not belong together.
    """
    if offset is None:
        return value
    if isinstance(value, str) and isinstance(offset, str) and value.endswith(_UTC):
        try:
            return f"{_at(value[:_MINUTE], offset)}{value[_MINUTE:-_OFFSET]}{offset}"
        except OverflowError as error:
            raise ValueError(str(error)) from error
    if isinstance(value, list) and isinstance(offset, (list, tuple)):
        return [join(*pair) for pair in zip(value, offset, strict=True)]
    raise ValueError(f"{value!r} cannot have the offset {offset!r}")


def join_record(record: dict[str, Any], offsets: Mapping[str, Any]) -> None:
    """Give the date-times of a record their offsets back.

    Raises:
        ValueError: the offsets are not those of the record.
    """
    for name, offset in offsets.items():
        if record.get(name) is not None:
            record[name] = join(record[name], offset)


@functools.lru_cache(maxsize=128)
def _clocks(offset: str) -> Mapping[str, str]:
    """By `10:20`, what a clock in UTC shows then (`T08:20`), if it is the same day there."""
    if offset == _UTC or not _OFFSET_FORM.fullmatch(offset):
        return {}
    ahead = int(f"{offset[0]}1") * (60 * int(offset[1:3]) + int(offset[4:]))
    return clock_ahead(-ahead, "T")


@functools.lru_cache(maxsize=16384)
def _is_day(text: str) -> bool:
    """Whether it is a day as `isoformat` writes it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@functools.lru_cache(maxsize=4096)
def _in_utc(minute: str, offset: str) -> str:
    moment = datetime.fromisoformat(f"{minute}{offset}")
    in_utc = moment.astimezone(timezone.utc).isoformat()[:_MINUTE]
    if _at(in_utc, offset) != minute:
        raise ValueError(f"{minute} is not written as others are")
    return in_utc


@functools.lru_cache(maxsize=4096)
def _at(minute: str, offset: str) -> str:
    zone = datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo
    return datetime.fromisoformat(f"{minute}{_UTC}").astimezone(zone).isoformat()[:_MINUTE]
