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
from datetime import datetime
from typing import TYPE_CHECKING, Any

from seatable_client.timestamps import clock_in_utc, is_day, minute_in_utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UTC = "+00:00"
_DAY = len("2024-06-05")
_CLOCK = len("2024-06-05T")
_MINUTE = len("2024-06-05T10:20")
_OFFSET = len(_UTC)


def split(values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Date-times, or lists of them, in UTC, and of each what has to be known to get it back.

    What is not RFC 3339 with an offset, or is before the first moment in UTC, stays as it is, and
    nothing has to be known of it: None.
    """
    if not set(map(type, values)) <= {str, type(None)}:
        pairs = list(map(_split_one, values))
        return [in_utc for in_utc, _ in pairs], [offset for _, offset in pairs]
    texts = [value or "" for value in values]
    starts = [text[:_CLOCK] for text in texts]
    offsets = [text[-_OFFSET:] for text in texts]
    known = set(offsets) - {_UTC} if _are_days(starts) else set()
    clocks = {offset: clock_in_utc(offset if offset in known else "") for offset in set(offsets)}
    in_utc = [
        f"{start}{clock}{text[_MINUTE:-_OFFSET]}{_UTC}"
        if (clock := clock_of(text[_CLOCK:_MINUTE]))
        else _in_utc(text, offset)
        for text, start, offset, clock_of in zip(
            texts, starts, offsets, map(clocks.__getitem__, offsets), strict=True
        )
    ]
    if None in in_utc:
        for index, moved in enumerate(in_utc):
            if moved is None:
                in_utc[index], offsets[index] = values[index], None
    return in_utc, offsets


def _split_one(value: Any) -> tuple[Any, Any]:
    if isinstance(value, list):
        in_utc, offsets = split(value)
        return in_utc, tuple(offsets) if any(offsets) else None
    if isinstance(value, str):
        (in_utc,), (offset,) = split([value])
        return in_utc, offset
    return value, None


def _are_days(starts: Sequence[str]) -> bool:
    """Whether all of these that are not empty are a day and a `T`."""
    return all(start[_DAY:] == "T" and is_day(start[:_DAY]) for start in set(starts) - {""})


def _in_utc(text: str, offset: str) -> str | None:
    """A moment whose day in UTC is another one; None where a text is no moment or is in UTC."""
    if offset == _UTC or text[_DAY : _DAY + 1] != "T":
        return None
    start = minute_in_utc(text[:_DAY], text[_CLOCK:_MINUTE], offset)
    return f"{start}{text[_MINUTE:-_OFFSET]}{_UTC}" if start else None


def join(value: Any, offset: Any) -> Any:
    """The date-time, or the list of them, that `split` took apart.

    Raises:
        ValueError: these do not belong together.
    """
    if offset is None:
        return value
    if isinstance(value, str) and isinstance(offset, str) and value.endswith(_UTC):
        try:
            return f"{_with_offset(value[:_MINUTE], offset)}{value[_MINUTE:-_OFFSET]}{offset}"
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


@functools.lru_cache(maxsize=4096)
def _with_offset(minute: str, offset: str) -> str:
    zone = datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo
    return datetime.fromisoformat(f"{minute}{_UTC}").astimezone(zone).isoformat()[:_MINUTE]
